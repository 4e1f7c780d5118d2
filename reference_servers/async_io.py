"""The asynchronous-IO model: one process, one thread, and a task for each client.

It reads like thread.py and runs like multiplexing.py: where it says `await`, another client gets its turn.
"""

import contextlib
import math
import signal
import socket
from collections.abc import Callable

import trio

from reference_servers.output import announce
from reference_servers.service import Service, Session
from reference_servers.stopping import Stopping

BACKLOG = 128
RECEIVE_SIZE = 1024
RETRY_AFTER = 0.1
"""Seconds until a failed accept is tried again."""
STOPPING = Stopping()


def run(host: str, port: int, service: Service, log: Callable[[bytes], None]) -> None:
    """Serve for ever."""
    stop_on_signal()
    with listen(host, port) as listener:
        STOPPING.listens_at(listener)
        announce(listener)
        trio.run(accept_clients, listener, service, log)


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
    return listener


async def accept_clients(listener: socket.socket, service: Service, log: Callable[[bytes], None]) -> None:
    """Accept a client and leave it to a task of its own, again and again."""
    async_listener = trio.socket.from_stdlib_socket(listener)
    async with trio.open_nursery() as nursery:
        while True:
            try:
                connection, _ = await async_listener.accept()
            except OSError:  # no descriptor is left, or the client has gone again; accept(2)
                await trio.sleep(RETRY_AFTER)
                continue
            nursery.start_soon(serve, trio.SocketStream(connection), service(), log)


async def serve(connection: trio.SocketStream, session: Session, log: Callable[[bytes], None]) -> None:
    """Answer until end-of-file or the session's end. A client that resets its connection ends its own only."""
    async with connection:
        with contextlib.suppress(trio.BrokenResourceError):
            while data := await receive(connection, session):
                STOPPING.begin(connection.socket)
                log(bytes(data))
                reply = session.answer(bytes(data))
                await trio.sleep(session.delay)
                await connection.send_all(reply)
                STOPPING.end(connection.socket)
                if session.is_over:
                    await hang_up(connection)
                    break


async def receive(connection: trio.SocketStream, session: Session) -> bytes | bytearray:
    """Receive some bytes; none at end-of-file, or when the client has been silent for too long."""
    with trio.move_on_after(session.idle_timeout or math.inf):
        return await connection.receive_some(RECEIVE_SIZE)
    return b""


async def hang_up(connection: trio.SocketStream) -> None:
    """Send FIN, and read until the client's: to close over unread input would be a reset; RFC 2525 §2.17."""
    await connection.send_eof()
    while await connection.receive_some(RECEIVE_SIZE):
        pass
