"""The IO-multiplexing model: one process, one thread, and a selector that says which client is ready.

No call may block, so what a blocking server keeps on its stack is kept in a `Client` here: how much of an
answer is still to be sent. A client that does not read is not read from, so nothing piles up.
"""

import selectors
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass

from reference_servers.output import announce
from reference_servers.service import Answer

BACKLOG = 128
RECEIVE_SIZE = 1024
RETRY_AFTER = 0.1
"""Seconds until a failed accept is tried again; sooner if a client is ready meanwhile."""


@dataclass(slots=True, eq=False)
class Client:
    """A connection, and what is still to be sent on it."""

    connection: socket.socket
    unsent: bytes = b""


def run(host: str, port: int, answer: Answer, log: Callable[[bytes], None]) -> None:
    """Serve for ever."""
    stop_on_signal()
    with listen(host, port) as listener, selectors.DefaultSelector() as selector:
        announce(listener)
        serve_whoever_is_ready(selector, listener, answer, log)


def stop_on_signal() -> None:
    """Let Ctrl-C and SIGTERM end the process at once: nothing needs cleaning up, so no handler is needed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Address reuse permits a restart over connections in TIME_WAIT; socket(7)."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def serve_whoever_is_ready(
    selector: selectors.BaseSelector, listener: socket.socket, answer: Answer, log: Callable[[bytes], None]
) -> None:
    """Wait until something can be done without waiting, and do it, again and again."""
    selector.register(listener, selectors.EVENT_READ)
    while True:
        is_accepting = listener in selector.get_map()
        ready = selector.select(None if is_accepting else RETRY_AFTER)
        if not is_accepting:
            selector.register(listener, selectors.EVENT_READ)
        for key, _ in ready:
            if key.fileobj is listener:
                accept_client(selector, listener)
            else:
                serve(selector, key.data, answer, log)


def accept_client(selector: selectors.BaseSelector, listener: socket.socket) -> None:
    """Accept one client."""
    try:
        connection, _ = listener.accept()
    except OSError:  # no descriptor is left, or the client has gone again; accept(2)
        selector.unregister(listener)  # it stays ready: to watch it on would be to spin
        return
    connection.setblocking(False)
    selector.register(connection, selectors.EVENT_READ, Client(connection))


def serve(
    selector: selectors.BaseSelector, client: Client, answer: Answer, log: Callable[[bytes], None]
) -> None:
    """Do the next step of one client. One that resets its connection ends its own service only."""
    try:
        is_over = advance(client, answer, log)
    except BlockingIOError:
        is_over = False
    except OSError:
        is_over = True
    if is_over:
        selector.unregister(client.connection)
        client.connection.close()
    else:
        event = selectors.EVENT_WRITE if client.unsent else selectors.EVENT_READ
        selector.modify(client.connection, event, client)


def advance(client: Client, answer: Answer, log: Callable[[bytes], None]) -> bool:
    """Send what is unsent; if nothing is, receive and answer. Return whether that was end-of-file."""
    if not client.unsent:
        data = client.connection.recv(RECEIVE_SIZE)
        if not data:
            return True
        log(data)
        client.unsent = answer(data)
    sent = client.connection.send(client.unsent)
    client.unsent = client.unsent[sent:]
    return False
