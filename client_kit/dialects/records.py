"""Dialects of requests and replies with ends of their own: what is common to redis, HTTP, SMTP and their kind.

Theory of operation. The ledger cuts what was sent into requests and, for each, owes what the dialect expects
of it, in order. An expectation looks at the beginning of what has come and says where the reply ends; while
it cannot say, more must come. A request that is not complete yet owes nothing.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from client_kit.dialects.base import Ability, Conversation, Dialect, common_length
from client_kit.errors import Misuse, WrongReply
from client_kit.wording import SNIPPET, snippet

RECORDS = frozenset({Ability.EXCHANGES, Ability.REPEATS, Ability.HAS_RECORDS, Ability.PIPELINES})
"""What every such dialect is able to do that carries one exchange after another."""


class Mismatch(Exception):  # noqa: N818 - it says no more than that the bytes differ
    """What has come cannot be the reply, from the byte at `offset` on."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Expected:
    """A reply that is owed: in words, and how its end is found.

    `end` is given all bytes that have come since the last reply. It returns the length of the reply, or 0
    while more must come, and raises `Mismatch`.
    """

    words: str
    end: Callable[[bytes], int]


def exactly(reply: bytes) -> Expected:
    """These bytes and no others."""

    def end(data: bytes) -> int:
        same = common_length(data, reply)
        if same < min(len(data), len(reply)):
            raise Mismatch(same)
        return len(reply) if same == len(reply) else 0

    return Expected(snippet(reply), end)


def line(pattern: str, words: str) -> Expected:
    """One line, of which all but its line end matches the pattern."""
    wanted = re.compile(pattern.encode(), re.DOTALL)

    def end(data: bytes) -> int:
        text, found, _ = data.partition(b"\n")
        if not found:
            return 0
        if not wanted.fullmatch(text.removesuffix(b"\r")):
            raise Mismatch(0)
        return len(text) + 1

    return Expected(words, end)


def matching(pattern: bytes, what: str) -> Expected:
    """What a regular expression matches, from its first byte on. That it never will cannot be known.

    Raises `ValueError` for what is no regular expression, and for one that matches nothing at all.
    """
    shown = f"`{pattern.decode(errors='backslashreplace')}`"
    try:
        wanted = re.compile(pattern, re.DOTALL)
    except re.error as error:
        raise ValueError(f"{shown} is no regular expression: {error}") from error
    if wanted.match(b""):
        raise ValueError(f"{shown} matches an empty text, so it would have come at once")

    def end(data: bytes) -> int:
        found = wanted.match(data)
        return found.end() if found else 0

    return Expected(f"{what} {shown}", end)


def coded(codes: str, words: str) -> Expected:
    """A reply with a three-digit code, of one line or of several; RFC 5321 §4.2.1, RFC 959 §4.2."""
    wanted = re.compile(codes.encode())

    def end(data: bytes) -> int:
        size = 0
        while (found := data.find(b"\n", size)) >= 0:
            text, size = data[size:found], found + 1
            if text[:3] == data[:3] and text[3:4] != b"-":
                if not wanted.match(data):
                    raise Mismatch(0)
                return size
        return 0

    return Expected(words, end)


class RecordConversation(Conversation):
    """Owes one reply for each complete request, in their order."""

    __slots__ = ("_answered", "_come", "_dialect", "_is_over", "_owed", "_received", "_sent", "_unfinished")

    def __init__(self, dialect: "RecordDialect") -> None:
        self._dialect = dialect
        self._unfinished = b""  # sent, and no complete request yet
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
        self._unfinished += bytes(data)
        while size := self._dialect.request_size(self._unfinished):
            request, self._unfinished = self._unfinished[:size], self._unfinished[size:]
            self._sent += size
            if expected := self._dialect.expected(request):
                self._owed.append((self._sent, expected))
            if request == self._dialect.goodbye:
                self._is_over = True
                return

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

    greeting: Expected | None = None
    """What the server says first, if it does."""

    terminator = b"\r\n"
    """Where a request ends."""

    def request_size(self, data: bytes) -> int:
        """The length of the request with which `data` begins; 0 while it is not complete."""
        found = data.find(self.terminator)
        return 0 if found < 0 else found + len(self.terminator)

    def expected(self, request: bytes) -> Expected | None:
        """What a request is owed; None if nothing."""
        raise NotImplementedError

    def conversation(self) -> Conversation:
        """Open a ledger of requests."""
        return RecordConversation(self)

    def datagram_reply(self, data: bytes) -> bytes:
        """Refuse: it is spoken over TCP."""
        raise Misuse(f"{self.name} is spoken over TCP: no datagram answers {snippet(data)}")
