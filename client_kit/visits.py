"""Visitors who are gone before they are served: no `Client` is as fast as that.

An accept that finds its connection reset already is a matter of microseconds, so nothing here waits between
the handshake and the reset if it can be helped.
"""

import errno
import os
import socket
from contextlib import ExitStack
from math import inf

import trio

from client_kit.address import Address
from client_kit.connection import meaning
from client_kit.datagram_ports import connected_datagram_socket
from client_kit.errors import Misuse, NoReply
from client_kit.timeline import Timeline
from client_kit.wording import snippet

LINGER_ZERO = b"\x01\x00\x00\x00\x00\x00\x00\x00"
"""struct linger: on, 0 seconds. close(2) then sends RST; socket(7)."""


async def reset_at_once(
    address: Address,
    *,
    count: int = 1,
    last_words: bytes = b"",
    name: str = "A",
    timeline: Timeline | None = None,
    patience: float = inf,
) -> None:
    """Connect `count` times, send RST on each connection in the same breath, and be gone.

    With several, a server that takes its time with the first finds the others reset when it accepts them.
    `last_words`, which must fit into one window, and FIN are sent before the RST: the server then finds a
    request that nobody waits for any more, and its reply meets EPIPE.
    Raises `ConnectionRefused`, `Unreachable`, `NoReply` after `patience` seconds without a handshake,
    `ResourcesExhausted`, and `Misuse` for an address that is not TCP.
    """
    if address.transport != "tcp":
        raise Misuse(f"{address} is no TCP address: nothing there could be reset", client=name)
    try:
        with trio.move_on_after(patience) as scope:
            await _reset_at_once(address, count, last_words)
    except OSError as error:
        raise meaning(error, address, name) from error
    if scope.cancelled_caught:
        message = f"the connection was not accepted by {address} within {patience:g} s"
        raise NoReply(message, client=name, seconds=patience)
    if timeline:
        times = "" if count == 1 else f" {count} times"
        said = f" {snippet(last_words)}, FIN and" if last_words else ""
        timeline.record(name, f"connected{times}; →{said} RST at once")


async def ask_and_vanish(
    address: Address, data: bytes, *, count: int = 1, name: str = "A", timeline: Timeline | None = None
) -> None:
    """Send a datagram from each of `count` sockets and close it in the same breath, before the reply comes.

    The reply then finds nobody, and the server's system is told so; RFC 1122 §4.1.3.3. Raises `Unreachable`,
    `ResourcesExhausted`, and `Misuse` for an address that is not UDP.
    """
    if address.transport != "udp":
        raise Misuse(f"{address} is no UDP address: reset_at_once is for it", client=name)
    try:
        found = await trio.socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)
        family, _, protocol, _, target = found[0]
        for _ in range(count):
            with connected_datagram_socket(family, protocol, target) as sock:
                sock.send(data)
            await trio.lowlevel.checkpoint()
    except OSError as error:
        raise meaning(error, address, name) from error
    if timeline:
        times = "" if count == 1 else f", {count} times"
        timeline.record(name, f"→ {snippet(data)}, and closed at once{times}")


async def _reset_at_once(address: Address, count: int, last_words: bytes) -> None:
    found = await trio.socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, target = found[0]
    with ExitStack() as visitors:
        sockets = [visitors.enter_context(socket.socket(family, kind, protocol)) for _ in range(count)]
        for sock in sockets:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
            sock.setblocking(False)
        numbers = [sock.connect_ex(target) for sock in sockets]
        for sock, number in zip(sockets, numbers, strict=True):
            await _let_it_connect(sock, number)
            if last_words:
                _take_leave(sock, last_words)


def _take_leave(sock: socket.socket, last_words: bytes) -> None:
    """Send, and FIN, to a server that may have reset the connection meanwhile: that is ENOTCONN for the FIN."""
    try:
        sock.send(last_words)
        sock.shutdown(socket.SHUT_WR)
    except ConnectionError:
        pass
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise


async def _let_it_connect(sock: socket.socket, number: int) -> None:
    if number == errno.EINPROGRESS and not _is_connected(sock):
        await trio.lowlevel.wait_writable(sock)
        number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number not in (0, errno.EINPROGRESS, errno.ECONNRESET):
        raise OSError(number, os.strerror(number))


def _is_connected(sock: socket.socket) -> bool:
    """On loopback the handshake is over when connect(2) returns, though it says EINPROGRESS."""
    try:
        sock.getpeername()
    except OSError:
        return False
    return True
