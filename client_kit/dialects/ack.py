"""The dialect `ack`: the server answers `OK` to whatever one recv(1024) brought (pure).

Theory of operation. How many reads a server makes of n bytes is up to TCP: one at least for every 1,024
bytes, one at most for every byte. So n bytes are owed between ⌈n/1024⌉ and n `OK`s, and nothing else.

*At most*: never more `OK`s in total than bytes sent in total. *At least*: a batch begins with the send that
finds the conversation settled; none of its bytes can have been read before that, so the server owes
⌈batch/1024⌉ `OK`s beyond those received until then. A settled batch may still have `OK`s on their way, and
the ledger cannot tell such a late `OK` from the answer to the next batch: it credits it to the next batch,
which may settle that too early. This errs to the lenient side only. A token sent as one small segment, and
awaited before the next, is one `OK` in practice.
"""

from client_kit.dialects.base import Ability, Conversation, Dialect, common_length
from client_kit.errors import WrongReply
from client_kit.wording import counted, snippet

READ_SIZE = 1024
"""The most bytes that one `OK` acknowledges."""

OK = b"OK"


class AckConversation(Conversation):
    """Counts `OK`s against bytes sent, byte by byte, for TCP may split an `OK`."""

    __slots__ = ("_base", "_batch", "_received", "_sent")

    def __init__(self) -> None:
        self._sent = 0  # bytes, in total
        self._received = 0  # reply bytes, in total; all of them right
        self._base = 0  # `OK`s received when the batch began
        self._batch = 0  # bytes of the batch

    def sent(self, data: bytes | memoryview) -> None:
        """Count the bytes; begin a batch when the last one is settled."""
        if self.is_settled:
            self._base = self._received // len(OK)
            self._batch = 0
        self._batch += len(data)
        self._sent += len(data)

    def received(self, data: bytes) -> None:
        """Hold the bytes against `OKOKOK…` and against the most that can be owed."""
        phase = self._received % len(OK)
        right = (OK * (len(data) // len(OK) + 1))[phase : phase + len(data)]
        allowed = len(OK) * self._sent - self._received
        if data == right and len(data) <= allowed:
            self._received += len(data)
            return
        good = min(common_length(data, right), allowed)
        self._received += good
        owed = "nothing" if good == allowed else snippet(OK[self._received % len(OK) :])
        raise WrongReply(self._received, owed, data[good:])

    @property
    def least_missing(self) -> int:
        """The bytes of the least number of `OK`s of this batch, and the second half of a split `OK`."""
        least = self._base - (-self._batch // READ_SIZE)
        return max(len(OK) * least - self._received, self._received % len(OK))

    @property
    def owed(self) -> str:
        """The bounds, in `OK`s; a split one counts as missing."""
        least = -(-self.least_missing // len(OK))
        most = self._sent - self._received // len(OK)
        if not least:
            return "nothing"
        split = " (of the first, `O` has come)" if self._received % len(OK) else ""
        if least == most:
            return counted(least, "more `OK`") + split
        return f"at least {least:,} and at most {most:,} more `OK`s{split}"

    @property
    def answered(self) -> int:
        """All before the batch, and of the batch 1,024 bytes for each of its `OK`s."""
        acknowledged = (self._received // len(OK) - self._base) * READ_SIZE
        return self._sent - self._batch + min(self._batch, acknowledged)


class Ack(Dialect):
    """`OK` to whatever one recv(1024) brought."""

    name = "ack"
    abilities = frozenset(
        {Ability.TAKES_ANY_BYTES, Ability.ANSWERS_AFTER_HALF_CLOSE, Ability.ACKNOWLEDGES_BYTES}
    )

    def request(self, token: bytes) -> bytes:
        """Return the token: any bytes are a request."""
        return token

    def conversation(self) -> AckConversation:
        """Open a ledger of `OK`s."""
        return AckConversation()

    def datagram_reply(self, data: bytes) -> bytes:  # noqa: ARG002 - whatever came
        """Return `OK`: one datagram in, one out."""
        return OK


ACK = Ack()
