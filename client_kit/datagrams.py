"""One UDP client: datagrams out, datagrams in, and patience with a transport that may lose them.

The socket is connected, so a dead service answers with ECONNREFUSED instead of silence. Nothing here orders
datagrams, for UDP does not; keep one outstanding, or be prepared to match.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf

import trio

from client_kit.address import Address
from client_kit.connection import Connection
from client_kit.dialects import ECHO, Dialect, dialect_named
from client_kit.dialects.expected import ExpectedDatagram
from client_kit.errors import Misuse, NoReply, WrongReply
from client_kit.timeline import RECEIVED, SENT, Timeline
from client_kit.wording import counted

LARGEST = 65535
"""No datagram is larger; RFC 768 counts its length in 16 bits."""

OVERHEARD = 1000
"""`overhear` stops early after so many datagrams: a flood shall not fill our memory."""


class DatagramClient:
    """A UDP client. `open_datagram_client` makes it, owns it and closes it."""

    def __init__(self, connection: Connection, dialect: Dialect, timeline: Timeline) -> None:
        self.name = connection.owner
        self.address = connection.address
        self.local_address = connection.local_address
        self.dialect = dialect
        self.timeline = timeline
        self._connection = connection
        self._received = 0
        self._late: list[ExpectedDatagram] = []  # replies to what was sent again; they may still come
        connection.status = self._status

    async def send(self, data: bytes) -> None:
        """Send one datagram; an empty one, too, is one."""
        await self._connection.send(memoryview(data), self._connection.patience)
        self._record(SENT, data)

    async def receive(self) -> bytes:
        """Return the next datagram; b"" is an empty one. Raises `NoReply`, `ConnectionRefused`."""
        return await self._receive(self._connection.patience)

    async def ask(self, token: bytes, attempts: int = 3) -> bytes:
        """Send a request around `token` and return its reply, sending again when it may be lost.

        Each attempt has its share of the patience, so endless patience sends once. Late replies to
        what earlier calls sent twice are let pass. Raises `WrongReply`, `NoReply`, `ConnectionRefused`.
        """
        request = self.dialect.request(token)
        owed = self.dialect.datagram_reply(request)
        for attempt in range(attempts):
            await self.send(request)
            with trio.move_on_after(self._connection.patience / attempts):
                reply = await self._receive_owed(owed)
                self._late += [owed] * attempt
                self.timeline.count_reply()
                return reply
        self._late += [owed] * attempts
        message = f"{self.address} did not answer {counted(attempts, 'attempt')}; owed: {owed.words}"
        raise NoReply(f"{message}, {self._status()}", client=self.name, seconds=self._connection.patience)

    async def collect(self, count: int, seconds: float) -> list[bytes]:
        """Return up to `count` datagrams, right or wrong: those that come within so many seconds."""
        heard: list[bytes] = []
        with trio.move_on_after(seconds):
            while len(heard) < count:
                heard.append(await self._receive(inf))
        return heard

    async def overhear(self, seconds: float) -> list[bytes]:
        """Listen for a quiet period; return the datagrams that came. Returns early after 1,000 of them."""
        heard: list[bytes] = []
        with trio.move_on_after(seconds):
            while len(heard) < OVERHEARD:
                heard.append(await self._receive(inf))
        return heard

    async def aclose(self) -> None:
        """Close the socket. Closing twice is fine."""
        self.close()
        await trio.lowlevel.checkpoint()

    def close(self) -> None:
        """Close at once; never raises."""
        if self._connection.close():
            self.timeline.record(self.name, "closed")

    async def _receive_owed(self, owed: ExpectedDatagram) -> bytes:
        """Return the reply when it comes."""
        while (offset := owed.wrong_from(data := await self._receive(inf))) is not None:
            late = next((one for one in self._late if one.is_met_by(data)), None)
            if late is None:
                raise WrongReply(offset, owed.words, data, client=self.name)
            self._late.remove(late)
        return data

    async def _receive(self, patience: float) -> bytes:
        data = await self._connection.receive(LARGEST, patience)
        self._received += 1
        self._record(RECEIVED, data)
        return data

    def _record(self, direction: str, data: bytes) -> None:
        self.timeline.record(self.name, direction if data else f"{direction} an empty datagram", data)

    def _status(self) -> str:
        return f"{counted(self._received, 'datagram')} had come"


@asynccontextmanager
async def open_datagram_client(
    address: Address,
    dialect: Dialect | str = ECHO,
    *,
    name: str = "A",
    timeline: Timeline | None = None,
    patience: float = inf,
) -> AsyncIterator[DatagramClient]:
    """Open a UDP client, connected to `address`, and close it on leaving the block.

    Raises `Unreachable`, `ResourcesExhausted`, and `Misuse` for an address that is not UDP. That nobody
    listens shows after the first datagram only.
    """
    if address.transport != "udp":
        raise Misuse(f"{address} is no UDP address: open_client is for it", client=name)
    timeline = Timeline() if timeline is None else timeline
    dialect = dialect_named(dialect) if isinstance(dialect, str) else dialect
    connection = await Connection.open(address, owner=name, patience=patience)
    client = DatagramClient(connection, dialect, timeline)
    timeline.record(name, f"sends from {client.local_address.endpoint}")
    try:
        yield client
    finally:
        client.close()
