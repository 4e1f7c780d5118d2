"""One TCP client: the vocabulary in which a test speaks to a server.

A client checks what comes: it raises `WrongReply` at the first byte that cannot be right, and its timeline
keeps the evidence. It has no timeouts but its `patience`, retries nothing, and hides no ending. One task
may send while another receives.
"""

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from math import inf

import trio

from client_kit.connection import Connection
from client_kit.dialects import Ability, Conversation, Dialect
from client_kit.ending import Ending, EndingKind
from client_kit.errors import Misuse, NoReply, ServerClosed, ServerReset, WrongReply
from client_kit.filling import send_until_full, send_until_stall
from client_kit.nursery import open_plain_nursery
from client_kit.timeline import Timeline
from client_kit.witness import Witness

READ_SIZE = 64 * 1024
"""The most bytes asked of one recv(2), unless the caller says otherwise."""

OVERHEARD = 1024 * 1024
"""`overhear` stops early after so many bytes: a flood shall not fill our memory."""


class Client:
    """A connected client. `open_client` makes it, owns it and closes it.

    Every waiting verb raises `NoReply` when nothing moves for `patience` seconds, `ServerReset` at an RST,
    and `Misuse` when the client is closed.
    """

    def __init__(self, connection: Connection, dialect: Dialect, timeline: Timeline) -> None:
        self._witness = Witness(connection, dialect, timeline)
        self.dialect = dialect
        self._has_begun = False
        self.name = connection.owner
        self.address = connection.address
        self.local_address = connection.local_address
        self.timeline = timeline
        self.patience = connection.patience

    @property
    def conversation(self) -> Conversation:
        """The ledger of what is owed."""
        return self._witness.conversation

    @property
    def sent(self) -> int:
        """How many bytes the kernel has taken so far."""
        return self._witness.sent

    async def send(self, data: bytes) -> None:
        """Send all of `data` as it is."""
        await self._witness.send(data, self.patience)

    async def send_segments(self, data: bytes, size: int = 1) -> None:
        """Send `data` in pieces of `size` bytes, each with a send(2) of its own.

        Each is a segment of its own, too, as far as the windows permit.
        """
        if size < 1:
            raise Misuse(f"a segment holds at least 1 byte, not {size}", client=self.name)
        for start in range(0, len(data), size):
            await self.send(data[start : start + size])

    async def send_request(self, token: bytes) -> None:
        """Send a request around `token`; an `Ending` tells whether its reply came whole.

        Before the first, the greeting is awaited, and the opening sent, where the dialect has them.
        """
        await self.begin()
        request = self.dialect.request(token)
        if request:
            await self.send(request)
        elif Ability.SPEAKS_FIRST not in self.dialect.abilities:
            raise Misuse("an empty request asks for nothing", client=self.name)
        self._witness.remember(token)

    async def begin(self) -> None:
        """Await the greeting, and send the opening, where the dialect has them; once is enough."""
        if self._has_begun:
            return
        self._has_begun = True
        if Ability.SPEAKS_FIRST in self.dialect.abilities:
            await self.receive_reply()
        if self.dialect.opening:
            await self.send(self.dialect.opening)
            await self.receive_reply()

    async def send_last_request(self, token: bytes) -> None:
        """Send a request around `token`, and FIN in the same segment (if it fits into one)."""
        await self.begin()
        self._witness.connection.cork()
        await self.send_request(token)
        self._witness.half_close()

    async def send_until_stall(self, data: bytes | memoryview, *, stall_after: float) -> int:
        """Send without reading until the kernel has taken all, or nothing for `stall_after` seconds.

        Return how many bytes it took.
        """
        return await send_until_stall(self._witness, memoryview(data), stall_after)

    async def send_until_full(self, data: bytes, *, stall_after: float) -> int:
        """Do as `send_until_stall` does, until nothing is taken any more, and the kernel has no room left.

        After five stalls it is enough. Return how many bytes it took in all.
        """
        return await send_until_full(self._witness, memoryview(data), stall_after)

    async def receive(self, max_bytes: int = READ_SIZE) -> bytes:
        """Return the next reply bytes; b"" is FIN. Raises `WrongReply`."""
        data = await self._witness.receive(max_bytes, self.patience)
        self._witness.judge(data)
        return data

    async def receive_exactly(self, count: int) -> bytes:
        """Return the next `count` reply bytes; raise `ServerClosed`, with those that came, at a FIN."""
        parts: list[bytes] = []
        missing = count
        while missing > 0:
            parts.append(await self._receive_more(parts, min(missing, READ_SIZE)))
            missing -= len(parts[-1])
        return b"".join(parts)

    async def receive_reply(self) -> bytes:
        """Return what comes until nothing is owed any more: b"" at once if nothing is owed now.

        Raises `ServerClosed`, with the part that came, at an early FIN, and `WrongReply`.
        """
        parts: list[bytes] = []
        while not self.conversation.is_settled:
            parts.append(await self._receive_more(parts))
        return b"".join(parts)

    async def receive_until_end(self) -> Ending:
        """Check the reply, without keeping it, until FIN, RST or silence. Raises `WrongReply`."""
        try:
            while await self.receive():
                pass
        except ServerReset:
            return self.ending(EndingKind.RST)
        except NoReply as error:
            return self.ending(EndingKind.SILENCE, error.seconds)
        return self.ending(EndingKind.FIN)

    async def overhear(self, seconds: float) -> bytes:
        """Listen for a quiet period; return what came, right or wrong.

        Raises `ServerClosed` or `ServerReset` if the connection ends meanwhile. Returns early after 1 MiB.
        """
        heard = bytearray()
        with trio.move_on_after(seconds):
            while len(heard) < OVERHEARD:
                data = await self._witness.receive(READ_SIZE, inf)
                if not data:
                    raise self._witness.closed_early(bytes(heard))
                heard += data
                with suppress(WrongReply):
                    self._witness.judge(data)
        return bytes(heard)

    async def ask(self, token: bytes) -> bytes:
        """Send a request and return its reply."""
        await self.send_request(token)
        return await self.receive_reply()

    async def pipeline(self, tokens: Iterable[bytes], *, depth: int) -> None:
        """Send a request around each token, `depth` of which may be unanswered at a time; receive all replies.

        The replies are checked and not kept.
        """
        ends: deque[int] = deque()
        for token in tokens:
            await self.send_request(token)
            ends.append(self._witness.sent)
            while len(ends) >= depth:
                await self._receive_more([])
                while ends and ends[0] <= self.conversation.answered:
                    ends.popleft()
        await self.receive_reply()

    async def exchange(self, data: bytes) -> None:
        """Send `data` and receive at the same time, until all is sent and nothing is owed.

        The reply is checked and not kept. Patience counts progress in either direction.
        """
        goal = self._witness.sent + len(data)
        async with open_plain_nursery() as nursery:
            nursery.start_soon(self._send_beside, data)
            while self._witness.sent < goal or not self.conversation.is_settled:
                await self._receive_more([])

    async def exchange_to_end(self, data: bytes = b"") -> Ending:
        """Do as `exchange` does, send FIN after the last byte, and receive until FIN, RST or silence."""
        async with open_plain_nursery() as nursery:
            nursery.start_soon(self._send_all_beside, data)
            ending = await self.receive_until_end()
            nursery.cancel_scope.cancel()
        return ending

    async def send_urgent(self, data: bytes) -> None:
        """Send one byte that is marked as urgent; nothing is owed for it, as it is no part of the stream."""
        if len(data) != 1:
            raise Misuse(f"one byte can be urgent, not {len(data)}", client=self.name)
        await trio.lowlevel.checkpoint()
        self._witness.send_urgent(data)

    async def half_close(self) -> None:
        """Send FIN and keep receiving. Nothing can be sent afterwards."""
        await trio.lowlevel.checkpoint()
        self._witness.half_close()

    async def reset(self) -> None:
        """Close with RST. What has come and was not read is lost."""
        self._witness.reset()
        await trio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        """Close as close(2) does: with FIN, or with RST if reply bytes were left unread. Twice is fine."""
        self.close()
        await trio.lowlevel.checkpoint()

    def close(self) -> None:
        """Close as `aclose` does, at once; never raises."""
        self._witness.close()

    def ending(self, kind: EndingKind, seconds: float = 0.0) -> Ending:
        """Describe an end of this kind that comes now."""
        return self._witness.ending(kind, seconds)

    async def _receive_more(self, so_far: list[bytes], max_bytes: int = READ_SIZE) -> bytes:
        data = await self.receive(max_bytes)
        if not data:
            raise self._witness.closed_early(b"".join(so_far))
        return data

    async def _send_beside(self, data: bytes) -> None:
        """Send while another task receives, and leave it to that task to tell of patience and of the end."""
        with suppress(ServerReset, ServerClosed):
            await self._witness.send(data, inf)

    async def _send_all_beside(self, data: bytes) -> None:
        with suppress(ServerReset, ServerClosed):
            await self._witness.send(data, inf)
            self._witness.half_close()
