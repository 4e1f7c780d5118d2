"""A connection that testifies: every byte that passes is told to the conversation and to the timeline.

It stands between `Connection`, which only moves bytes, and `Client`, which is the vocabulary of a test. It
waits for nothing of its own accord and raises no verdict but the conversation's.
"""

from collections import deque

from client_kit.connection import Connection
from client_kit.dialects import Ability, Dialect
from client_kit.ending import Ending, EndingKind
from client_kit.errors import Misuse, NoReply, ServerClosed, ServerReset, WrongReply
from client_kit.timeline import RECEIVED, SENT, Timeline
from client_kit.wording import counted

PIECE = 256 * 1024
"""The most bytes offered to one system call."""

REMEMBERED = 64
"""How many requests an ending can tell of."""


class Witness:
    """Owns a TCP connection and keeps the account of it: bytes sent and received, requests, ends."""

    __slots__ = (
        "_acknowledges",
        "_ends_seen",
        "_half_closed",
        "_requests",
        "connection",
        "conversation",
        "name",
        "received",
        "sent",
        "timeline",
    )

    def __init__(self, connection: Connection, dialect: Dialect, timeline: Timeline) -> None:
        self.connection = connection
        self.conversation = dialect.conversation()
        self.timeline = timeline
        self.name = connection.owner
        self.sent = 0
        self.received = 0
        self._acknowledges = Ability.ACKNOWLEDGES_BYTES in dialect.abilities
        self._half_closed = False
        self._requests: deque[tuple[int, bytes]] = deque(maxlen=REMEMBERED)
        self._ends_seen: set[str] = set()
        connection.status = self.status

    async def send(self, data: bytes | memoryview, patience: float) -> None:
        """Send all of `data`."""
        if self._half_closed:
            raise Misuse("nothing can be sent after half_close", client=self.name)
        rest = memoryview(bytes(data))
        while rest:
            try:
                count = await self.connection.send(rest[:PIECE], patience)
            except (ServerReset, NoReply) as error:
                self._record_end(error)
                raise
            self._account(rest[:count])
            rest = rest[count:]

    def send_at_once(self, data: memoryview) -> int:
        """Send as much of `data` as the kernel has room for; return how many bytes.

        There may be some where a stall was seen: Linux reports a socket as writable only when a third of its
        buffer is free.
        """
        rest = data
        try:
            while rest and (count := self.connection.send_at_once(rest[:PIECE])):
                self._account(rest[:count])
                rest = rest[count:]
        except ServerReset as error:
            self._record_end(error)
            raise
        return len(data) - len(rest)

    def _account(self, sent: memoryview) -> None:
        self.sent += len(sent)
        self.conversation.sent(sent)
        self.timeline.record(self.name, SENT, sent)

    async def receive(self, max_bytes: int, patience: float) -> bytes:
        """Return what has come, not yet judged; b"" is FIN."""
        try:
            data = await self.connection.receive(max_bytes, patience)
        except (ServerReset, NoReply) as error:
            self._record_end(error)
            raise
        if data:
            self.received += len(data)
            self.timeline.record(self.name, RECEIVED, data)
        else:
            self._record_once("← FIN")
            self.conversation.finish()
        return data

    def judge(self, data: bytes) -> None:
        """Raise `WrongReply` unless the conversation owes this; tell the timeline of a reply that is whole."""
        before = self.conversation.answered
        try:
            self.conversation.received(data)
        except WrongReply as error:
            error.client = self.name
            raise
        now = self.conversation.answered
        is_whole = any(before < end <= now for end, _ in self._requests) or (
            self._acknowledges and before < now
        )
        if data and (self.conversation.is_settled or is_whole):
            self.timeline.count_reply()

    def send_urgent(self, data: bytes) -> None:
        """Send a byte that is no part of the stream."""
        self.connection.send_urgent(data)
        self.timeline.record(self.name, "→ urgent", data)

    def half_close(self) -> None:
        """Send FIN."""
        self.connection.half_close()
        self._half_closed = True
        self._record_once("→ FIN")

    def reset(self) -> None:
        """Send RST."""
        self.connection.reset()
        self._record_once("→ RST")

    def close(self) -> None:
        """Close at once; never raises."""
        if self.connection.close():
            self.timeline.record(self.name, "closed")

    def remember(self, token: bytes) -> None:
        """Take note that all sent so far ends with a request around `token`."""
        self._requests.append((self.sent, token))

    def ending(self, kind: EndingKind, seconds: float = 0.0) -> Ending:
        """Describe an end of this kind that comes now."""
        answered = tuple(token for end, token in self._requests if end <= self.conversation.answered)
        owed = "" if self.conversation.is_settled else self.conversation.owed
        return Ending(kind, self.received, owed, answered, seconds)

    def closed_early(self, received: bytes) -> ServerClosed:
        """Return the error for a FIN that came while a verb still waited for bytes."""
        message = f"{self.connection.address} sent FIN; {self.status()}"
        return ServerClosed(message, client=self.name, received=received)

    def status(self) -> str:
        """Word what had come and what is owed."""
        return f"{counted(self.received, 'reply byte')} had come, owed: {self.conversation.owed}"

    def _record_end(self, error: ServerReset | NoReply) -> None:
        if isinstance(error, ServerReset):
            self._record_once("← RST")
        else:
            self.timeline.record(self.name, f"nothing moved for {error.seconds:g} s")

    def _record_once(self, event: str) -> None:
        if event not in self._ends_seen:
            self._ends_seen.add(event)
            self.timeline.record(self.name, event)
