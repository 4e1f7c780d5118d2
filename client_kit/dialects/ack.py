"""The dialect `ack`: the server answers `OK` to whatever one recv(1024) brought (pure).

The text of the reply and the size received at once are parameters; what follows says `OK` and 1,024.

Theory of operation. How many reads a server makes of n bytes is up to TCP: one at least for every 1,024
bytes, one at most for every byte. So n bytes are owed between ⌈n/1024⌉ and n `OK`s, and nothing else.

*At most*: never more `OK`s in total than bytes sent in total. *At least*: a batch begins with the send that
finds the conversation settled; none of its bytes can have been read before that, so the server owes
⌈batch/1024⌉ `OK`s beyond those received until then. A settled batch may still have `OK`s on their way, and
the ledger cannot tell such a late `OK` from the answer to the next batch: it credits it to the next batch,
which may settle that too early. This errs to the lenient side only. A token sent as one small segment, and
awaited before the next, is one `OK` in practice.
"""

from client_kit.dialects.base import Ability, Conversation, Dialect
from client_kit.dialects.expected import ExpectedDatagram, common_length, exact_datagram
from client_kit.errors import WrongReply
from client_kit.wording import counted, snippet

RECEIVE_SIZE = 1024
"""The most bytes that one `OK` acknowledges, in the document's servers."""

OK = b"OK"
"""The text of the reply, in the document's servers."""


class AckConversation(Conversation):
    """Counts `OK`s against bytes sent, byte by byte, for TCP may split an `OK`."""

    __slots__ = ("_base", "_batch", "_ok", "_received", "_sent", "_size")

    def __init__(self, ok: bytes, size: int) -> None:
        self._ok = ok
        self._size = size
        self._sent = 0  # bytes, in total
        self._received = 0  # reply bytes, in total; all of them right
        self._base = 0  # `OK`s received when the batch began
        self._batch = 0  # bytes of the batch

    def sent(self, data: bytes | memoryview) -> None:
        """Count the bytes; begin a batch when the last one is settled."""
        if self.is_settled:
            self._base = self._received // len(self._ok)
            self._batch = 0
        self._batch += len(data)
        self._sent += len(data)

    def received(self, data: bytes) -> None:
        """Hold the bytes against `OKOKOK…` and against the most that can be owed."""
        phase = self._received % len(self._ok)
        right = (self._ok * (len(data) // len(self._ok) + 2))[phase : phase + len(data)]
        allowed = len(self._ok) * self._sent - self._received
        if data == right and len(data) <= allowed:
            self._received += len(data)
            return
        good = min(common_length(data, right), allowed)
        self._received += good
        owed = "nothing" if good == allowed else snippet(self._ok[self._received % len(self._ok) :])
        raise WrongReply(self._received, owed, data[good:])

    @property
    def least_missing(self) -> int:
        """The bytes of the least number of `OK`s of this batch, and the rest of a split `OK`."""
        least = self._base - (-self._batch // self._size)
        return max(len(self._ok) * least - self._received, -self._received % len(self._ok))

    @property
    def owed(self) -> str:
        """The bounds, in `OK`s; a split one counts as missing."""
        least = -(-self.least_missing // len(self._ok))
        most = self._sent - self._received // len(self._ok)
        if not least:
            return "nothing"
        ok = f"more `{_shown(self._ok)}`"
        begun = self._ok[: self._received % len(self._ok)]
        split = f" (of the first, `{_shown(begun)}` has come)" if begun else ""
        if least == most:
            return counted(least, ok) + split
        return f"at least {least:,} and at most {most:,} {ok}s{split}"

    @property
    def answered(self) -> int:
        """All before the batch, and of the batch what each of its `OK`s may acknowledge."""
        acknowledged = (self._received // len(self._ok) - self._base) * self._size
        return self._sent - self._batch + min(self._batch, acknowledged)


def _shown(text: bytes) -> str:
    """Show a text reply as its author wrote it: `收到了`, not its bytes."""
    shown = text.decode(errors="replace")
    return shown if shown.isprintable() and "\N{REPLACEMENT CHARACTER}" not in shown else repr(text)[2:-1]


class Ack(Dialect):
    """`reply` to whatever one receive call of `receive_size` bytes brought."""

    name = "ack"
    abilities = frozenset(
        {
            Ability.EXCHANGES,
            Ability.REPEATS,
            Ability.TAKES_ANY_BYTES,
            Ability.TAKES_ANY_TEXT,
            Ability.ANSWERS_AFTER_HALF_CLOSE,
            Ability.ACKNOWLEDGES_BYTES,
        }
    )

    def __init__(self, reply: bytes = OK, receive_size: int = RECEIVE_SIZE) -> None:
        """Raise `ValueError` for an empty reply, or a size that is not positive."""
        if not reply:
            raise ValueError("an acknowledgement holds at least one byte")
        if receive_size < 1:
            raise ValueError(f"a receive call brings at least 1 byte, not {receive_size}")
        self.reply = reply
        self.receive_size = receive_size

    def request(self, token: bytes) -> bytes:
        """Return the token: any bytes are a request."""
        return token

    def conversation(self) -> AckConversation:
        """Open a ledger of replies."""
        return AckConversation(self.reply, self.receive_size)

    def datagram_reply(self, data: bytes) -> ExpectedDatagram:  # noqa: ARG002 - whatever came
        """Return the reply: one datagram in, one out."""
        return exact_datagram(self.reply)


ACK = Ack()
