"""Python's socketserver: `socketserver_echo.py threading|forking PORT`."""

import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    """Sends back what it is sent."""

    def handle(self) -> None:
        """Serve one client."""
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Threading(socketserver.ThreadingTCPServer):
    """A thread for each client."""

    allow_reuse_address = True
    daemon_threads = True


class Forking(socketserver.ForkingTCPServer):
    """A process for each client."""

    allow_reuse_address = True


if __name__ == "__main__":
    kind = {"threading": Threading, "forking": Forking}[sys.argv[1]]
    with kind(("127.0.0.1", int(sys.argv[2])), Echo) as server:
        server.serve_forever()
