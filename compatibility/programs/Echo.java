// Java's blocking sockets: a thread for each client.
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

class Echo {
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        try (ServerSocket listener = new ServerSocket(port, 128, InetAddress.getByName("127.0.0.1"))) {
            while (true) {
                try {
                    Socket client = listener.accept();
                    new Thread(() -> serve(client)).start();
                } catch (java.io.IOException error) { // no descriptor is left
                    Thread.sleep(100);
                }
            }
        }
    }

    static void serve(Socket client) {
        try (client) {
            client.getInputStream().transferTo(client.getOutputStream());
        } catch (java.io.IOException error) {
            // the client has left
        }
    }
}
