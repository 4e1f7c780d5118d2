"""The tutorial's fork server, written anew: a process for each client, port 8888, `OK` to whatever comes."""

import os
import signal
import socket


def handle(connection: socket.socket) -> None:
    """Print what the client sends, and answer, until it leaves."""
    while data := connection.recv(1024):
        print(data.decode())
        connection.send(b"OK")
    connection.close()


def main() -> None:
    """Accept, and start a process for each client."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", 8888))
    listener.listen(5)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    print("listening on port 8888")
    while True:
        try:
            connection, address = listener.accept()
        except KeyboardInterrupt:
            raise SystemExit("server ended") from None
        print("client", address)
        if os.fork() == 0:
            listener.close()
            handle(connection)
            os._exit(0)
        connection.close()


if __name__ == "__main__":
    main()
