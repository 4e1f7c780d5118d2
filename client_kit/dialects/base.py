"""What a dialect and a conversation are: the sans-IO half of every client (pure).

Theory of operation. A `Dialect` is a constant: how a request is worded and what the dialect can do. A
`Conversation` is the ledger of one connection. It is told of every byte that the kernel took and of every
byte that came, in that order, and knows at any moment what the server still owes. TCP keeps no message
boundaries, so a ledger may only reason about positions in two byte streams, never about reads. It keeps
what is outstanding and nothing else; a call costs time in proportion to its own bytes. Where the stream
leaves two readings open, a ledger takes the one in the server's favour: it may miss a fault, it may never
invent one.
"""

from abc import ABC, abstractmethod
from enum import Enum, auto

from client_kit.dialects.expected import ExpectedDatagram
from client_kit.errors import Misuse
from client_kit.wording import snippet


class Ability(Enum):
    """What a requirement may ask of a dialect; requirements ask for abilities, never for names."""

    EXCHANGES = auto()
    """A request has a reply, or a greeting stands for both."""
    REPEATS = auto()
    """A connection carries one exchange after another."""
    RETURNS_TOKEN = auto()
    """A reply contains the token of its request."""
    TAKES_ANY_BYTES = auto()
    """Any non-empty byte string is a request, and so is any piece of one."""
    TAKES_ANY_TEXT = auto()
    """Any non-empty string of printable ASCII is a request, and so is any piece of one."""
    HAS_RECORDS = auto()
    """A request has an end of its own, and is answered once that has come."""
    PIPELINES = auto()
    """A client may send the next request before the last is answered."""
    TAKES_TIME = auto()
    """A request exists whose reply takes as long as it says."""
    SPEAKS_FIRST = auto()
    """The server sends before it is asked."""
    ENDS_SESSION = auto()
    """A request exists after which the server ends the connection."""
    ANSWERS_AFTER_HALF_CLOSE = auto()
    """Replies are still owed after the client's FIN."""
    ACKNOWLEDGES_BYTES = auto()
    """A reply says that bytes have come, not which."""
    ANSWERS_PIECES = auto()
    """Any piece of a request is answered as one, and with the reply the connection ends."""


class Conversation(ABC):
    """The ledger of one connection."""

    @abstractmethod
    def sent(self, data: bytes | memoryview) -> None:
        """Take note that the kernel took these bytes. They must not change afterwards."""

    @abstractmethod
    def received(self, data: bytes) -> None:
        """Take note of reply bytes; raise `WrongReply` at the first that cannot be right."""

    @property
    @abstractmethod
    def least_missing(self) -> int:
        """How many reply bytes are still owed for sure."""

    @property
    @abstractmethod
    def owed(self) -> str:
        """What is still owed, in words; "nothing" once the conversation is settled."""

    @property
    @abstractmethod
    def answered(self) -> int:
        """How many of the bytes sent, counted from the first, may be taken as answered."""

    @property
    def is_settled(self) -> bool:
        """Whether everything that is owed for sure has come."""
        return self.least_missing == 0

    def finish(self) -> None:
        """Take note that the reply stream has ended. What is owed then stays owed."""
        return


class Dialect(ABC):
    """What a client must say and what counts as an answer."""

    name: str
    abilities: frozenset[Ability]

    transports: frozenset[str] = frozenset({"tcp", "udp"})
    """Over which of the two it is spoken."""

    silence = "it answers nothing"
    """Why there is no exchange, where there is none."""

    opening = b""
    """What a client sends once, before its first request, and perhaps is answered."""

    goodbye = b""
    """A request after which the server ends the connection: the ability to end the session."""

    @abstractmethod
    def request(self, token: bytes) -> bytes:
        """Word a request around a token of ours."""

    def slow_request(self, token: bytes, seconds: float) -> bytes:
        """Word a request whose reply takes so long: the ability to take time. Raises `Misuse` without it."""
        raise Misuse(f"no request of {self.name} takes {seconds} s: nothing words {snippet(token)} so")

    @abstractmethod
    def conversation(self) -> Conversation:
        """Open the ledger of a new connection."""

    @abstractmethod
    def datagram_reply(self, data: bytes) -> ExpectedDatagram:
        """Say which datagram answers the datagram `data`."""

    def turns_away(self, reply: bytes) -> bool:  # noqa: ARG002 - most have no word for it
        """Whether this is how a server says that it has no place for another client."""
        return False

    def __repr__(self) -> str:
        return f"<dialect {self.name}>"
