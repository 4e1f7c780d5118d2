"""What happened on the wire, when, on which client: the evidence behind a verdict.

One timeline serves all clients of a test. It is bounded, whatever a server does: it keeps the first 40 and
the last 40 events and counts those between, shows at most 40 bytes of anything, and merges what one client
does several times in a row. It keeps no payload and judges nothing.
"""

import time
from collections import deque
from collections.abc import Callable

from client_kit.wording import SNIPPET, counted, snippet

KEPT = 40
"""How many events are kept at either end."""

SENT = "→"
RECEIVED = "←"


class _Event:
    """One line: `pieces` system calls in a row that moved `size` bytes between `start` and `end`."""

    __slots__ = ("client", "data", "end", "event", "pieces", "size", "start")

    def __init__(self, start: float, client: str, event: str, data: bytes, size: int) -> None:
        self.start = self.end = start
        self.client = client
        self.event = event
        self.data = data
        self.size = size
        self.pieces = 1

    def merge(self, now: float, data: bytes, size: int) -> None:
        if self.size < SNIPPET:
            self.data += data[: SNIPPET - self.size]
        self.size += size
        self.pieces += 1
        self.end = now

    def as_dict(self) -> dict[str, object]:
        return {
            "start": round(self.start, 6),
            "end": round(self.end, 6),
            "client": self.client,
            "event": self.event,
            "bytes": self.size,
            "shown": repr(self.data) if self.size else "",
            "pieces": self.pieces,
        }

    def line(self, width: int) -> str:
        return f"{self.start:9.3f} s  {self.client:<{width}}  {self.event}{self._moved()}"

    def _moved(self) -> str:
        if not self.size:
            return ""
        amount = counted(self.size, "byte")
        shown = f"{amount} {self.data!r}" if self.size <= SNIPPET else snippet(self.data, self.size)
        if self.pieces == 1:
            return f" {shown}"
        return f" {shown}, in {self.pieces:,} pieces over {self.end - self.start:.3f} s"


class Timeline:
    """The events of one test, the first of them at 0 s on `clock` (seconds, never running backwards)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._origin = clock()
        self._first: list[_Event] = []
        self._last: deque[_Event] = deque(maxlen=KEPT)
        self._count = 0
        self._moved = 0
        self._replies = 0
        self._newest: _Event | None = None

    def record(self, client: str, event: str, data: bytes | memoryview = b"") -> None:
        """Add an event of `client`: "→" or "←" with the data that moved, or a text such as "→ FIN"."""
        now = self._clock() - self._origin
        size = len(data)
        self._moved += size
        newest = self._newest
        if size and newest is not None and newest.event == event and newest.client == client:
            newest.merge(now, bytes(data[:SNIPPET]), size)
            return
        self._newest = newest = _Event(now, client, event, bytes(data[:SNIPPET]), size)
        self._count += 1
        if self._count <= KEPT:
            self._first.append(newest)
        else:
            self._last.append(newest)

    def note(self, text: str) -> None:
        """Add a remark that belongs to no client."""
        self.record("*", text)

    def count_reply(self) -> None:
        """Take note that a client has got a whole reply."""
        self._replies += 1

    @property
    def replies(self) -> int:
        """How often a client got a whole reply: to one request of several, all that was owed, or one `OK`."""
        return self._replies

    @property
    def count(self) -> int:
        """How many events there were, those that are not kept included."""
        return self._count

    @property
    def moved(self) -> int:
        """How many bytes moved, in both directions together."""
        return self._moved

    def events(self) -> list[dict[str, object]]:
        """Return what is kept, for machines; what came between is one event with the key `left_out`.

        `start` and `end` are seconds since the beginning, `bytes` how many moved, `shown` the first of them
        as Python shows bytes, and `pieces` in how many system calls they did.
        """
        rows = [event.as_dict() for event in [*self._first, *self._last]]
        if left_out := self._count - len(rows):
            rows.insert(KEPT, {"left_out": left_out})
        return rows

    def __str__(self) -> str:
        kept = [*self._first, *self._last]
        width = max((len(event.client) for event in kept), default=0)
        lines = [event.line(width) for event in kept]
        left_out = self._count - len(kept)
        if left_out:
            lines.insert(KEPT, f"           … {counted(left_out, 'event')} left out …")
        return "\n".join(lines)
