"""A connected, non-blocking socket: the system calls as coroutines, and their errors as the kit's errors.

It knows TCP and UDP sockets, trio, the clock and errno. It knows no dialect, keeps no data, and words no
verdict: `Client` and `DatagramClient` stand above it.
"""

import errno
import os
import socket
from collections.abc import Awaitable, Callable
from math import inf
from typing import TypeVar

import trio

from client_kit.address import Address
from client_kit.datagram_ports import connected_datagram_socket
from client_kit.errors import (
    ClientKitError,
    ConnectionRefused,
    Misuse,
    NoReply,
    ResourcesExhausted,
    ServerClosed,
    ServerReset,
    Unreachable,
)

Argument = TypeVar("Argument")
Result = TypeVar("Result")

ETHERNET_SEGMENT = 1448
"""Bytes in a segment on Ethernet. Those of loopback hold 64 KiB: buffers that are nearly full then creep."""

STREAK = 16
"""After so many calls that did not have to wait, other tasks get their turn."""

_MEANINGS: dict[int, tuple[type[ClientKitError], str]] = {
    errno.ECONNREFUSED: (ConnectionRefused, "refused the connection"),
    errno.ECONNRESET: (ServerReset, "reset the connection"),
    errno.EPIPE: (ServerClosed, "has closed the connection and takes no more bytes"),
    errno.EBADF: (Misuse, "has no open connection on our side: the client is closed"),
    errno.EMSGSIZE: (Misuse, "cannot be sent a datagram this large"),
}
_MEANINGS |= dict.fromkeys(
    (errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM),
    (ResourcesExhausted, "was not asked, for this side ran out of resources"),
)


