"""Both transports at one port: a selector says where something has come, and a thread serves each connection.

Datagrams are answered as datagram.py does, at once; a connection may last, and so it may not be served here.
"""

import sched
import selectors
import socket
from collections.abc import Callable

from reference_servers.datagram import bind
from reference_servers.datagram import serve as serve_datagram
from reference_servers.output import announce
from reference_servers.service import Service
from reference_servers.thread import STOPPING, listen, start_thread, stop_on_signal

RETRY_AFTER = 0.1
"""Seconds until a failed accept is tried again."""

PICKS = 20
"""How often the system may pick a port that one of the transports cannot have."""


def run(host: str, port: int, service: Service, log: Callable[[bytes], None]) -> None:
    """Serve for ever."""
    stop_on_signal()
    endpoint, listener = bind_both(host, port)
    with endpoint, listener, selectors.DefaultSelector() as selector:
        STOPPING.listens_at(listener)
        announce(endpoint)
        serve_whoever_comes(selector, endpoint, listener, service, log)


def bind_both(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Return a socket for datagrams and one that listens, at one port.

    Where the system may pick it, what it picks for datagrams may be taken for connections: it picks again.
    """
    picks = 1 if port else PICKS
    while True:
        endpoint = bind(host, port)
        try:
            return endpoint, listen(host, endpoint.getsockname()[1])
        except OSError:
            endpoint.close()
            picks -= 1
            if not picks:
                raise


def serve_whoever_comes(
    selector: selectors.BaseSelector,
    endpoint: socket.socket,
    listener: socket.socket,
    service: Service,
    log: Callable[[bytes], None],
) -> None:
    """Answer a datagram, or leave a connection to a thread of its own, again and again."""
    later = sched.scheduler()
    endpoint.setblocking(False)
    listener.setblocking(False)  # a client may be gone again before it is accepted
    selector.register(endpoint, selectors.EVENT_READ)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        until_next = later.run(blocking=False)
        for key, _ in selector.select(until_next):
            if key.fileobj is endpoint:
                serve_datagram(endpoint, later, service(), log)
            else:
                accept_client(selector, later, listener, service, log)


def accept_client(
    selector: selectors.BaseSelector,
    later: sched.scheduler,
    listener: socket.socket,
    service: Service,
    log: Callable[[bytes], None],
) -> None:
    """Accept one client."""
    try:
        connection, _ = listener.accept()
    except OSError:  # no descriptor is left, or the client has gone again; accept(2)
        selector.unregister(listener)  # it stays ready: to watch it on would be to spin
        later.enter(RETRY_AFTER, 0, selector.register, (listener, selectors.EVENT_READ))
        return
    start_thread(connection, service(), log)
