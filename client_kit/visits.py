"""Visitors who are gone before they are served: no `Client` is as fast as that.

An accept that finds its connection reset already is a matter of microseconds, so nothing here waits between
the handshake and the reset if it can be helped.
"""

import errno
import os
import socket
from math import inf

import trio

from client_kit.address import Address
from client_kit.connection import meaning
from client_kit.errors import Misuse, NoReply
from client_kit.timeline import Timeline

LINGER_ZERO = b"\x01\x00\x00\x00\x00\x00\x00\x00"
"""struct linger: on, 0 seconds. close(2) then sends RST; socket(7)."""


async def reset_at_once(
    address: Address, *, name: str = "A", timeline: Timeline | None = None, patience: float = inf
) -> None:
    """Connect, send RST in the same breath, and be gone.

    Raises `ConnectionRefused`, `Unreachable`, `NoReply` after `patience` seconds without a handshake,
    `ResourcesExhausted`, and `Misuse` for an address that is not TCP.
    """
    if address.transport != "tcp":
        raise Misuse(f"{address} is no TCP address: nothing there could be reset", client=name)
    try:
        with trio.move_on_after(patience) as scope:
            await _reset_at_once(address)
    except OSError as error:
        raise meaning(error, address, name) from error
    if scope.cancelled_caught:
        message = f"the connection was not accepted by {address} within {patience:g} s"
        raise NoReply(message, client=name, seconds=patience)
    if timeline:
        timeline.record(name, "connected; → RST at once")


async def _reset_at_once(address: Address) -> None:
    found = await trio.socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, target = found[0]
    with socket.socket(family, kind, protocol) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        sock.setblocking(False)
        number = sock.connect_ex(target)
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
