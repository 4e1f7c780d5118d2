"""gevent's StreamServer: `gevent_echo.py PORT`."""

import sys

from gevent import socket
from gevent.server import StreamServer


def serve(connection: socket.socket, _: object) -> None:
    """Send back what one client sends."""
    try:
        while data := connection.recv(65536):
            connection.sendall(data)
    except ConnectionError:
        pass


if __name__ == "__main__":
    StreamServer(("127.0.0.1", int(sys.argv[1])), serve).serve_forever()
