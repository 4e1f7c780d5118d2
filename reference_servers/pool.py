"""The pool model: a fixed number of threads, started in advance, each of which serves one client at a time.

Whoever comes when all are busy waits in the accept queue. Each thread accepts for itself; the system wakes one.
"""

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable

from reference_servers.output import announce
from reference_servers.service import Service, Session
from reference_servers.stopping import Stopping

BACKLOG = 128
RECEIVE_SIZE = 1024
WORKERS = 8
RETRY_AFTER = 0.1
"""Seconds until a failed accept is tried again."""
STOPPING = Stopping()


def run(host: str, port: int, service: Service, log: Callable[[bytes], None]) -> None:
    """Serve for ever."""
    stop_on_signal()
    with listen(host, port) as listener:
        STOPPING.listens_at(listener)
        announce(listener)
        for _ in range(WORKERS - 1):
            threading.Thread(target=accept_clients, args=(listener, service, log), daemon=True).start()
        accept_clients(listener, service, log)


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


def accept_clients(listener: socket.socket, service: Service, log: Callable[[bytes], None]) -> None:
    """Accept a client and serve it to the end, again and again, as each worker does."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # no descriptor is left, or the client has gone again; accept(2)
            time.sleep(RETRY_AFTER)
            continue
        serve(connection, service(), log)


def serve(connection: socket.socket, session: Session, log: Callable[[bytes], None]) -> None:
    """Answer until end-of-file or the session's end. A client that resets its connection ends its own only."""
    with connection, contextlib.suppress(OSError):
        connection.settimeout(session.idle_timeout)
        while data := connection.recv(RECEIVE_SIZE):
            STOPPING.begin(connection)
            log(data)
            reply = session.answer(data)
            time.sleep(session.delay)
            connection.sendall(reply)
            STOPPING.end(connection)
            if session.is_over:
                hang_up(connection)
                break


def hang_up(connection: socket.socket) -> None:
    """Send FIN, and read until the client's: to close over unread input would be a reset; RFC 2525 §2.17."""
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(RECEIVE_SIZE):
        pass
