"""Dialects of requests and replies with ends of their own: what is common to redis, HTTP, SMTP and their kind.

Theory of operation. The ledger cuts what was sent into requests and, for each, owes what the dialect expects
of it, in order. An expectation looks at the beginning of what has come and says where the reply ends; while
it cannot say, more must come. A request that is not complete yet owes nothing.
"""

from collections import deque

from client_kit.dialects.base import Ability, Conversation, Dialect
from client_kit.dialects.expected import Expected, ExpectedDatagram, Mismatch
from client_kit.errors import Misuse, WrongReply
from client_kit.wording import SNIPPET, snippet

RECORDS = frozenset({Ability.EXCHANGES, Ability.REPEATS, Ability.HAS_RECORDS, Ability.PIPELINES})
"""What every such dialect is able to do that carries one exchange after another."""


class RecordConversation(Conversation):
    """Owes one reply for each complete request, in their order."""

    __slots__ = (
        "_answered",
        "_come",
        "_dialect",
        "_is_over",
        "_owed",
        "_received",
        "_searched",
        "_sent",
        "_unfinished",
    )

    def __init__(self, dialect: "RecordDialect") -> None:
        self._dialect = dialect
        self._unfinished = bytearray()  # sent, and no complete request yet
        self._searched = 0  # bytes of it in which no request ends
        self._is_over = False  # what ends the session has been sent
        self._sent = 0
        self._come = b""  # received, and no complete reply yet
        self._received = 0  # bytes of complete replies
        self._answered = 0
        self._owed: deque[tuple[int, Expected]] = deque()
        if dialect.greeting:
            self._owed.append((0, dialect.greeting))

    def sent(self, data: bytes | memoryview) -> None:
        """Cut off the requests that are complete now. After the one that ends the session anything may come."""
        if self._is_over:
            return
        self._unfinished += data
        while size := self._dialect.request_size(self._unfinished, self._searched):
            request = bytes(self._unfinished[:size])
            del self._unfinished[:size]
            self._searched = 0
            self._sent += size
            if expected := self._dialect.expected(request):
                self._owed.append((self._sent, expected))
            if request == self._dialect.goodbye:
                self._is_over = True
                return
        self._searched = len(self._unfinished)

    def received(self, data: bytes) -> None:
        """Hold what has come against what is owed first."""
        self._come += data
        while self._come:
            if not self._owed and self._is_over:
                self._received += len(self._come)
                self._come = b""
                return
            if not self._owed:
                raise WrongReply(self._received, "nothing", self._come)
            try:
                size = self._owed[0][1].end(self._come)
            except Mismatch as mismatch:
                wrong = self._come[mismatch.offset :]
                raise WrongReply(self._received + mismatch.offset, self._owed[0][1].words, wrong) from None
            if not size:
                return
            self._answered = self._owed.popleft()[0]
            self._received += size
            self._come = self._come[size:]

    @property
    def least_missing(self) -> int:
        """A byte for each reply: how long one will be is seldom known."""
        return len(self._owed)

    @property
    def owed(self) -> str:
        """The reply that is owed first, what has come of it, and how many more there are."""
        if not self._owed:
            return "nothing"
        more = f", and {len(self._owed) - 1:,} more" if len(self._owed) > 1 else ""
        begun = f" (begun with {snippet(self._come[:SNIPPET])})" if self._come else ""
        return f"{self._owed[0][1].words}{begun}{more}"

    @property
    def answered(self) -> int:
        """All up to the end of the last request whose reply is complete."""
        return self._answered


class RecordDialect(Dialect):
    """A dialect whose requests and replies have ends."""

    transports = frozenset({"tcp"})

    greeting: Expected | None = None
    """What the server says first, if it does."""

    terminator = b"\r\n"
    """Where a request ends."""

    def request_size(self, data: bytes | bytearray, searched: int = 0) -> int:
        """The length of the request with which `data` begins; 0 while it is not complete.

        It does not end in the first `searched` bytes, which were looked at before there were more.
        """
        found = data.find(self.terminator, max(0, searched - len(self.terminator) + 1))
        return 0 if found < 0 else found + len(self.terminator)

    def expected(self, request: bytes) -> Expected | None:
        """What a request is owed; None if nothing."""
        raise NotImplementedError

    def conversation(self) -> Conversation:
        """Open a ledger of requests."""
        return RecordConversation(self)

    def datagram_reply(self, data: bytes) -> ExpectedDatagram:
        """Refuse: it is spoken over TCP."""
        raise Misuse(f"{self.name} is spoken over TCP: no datagram answers {snippet(data)}")
