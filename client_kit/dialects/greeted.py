"""Any dialect, spoken by a server that greets first (pure)."""

from client_kit.dialects.base import Ability, Conversation, Dialect
from client_kit.dialects.expected import Expected, ExpectedDatagram, matching
from client_kit.errors import Misuse
from client_kit.wording import counted, snippet


class GreetedConversation(Conversation):
    """Owes a greeting, and then what the other dialect owes.

    Where the greeting ends, its expression says; what comes after that, and before the first request, is
    taken for the rest of it.
    """

    __slots__ = ("_greeting", "_has_asked", "_heard", "_inner", "_is_greeted")

    def __init__(self, greeting: Expected, inner: Conversation) -> None:
        self._greeting = greeting
        self._inner = inner
        self._heard = b""
        self._is_greeted = False
        self._has_asked = False

    def sent(self, data: bytes | memoryview) -> None:
        """Tell the other ledger."""
        self._has_asked = True
        self._inner.sent(data)

    def received(self, data: bytes) -> None:
        """Take the greeting from the beginning, and tell the other ledger of the rest."""
        if self._is_greeted:
            if self._has_asked:
                self._inner.received(data)
            return
        self._heard += data
        if size := self._greeting.end(self._heard):
            self._is_greeted = True
            rest = self._heard[size:]
            if rest and self._has_asked:
                self._inner.received(rest)

    @property
    def least_missing(self) -> int:
        """One byte at least, until the greeting has come."""
        return self._inner.least_missing + (not self._is_greeted)

    @property
    def owed(self) -> str:
        """The greeting, or what the other ledger owes."""
        if self._is_greeted:
            return self._inner.owed
        begun = f"; so far {counted(len(self._heard), 'byte')}: {snippet(self._heard)}" if self._heard else ""
        return f"{self._greeting.words}{begun}"

    @property
    def answered(self) -> int:
        """What the other ledger says."""
        return self._inner.answered

    def finish(self) -> None:
        """Tell the other ledger."""
        self._inner.finish()


class Greeted(Dialect):
    """A dialect that begins with a greeting."""

    transports = frozenset({"tcp"})

    def __init__(self, greeting: bytes, dialect: Dialect) -> None:
        """Raise `ValueError` for a greeting that is no regular expression."""
        self._greeting = matching(greeting, "a greeting that matches")
        self._dialect = dialect
        self.name = dialect.name
        self.silence = dialect.silence
        self.abilities = dialect.abilities | {Ability.SPEAKS_FIRST}
        self.opening = dialect.opening
        self.goodbye = dialect.goodbye

    def request(self, token: bytes) -> bytes:
        """Word a request as the dialect does."""
        return self._dialect.request(token)

    def slow_request(self, token: bytes, seconds: float) -> bytes:
        """Word it as the dialect does."""
        return self._dialect.slow_request(token, seconds)

    def conversation(self) -> GreetedConversation:
        """Open a ledger that begins with the greeting."""
        return GreetedConversation(self._greeting, self._dialect.conversation())

    def datagram_reply(self, data: bytes) -> ExpectedDatagram:
        """Refuse: over UDP nobody can greet."""
        raise Misuse(f"a server that speaks first speaks TCP: no datagram answers {snippet(data)}")
