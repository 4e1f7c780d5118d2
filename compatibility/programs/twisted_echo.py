"""Twisted, with its default protocol: `twisted_echo.py PORT`."""

import sys

from twisted.internet import protocol, reactor


class Echo(protocol.Protocol):
    """Sends back what it is sent."""

    def dataReceived(self, data: bytes) -> None:
        """Answer at once."""
        self.transport.write(data)


if __name__ == "__main__":
    factory = protocol.Factory.forProtocol(Echo)
    reactor.listenTCP(int(sys.argv[1]), factory, interface="127.0.0.1")
    reactor.run()
