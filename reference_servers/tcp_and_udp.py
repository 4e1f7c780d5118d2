"""Both transports at one port: a selector says where something has come, and a thread serves each connection.

Datagrams are answered as datagram.py does, at once; a connection may last, and so it may not be served here.
"""

import sched
import selectors
import signal
import socket
from collections.abc import Callable

from reference_servers.datagram import bind
from reference_servers.datagram import serve as serve_datagram
from reference_servers.output import announce
from reference_servers.service import Service
from reference_servers.thread import listen, start_thread

RETRY_AFTER = 0.1
"""Seconds until a failed accept is tried again."""


def run(host: str, port: int, service: Service, log: Callable[[bytes], None]) -> None:
    """Serve for ever."""
    stop_on_signal()
    with (
        bind(host, port) as endpoint,
        listen(host, endpoint.getsockname()[1]) as listener,
        selectors.DefaultSelector() as selector,
    ):
        announce(endpoint)
        serve_whoever_comes(selector, endpoint, listener, service, log)


def stop_on_signal() -> None:
    """Let Ctrl-C and SIGTERM end the process at once: nothing needs cleaning up, so no handler is needed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


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
