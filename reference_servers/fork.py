"""The multi-process model: a process for each client.

The parent does nothing but accept. It never waits for a child: it tells the system to collect them.
"""

import contextlib
import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable

from reference_servers.output import announce
from reference_servers.service import Service, Session
from reference_servers.stopping import Stopping

BACKLOG = 128
RECEIVE_SIZE = 1024
RETRY_AFTER = 0.1
"""Seconds until a failed accept is tried again."""
STOPPING = Stopping()
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
PARENT = os.getpid()


def run(host: str, port: int, service: Service, log: Callable[[bytes], None]) -> None:
    """Serve for ever."""
    stop_on_signal()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system collects the children: no zombies; wait(2)
    with listen(host, port) as listener:
        STOPPING.listens_at(listener)
        announce(listener)
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
    """Accept a client and leave it to a process of its own, again and again."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # no descriptor is left, or the client has gone again; accept(2)
            time.sleep(RETRY_AFTER)
            continue
        with connection:  # the parent's copy: as long as it is open, the client sees no FIN
            start_child(listener, connection, service(), log)


def start_child(
    listener: socket.socket, connection: socket.socket, session: Session, log: Callable[[bytes], None]
) -> None:
    """Serve a client in a child. Where the system refuses one, the caller closes the client."""
    try:
        child = os.fork()
    except OSError:  # EAGAIN, ENOMEM; fork(2)
        return
    if child:
        return
    try:
        listener.close()  # else it would hold the port when the parent has long gone
        end_with_the_parent()
        serve(connection, session, log)
    finally:
        os._exit(0)  # not sys.exit: the parent's frames and buffers are not the child's to unwind


def end_with_the_parent() -> None:
    """Be sent SIGTERM when the parent ends, however it does; prctl(2)."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != PARENT:  # it was faster
        os.kill(os.getpid(), signal.SIGTERM)


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
