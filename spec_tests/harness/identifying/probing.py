"""One visit to a server of which nothing is known: what it says, and how it ends."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import trio

from client_kit import (
    RAW,
    Client,
    ConnectionRefused,
    Dialect,
    EndingKind,
    NoReply,
    ServerClosed,
    ServerFault,
    ServerReset,
    Timeline,
    Transport,
    open_client,
    open_datagram_client,
    snippet,
)
from spec_tests.harness.asynchronous import eventually
from spec_tests.harness.server import Server

FIRST_BYTE = 2.0
"""Seconds that a first reply is waited for, at the most: what is slower is taken for silence."""

CONFIRMING = 1.0
"""The same for a request that a server of this kind is known to answer at once."""

ENDING = 0.5
"""Seconds that a process which has closed its connections may take to end."""

SETTLED = 0.1
"""Seconds without another byte after which a reply is taken for complete."""

ASKED = b"acceptspec"

ENOUGH = 64 * 1024
"""Bytes of a reply after which nobody listens any longer: it may have no end."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a probe: the bytes of the reply, and the end of the connection, if it ended."""

    sent: bytes
    reply: bytes
    ending: EndingKind | None = None
    is_whole: bool = True
    """Whether the reply came to rest, or to an end, before there was too much of it."""
    seconds: float = 0.0
    """After which its first byte came."""

    def __str__(self) -> str:
        sent = f"→ {snippet(self.sent)} " if self.sent else ""
        came = f"← {snippet(self.reply)}" if self.reply else "← nothing"
        ending = f", {self.ending.value}" if self.ending else "" if self.is_whole else ", and more"
        return f"{sent}{came}{ending}"


class Prober:
    """Visits a server, with a new connection each time, and keeps what it heard."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.patience = server.patience
        self.timeline = Timeline()
        self.heard: list[Heard] = []
        self._visitors = 0
        """Of the instance that is running now."""

    @property
    def transport(self) -> Transport:
        """TCP or UDP."""
        return self._server.description.transport

    @asynccontextmanager
    async def _visit(self, dialect: Dialect, name: str, patience: float) -> AsyncIterator[Client]:
        """Connect. A launched server that has ended since the last visit is launched again."""
        server = self._server

        async def come() -> Client:
            if server.launcher and not server.is_running:
                await server.launch()
                self._visitors = 0
            self._visitors += 1
            visitor = open_client(server.address, dialect, name=name, timeline=self.timeline, patience=patience)
            return await stack.enter_async_context(visitor)

        async with AsyncExitStack() as stack:
            try:
                client = await come()
            except ConnectionRefused:
                if not server.launcher or not await server.eventually(lambda: bool(server.end)):
                    raise
                client = await come()
            yield client

    async def _came_too_late(self) -> bool:
        """Whether a launched server has ended, and was perhaps about to when its last visitor came."""
        return self._visitors > 1 and await self.has_ended()

    async def has_ended(self) -> bool:
        """Whether a launched server has ended, or does so in a moment."""
        server = self._server
        return bool(server.launcher) and await eventually(lambda: bool(server.end), ENDING)

    @property
    def reply_time(self) -> float:
        """Seconds in which a reply may be expected."""
        return self._server.reply_time

    async def say(
        self, *requests: bytes, wait: float = FIRST_BYTE, enough: int = ENOUGH, pause: float = SETTLED
    ) -> Heard:
        """Send one request after the other, each after the reply to the one before; return the last reply.

        Nobody listens to more of a reply than `enough` bytes, nor to what comes after a `pause`; who was slow
        once is waited for longer. Raises what `open_client` raises.
        """
        wait = min(max(wait, self.reply_time), self.patience)
        if self.transport == "udp":
            return self._noted(await self._say_datagrams(requests, wait))
        heard = await self._say_on_a_connection(requests, wait, enough, pause)
        if heard.ending and not heard.reply and await self._came_too_late():
            heard = await self._say_on_a_connection(requests, wait, enough, pause)
        return self._noted(heard)

    async def _say_on_a_connection(
        self, requests: Sequence[bytes], wait: float, enough: int, pause: float
    ) -> Heard:
        heard = Heard(b"", b"")
        name = f"probe {len(self.heard) + 1}"
        async with self._visit(RAW, name, self.patience) as client:
            for request in requests:
                try:
                    await client.send(request)
                except ServerReset:
                    return Heard(request, b"", EndingKind.RST)
                heard = await _listen(request, client.receive, wait, enough, pause)
                if heard.ending:
                    break
        return heard

    async def listen(self, wait: float) -> Heard:
        """Connect and say nothing."""
        return await self.say(b"", wait=wait)

    async def ask(self, dialect: Dialect) -> tuple[bytes, str]:
        """Have an exchange in a dialect; return the reply, and what was wrong with it, in words, or ""."""
        request = dialect.opening + dialect.request(ASKED)
        patience = min(CONFIRMING, self.patience)
        try:
            if self.transport == "udp":
                reply = await self._ask_datagram(dialect, patience)
            else:
                reply = await self._ask_on_a_connection(dialect, patience)
        except (ServerFault, NoReply) as error:
            self._noted(Heard(request, b""))
            return b"", str(error)
        self._noted(Heard(request, reply))
        return reply, ""

    async def _ask_on_a_connection(self, dialect: Dialect, patience: float) -> bytes:
        async with self._visit(dialect, dialect.name, patience) as client:
            try:
                return await client.ask(ASKED)
            except (ServerClosed, ServerReset):
                if not await self._came_too_late():
                    raise
        return await self._ask_on_a_connection(dialect, patience)

    async def _ask_datagram(self, dialect: Dialect, patience: float) -> bytes:
        async with open_datagram_client(
            self._server.address, dialect, timeline=self.timeline, patience=patience
        ) as client:
            return await client.ask(ASKED)

    async def _say_datagrams(self, requests: Sequence[bytes], wait: float) -> Heard:
        async with open_datagram_client(
            self._server.address, RAW, timeline=self.timeline, patience=self.patience
        ) as client:
            for request in requests:
                await client.send(request)
                replies = await client.collect(1, wait)
        return Heard(request, replies[0] if replies else b"")

    def _noted(self, heard: Heard) -> Heard:
        self.heard.append(heard)
        self._server.took(heard.seconds)
        return heard


async def _listen(
    sent: bytes, receive: Callable[[], Awaitable[bytes]], wait: float, enough: int, pause: float
) -> Heard:
    """Hear what comes until nothing more does, there is enough of it, or the connection ends."""
    reply = bytearray()
    began, seconds = trio.current_time(), 0.0
    while len(reply) < enough:
        try:
            with trio.fail_after(pause if reply else wait):
                data = await receive()
        except (trio.TooSlowError, NoReply, ServerClosed):
            return Heard(sent, bytes(reply), seconds=seconds)
        except ServerReset:
            return Heard(sent, bytes(reply), EndingKind.RST, seconds=seconds)
        if not data:
            return Heard(sent, bytes(reply), EndingKind.FIN, seconds=seconds)
        seconds = seconds or trio.current_time() - began
        reply += data
    return Heard(sent, bytes(reply), is_whole=False, seconds=seconds)
