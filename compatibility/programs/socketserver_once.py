"""What one finds first in the manual of socketserver: receive once, answer in capital letters, and end."""

import socketserver
import sys


class Once(socketserver.BaseRequestHandler):
    """Serves one client."""

    def handle(self) -> None:
        """Answer what comes first."""
        self.request.sendall(self.request.recv(1024).upper())


class Server(socketserver.TCPServer):
    """One client after the other."""

    allow_reuse_address = True


with Server(("127.0.0.1", int(sys.argv[1])), Once) as server:
    server.serve_forever()
