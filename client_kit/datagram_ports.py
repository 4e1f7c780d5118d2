"""UDP sockets at ports that nobody had a moment ago.

A server that is slow answers clients that are gone. Whoever has the port of one of them by then receives
what was meant for the other, and nothing in UDP tells them apart.
"""

import socket
from collections import deque
from contextlib import ExitStack

_RECENT: deque[int] = deque(maxlen=1000)
"""The ports that this process had last: few of those that a system has for clients, 28,232 by ip(7)."""

ATTEMPTS = 64
"""Sockets; a system with fewer ports than that for clients must give one again."""


def connected_datagram_socket(family: int, protocol: int, target: tuple[object, ...]) -> socket.socket:
    """Return a UDP socket, connected, at a port that none of the last thousand had if there is one.

    Until it is connected anybody's datagram would reach it, so the system picks the port while it connects.
    Raises OSError.
    """
    with ExitStack() as passed_over:  # and held until then: the system would give it again
        for _ in range(ATTEMPTS):
            sock = passed_over.enter_context(socket.socket(family, socket.SOCK_DGRAM, protocol))
            sock.connect(target)
            port = sock.getsockname()[1]
            if port not in _RECENT:
                break
        _RECENT.append(port)
        return socket.socket(fileno=sock.detach())
