"""The iterative model over UDP: one datagram at a time.

There is no connection, so there is nothing to accept, to end or to clean up, and no client can hold up
another for longer than its one datagram takes.
"""

import contextlib
import sched
import signal
import socket
from collections.abc import Callable

from reference_servers.output import announce
from reference_servers.service import Service, Session

RECEIVE_SIZE = 65535
"""The most that a datagram can hold: what does not fit would be cut off without a word; udp(7)."""
IP_PKTINFO = 8
"""Tell with each datagram at which address it came, and send from there; ip(7)."""
PACKET_INFO_SIZE = socket.CMSG_SPACE(20)

Address = tuple[str, int]


def run(host: str, port: int, service: Service, log: Callable[[bytes], None]) -> None:
    """Serve for ever."""
    stop_on_signal()
    with bind(host, port) as endpoint:
        announce(endpoint)
        later = sched.scheduler()
        while True:
            endpoint.settimeout(later.run(blocking=False))
            serve(endpoint, later, service(), log)


def stop_on_signal() -> None:
    """Let Ctrl-C and SIGTERM end the process at once: nothing needs cleaning up, so no handler is needed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def bind(host: str, port: int) -> socket.socket:
    """Return a bound socket. No address reuse here: it would let a second instance steal the datagrams."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    endpoint = socket.socket(family, kind, protocol)
    if family == socket.AF_INET6:
        endpoint.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        endpoint.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    endpoint.bind(address)
    return endpoint


def serve(
    endpoint: socket.socket, later: sched.scheduler, session: Session, log: Callable[[bytes], None]
) -> None:
    """Answer one datagram; an empty one is a datagram, too.

    `info` says at which address it came, and handed back, that the answer leaves from there: a client that
    asks one address of many knows no other.
    """
    with contextlib.suppress(OSError):
        data, info, _, client = endpoint.recvmsg(RECEIVE_SIZE, PACKET_INFO_SIZE)
        log(data)
        reply = session.answer(data)
        later.enter(session.delay, 0, send, (endpoint, reply, info, client))


def send(endpoint: socket.socket, reply: bytes, info: list[tuple[int, int, bytes]], client: Address) -> None:
    """Send a reply. A client that cannot be answered is let go."""
    with contextlib.suppress(OSError):
        endpoint.sendmsg([reply], info, 0, client)