class Connection:
    """Owns one socket. `owner` is the client's name; `status` words what had come and what is owed.

    `patience` (seconds) is how long a call waits while nothing moves in either direction. All calls raise
    the kit's errors only. A call that is cancelled has moved no byte.
    """

    __slots__ = ("_progress", "_reset", "_socket", "_streak", "address", "owner", "patience", "status")

    def __init__(self, sock: socket.socket, address: Address, *, owner: str, patience: float) -> None:
        self._socket = sock
        self._progress = trio.current_time()
        self._reset = False
        self._streak = 0
        self.address = address
        self.owner = owner
        self.patience = patience
        self.status: Callable[[], str] = str

    @classmethod
    async def open(
        cls, address: Address, *, owner: str, patience: float, receive_buffer: int | None = None
    ) -> "Connection":
        """Resolve the name, take its first address and connect to it, all within `patience` seconds."""
        with trio.move_on_after(patience):
            try:
                sock, was_reset = await _connect(address, receive_buffer)
            except (OSError, UnicodeError) as error:
                raise meaning(error, address, owner) from error
            connection = cls(sock, address, owner=owner, patience=patience)
            connection._reset = was_reset
            return connection
        message = f"the connection was not accepted by {address} within {patience:g} s"
        raise NoReply(message, client=owner, seconds=patience)

    @property
    def local_address(self) -> Address:
        """This side's address."""
        host, port, *_ = self._socket.getsockname()
        return Address(self.address.transport, host, port)

    async def send(self, data: memoryview, patience: float) -> int:
        """Return how many of the bytes the kernel took: at least one of them, and all of a datagram."""
        await self._take_turn()
        while (count := self._attempt(self._socket.send, data)) is None:
            await self._wait(trio.lowlevel.wait_writable, "took no more bytes", patience)
        return count

    def send_at_once(self, data: memoryview) -> int:
        """Return how many of the bytes the kernel has room for: perhaps none."""
        return self._attempt(self._socket.send, data) or 0

    async def receive(self, max_bytes: int, patience: float) -> bytes:
        """Return what has come; b"" is FIN with TCP and an empty datagram with UDP."""
        await self._take_turn()
        while (data := self._attempt(self._socket.recv, max_bytes)) is None:
            await self._wait(trio.lowlevel.wait_readable, "sent nothing", patience)
        if self._reset and not data:
            raise self._translated(ConnectionResetError(errno.ECONNRESET, "reported to an earlier send"))
        return data

    def send_urgent(self, data: bytes) -> None:
        """Send a byte that is marked as urgent, and is no part of the stream; tcp(7), RFC 9293 §3.8.5."""
        try:
            self._socket.send(data, socket.MSG_OOB)
        except OSError as error:
            raise self._translated(error) from error

    def cork(self) -> None:
        """Hold back what is sent until the FIN, so that both leave in one segment; tcp(7)."""
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        except OSError as error:
            raise self._translated(error) from error

    def half_close(self) -> None:
        """Send FIN. On a connection that the server has reset this does nothing: the next receive tells."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise self._translated(error) from error

    def reset(self) -> None:
        """Send RST, throw away what is on its way, and close."""
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # struct linger: on, 0 seconds; socket(7)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        except OSError as error:
            raise self._translated(error) from error
        self.close()

    def close(self) -> bool:
        """Close the socket; return whether it was open. A task that waits meets `Misuse`."""
        if self._socket.fileno() < 0:
            return False
        trio.lowlevel.notify_closing(self._socket)
        self._socket.close()
        return True

    async def _take_turn(self) -> None:
        """Be a checkpoint: a cheap one, and a full one (about 10 µs) at every sixteenth call in a row."""
        self._streak += 1
        if self._streak % STREAK:
            await trio.lowlevel.checkpoint_if_cancelled()
        else:
            await trio.lowlevel.checkpoint()

    def _attempt(self, call: Callable[[Argument], Result], argument: Argument) -> Result | None:
        """Make one system call; return None when it would have to wait."""
        try:
            result = call(argument)
        except BlockingIOError:
            return None
        except OSError as error:
            raise self._translated(error) from error
        self._progress = trio.current_time()
        return result

    async def _wait(
        self, ready: Callable[[socket.socket], Awaitable[None]], complaint: str, patience: float
    ) -> None:
        """Wait until the socket is ready, or until nothing has moved on it for `patience` seconds."""
        self._streak = 0
        started = trio.current_time()
        try:
            while patience != inf:
                with trio.CancelScope(deadline=max(started, self._progress) + patience):
                    return await ready(self._socket)
                if max(started, self._progress) + patience <= trio.current_time():
                    message = f"{self.address} {complaint} for {patience:g} s; {self.status()}"
                    raise NoReply(message, client=self.owner, seconds=patience)
            await ready(self._socket)
        except trio.ClosedResourceError as error:
            raise Misuse("the client was closed while a task waited for it", client=self.owner) from error
        except trio.BusyResourceError as error:
            raise Misuse("two tasks wait for the same direction of the client", client=self.owner) from error

    def _translated(self, error: OSError) -> ClientKitError:
        """Give an error its meaning, and remember a reset: the kernel reports it to one call only."""
        if self._reset and error.errno == errno.EPIPE:
            error = ConnectionResetError(errno.ECONNRESET, "reported to an earlier call")
        self._reset |= error.errno == errno.ECONNRESET
        return meaning(error, self.address, self.owner, self.status())


def meaning(error: OSError | UnicodeError, address: Address, owner: str, status: str = "") -> ClientKitError:
    """Say whose fault an error of the system is."""
    number = error.errno if isinstance(error, OSError) and not isinstance(error, socket.gaierror) else None
    kind, text = _MEANINGS.get(number or 0, (Unreachable, "cannot be reached"))
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    tail = f"; {status}" if status else ""
    return kind(f"{address} {text} ({reason}){tail}", client=owner)


async def _connect(address: Address, receive_buffer: int | None) -> tuple[socket.socket, bool]:
    """Return a connected socket, and whether the server has reset it already."""
    kind = socket.SOCK_STREAM if address.transport == "tcp" else socket.SOCK_DGRAM
    found = await trio.socket.getaddrinfo(address.host, address.port, type=kind)
    family, _, protocol, _, target = found[0]
    if kind is socket.SOCK_DGRAM:
        sock = connected_datagram_socket(family, protocol, target)
        sock.setblocking(False)
        return sock, False
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        if receive_buffer is not None:  # before connect, or the window is announced without it; tcp(7)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, ETHERNET_SEGMENT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        was_reset = await _establish(sock, target)
    except BaseException:
        sock.close()
        raise
    return sock, was_reset


async def _establish(sock: socket.socket, target: tuple[object, ...]) -> bool:
    """connect(2), asynchronously; return whether the connection was established and has been reset since."""
    number = sock.connect_ex(target)
    if number == errno.EINPROGRESS:
        await trio.lowlevel.wait_writable(sock)
        number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number == errno.ECONNRESET:  # it came after the handshake: before it, an RST means ECONNREFUSED
        return True
    if number:
        raise OSError(number, os.strerror(number))
    if sock.getsockname() == target:
        # On loopback the system may pick the very port that is asked for: a simultaneous open with ourselves.
        raise ConnectionRefusedError(errno.ECONNREFUSED, "it was this client that answered itself")
    return False
