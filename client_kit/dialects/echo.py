"""The dialect `echo`: the server returns what it was sent (RFC 862) (pure)."""

from collections import deque

from client_kit.dialects.base import Ability, Conversation, Dialect
from client_kit.dialects.expected import ExpectedDatagram, common_length, exact_datagram
from client_kit.errors import WrongReply
from client_kit.wording import SNIPPET, counted, snippet


class EchoConversation(Conversation):
    """Holds exactly the bytes that are outstanding, as views: no byte is copied to be kept."""

    __slots__ = ("_outstanding", "_received", "_sent")

    def __init__(self) -> None:
        self._outstanding: deque[memoryview] = deque()
        self._sent = 0
        self._received = 0

    def sent(self, data: bytes | memoryview) -> None:
        """Owe these bytes, too."""
        if data:
            self._outstanding.append(memoryview(data))
            self._sent += len(data)

    def received(self, data: bytes) -> None:
        """Hold the bytes against the outstanding ones, piece by piece."""
        rest = memoryview(data)
        while rest:
            if not self._outstanding:
                raise WrongReply(self._received, "nothing", bytes(rest))
            rest = self._settle(rest)

    def _settle(self, rest: memoryview) -> memoryview:
        """Settle the oldest outstanding piece as far as `rest` reaches; return what is left of `rest`."""
        piece = self._outstanding[0]
        size = min(len(piece), len(rest))
        owed, came = (
            bytes(piece[:size]),
            bytes(rest[:size]),
        )  # a copy and a memcmp: views compare item by item
        if owed != came:
            good = common_length(owed, came)
            self._received += good
            raise WrongReply(self._received, snippet(bytes(piece[good : good + SNIPPET])), bytes(rest[good:]))
        self._received += size
        if size == len(piece):
            self._outstanding.popleft()
        else:
            self._outstanding[0] = piece[size:]
        return rest[size:]

    @property
    def least_missing(self) -> int:
        """The number of outstanding bytes: no more and no less is owed."""
        return self._sent - self._received

    @property
    def owed(self) -> str:
        """The outstanding bytes: their number, and what they are or begin with."""
        if not self.least_missing:
            return "nothing"
        beginning = b""
        for piece in self._outstanding:
            beginning += piece[: SNIPPET - len(beginning)]
            if len(beginning) == SNIPPET:
                break
        colon = ":" if self.least_missing <= SNIPPET else ", beginning with"
        return f"{counted(self.least_missing, 'byte')}{colon} {beginning!r}"

    @property
    def answered(self) -> int:
        """Every byte that has come back."""
        return self._received


class Echo(Dialect):
    """RFC 862: what is sent is sent back."""

    name = "echo"
    abilities = frozenset(
        {
            Ability.EXCHANGES,
            Ability.REPEATS,
            Ability.RETURNS_TOKEN,
            Ability.TAKES_ANY_BYTES,
            Ability.TAKES_ANY_TEXT,
            Ability.ANSWERS_AFTER_HALF_CLOSE,
        }
    )

    def request(self, token: bytes) -> bytes:
        """Return the token: any bytes are a request."""
        return token

    def conversation(self) -> EchoConversation:
        """Open a ledger of outstanding bytes."""
        return EchoConversation()

    def datagram_reply(self, data: bytes) -> ExpectedDatagram:
        """Return the same datagram."""
        return exact_datagram(data)


ECHO = Echo()
