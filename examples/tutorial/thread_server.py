"""The tutorial's thread server, written anew: a thread for each client, port 8888, `OK` to whatever comes."""

import socket
import threading


def handle(connection: socket.socket) -> None:
    """Print what the client sends, and answer, until it leaves."""
    while data := connection.recv(1024):
        print(data.decode())
        connection.send(b"OK")
    connection.close()


def main() -> None:
    """Accept, and start a thread for each client."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", 8888))
    listener.listen(5)
    print("listening on port 8888")
    while True:
        try:
            connection, address = listener.accept()
        except KeyboardInterrupt:
            raise SystemExit("server ended") from None
        print("client", address)
        threading.Thread(target=handle, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
