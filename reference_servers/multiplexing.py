"""The IO-multiplexing model: one process, one thread, and a selector that says which client is ready.

No call may block, so what a blocking server keeps on its stack is kept in a `Client` here: how much of an
answer is still to be sent. A client that does not read is not read from, so nothing piles up. Nor may it
sleep: what is to be done later is left to a scheduler.
"""

import sched
import selectors
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass

from reference_servers.output import announce
from reference_servers.service import Service, Session
from reference_servers.stopping import Stopping

BACKLOG = 128
RECEIVE_SIZE = 1024
RETRY_AFTER = 0.1
"""Seconds until a failed accept is tried again."""
STOPPING = Stopping()


@dataclass(slots=True, eq=False)
class Client:
    """A connection, its session, what is still to be sent on it, in how many seconds, and its end."""

    connection: socket.socket
    session: Session
    unsent: bytes = b""
    delay: float = 0.0
    end: sched.Event | None = None


def run(host: str, port: int, service: Service, log: Callable[[bytes], None]) -> None:
    """Serve for ever."""
    stop_on_signal()
    with listen(host, port) as listener, selectors.DefaultSelector() as selector:
        STOPPING.listens_at(listener)
        announce(listener)
        serve_whoever_is_ready(selector, listener, service, log)


def stop_on_signal() -> None:
    """Let Ctrl-C and SIGTERM end the process, once the replies in hand are sent."""
    signal.signal(signal.SIGINT, STOPPING)
    signal.signal(signal.SIGTERM, STOPPING)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Its connections inherit keepalive, so that a vanished peer is noticed.

    Address reuse permits a restart over connections in TIME_WAIT; socket(7).
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listener.bind(address)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def serve_whoever_is_ready(
    selector: selectors.BaseSelector, listener: socket.socket, service: Service, log: Callable[[bytes], None]
) -> None:
    """Wait until something can be done without waiting, and do it, again and again."""
    later = sched.scheduler()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        until_next = later.run(blocking=False)
        for key, _ in selector.select(until_next):
            if key.fileobj is listener:
                accept_client(selector, later, listener, service)
            else:
                serve(selector, later, key.data, log)


def accept_client(
    selector: selectors.BaseSelector, later: sched.scheduler, listener: socket.socket, service: Service
) -> None:
    """Accept one client."""
    try:
        connection, _ = listener.accept()
    except OSError:  # no descriptor is left, or the client has gone again; accept(2)
        selector.unregister(listener)  # it stays ready: to watch it on would be to spin
        later.enter(RETRY_AFTER, 0, selector.register, (listener, selectors.EVENT_READ))
        return
    connection.setblocking(False)
    client = Client(connection, service())
    selector.register(connection, selectors.EVENT_READ, client)
    put_off_its_end(selector, later, client)


def put_off_its_end(selector: selectors.BaseSelector, later: sched.scheduler, client: Client) -> None:
    """Let a client go once it has been silent for too long from now on."""
    if client.end:
        later.cancel(client.end)
    if limit := client.session.idle_timeout:
        client.end = later.enter(limit + client.delay, 0, let_go, (selector, client))


def let_go(selector: selectors.BaseSelector, client: Client) -> None:
    """End the connection of a client that was silent for too long."""
    selector.unregister(client.connection)
    client.connection.close()


def serve(
    selector: selectors.BaseSelector, later: sched.scheduler, client: Client, log: Callable[[bytes], None]
) -> None:
    """Do the next step of one client. One that resets its connection ends its own service only."""
    try:
        is_over = advance(client, log)
    except BlockingIOError:
        is_over = False
    except OSError:
        is_over = True
    put_off_its_end(selector, later, client)
    event = selectors.EVENT_WRITE if client.unsent else selectors.EVENT_READ
    if is_over:
        if client.end:
            later.cancel(client.end)
        selector.unregister(client.connection)
        client.connection.close()
    elif client.delay:
        selector.unregister(client.connection)
        later.enter(client.delay, 0, selector.register, (client.connection, event, client))
        client.delay = 0.0
    else:
        selector.modify(client.connection, event, client)


def advance(client: Client, log: Callable[[bytes], None]) -> bool:
    """Send what is unsent; if nothing is, receive and answer. Return whether that was end-of-file."""
    if not client.unsent:
        data = client.connection.recv(RECEIVE_SIZE)
        if not data:
            return True
        if client.session.is_over:  # FIN was sent: to close over unread input would be a reset; RFC 2525 §2.17
            return False
        STOPPING.begin(client.connection)
        log(data)
        client.unsent = client.session.answer(data)
        client.delay = client.session.delay
    if client.delay:
        return False
    sent = client.connection.send(client.unsent)
    client.unsent = client.unsent[sent:]
    if not client.unsent:
        STOPPING.end(client.connection)
    if client.session.is_over and not client.unsent:
        client.connection.shutdown(socket.SHUT_WR)
    return False
