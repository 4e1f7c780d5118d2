"""The dialects of textbooks: the reply is the request changed in a fixed way (pure).

Theory of operation. `upper` changes byte by byte, so it is an echo of other bytes. `reverse` and `wrapped`
change whatever one receive call brought, and where a message was cut is up to TCP. So the ledger accepts
every reply that some way of cutting the message explains: it keeps, for each number of request bytes that
may be answered so far, how long the replies to them are.
"""

from collections.abc import Callable

from client_kit.dialects.base import Ability, Conversation, Dialect
from client_kit.dialects.echo import EchoConversation
from client_kit.dialects.expected import ExpectedDatagram, common_length, exact_datagram
from client_kit.errors import WrongReply
from client_kit.wording import snippet

Change = Callable[[bytes], bytes]

LONGEST = 4096
"""Longer messages are not sent in these dialects: their cuts would be too many to follow."""


class UpperConversation(EchoConversation):
    """Owes the capital letters of what was sent."""

    __slots__ = ()

    def sent(self, data: bytes | memoryview) -> None:
        """Owe these bytes, in capital letters."""
        super().sent(bytes(data).upper())


class ChangedConversation(Conversation):
    """Owes the changed pieces of what was sent, however it was cut."""

    __slots__ = ("_answered", "_change", "_come", "_offset", "_owed", "_places")

    def __init__(self, change: Change) -> None:
        self._change = change
        self._owed = b""  # sent, since all was settled for the last time
        self._come = b""  # received, since then
        self._offset = 0  # received before
        self._answered = 0  # sent before
        self._places = {(0, 0)}
        """So many bytes of what is owed may be answered by so many of what has come."""

    def sent(self, data: bytes | memoryview) -> None:
        """Owe a reply to these bytes, too."""
        if self.is_settled:
            self._offset += len(self._come)
            self._answered += len(self._owed)
            self._owed, self._come, self._places = b"", b"", {(0, 0)}
        self._owed += bytes(data)

    def received(self, data: bytes) -> None:
        """Follow every way of cutting the message that explains all that has come."""
        self._come += data
        good = 0
        waiting = sorted(self._places)
        while waiting:
            start, place = waiting.pop()
            for end in range(start + 1, len(self._owed) + 1):
                reply = self._change(self._owed[start:end])
                same = common_length(reply, self._come[place:])
                good = max(good, place + same)
                if same == len(reply) and (end, place + same) not in self._places:
                    self._places.add((end, place + same))
                    waiting.append((end, place + same))
        if good < len(self._come):
            wrong = self._come[good:]
            raise WrongReply(self._offset + good, snippet(self._change(self._owed)[good:]), wrong)

    @property
    def is_settled(self) -> bool:
        """Whether some way of cutting explains all that has come as the reply to all that was sent."""
        return (len(self._owed), len(self._come)) in self._places

    @property
    def least_missing(self) -> int:
        """What is missing if the message was not cut."""
        return 0 if self.is_settled else max(1, len(self._change(self._owed)) - len(self._come))

    @property
    def owed(self) -> str:
        """The reply to the whole message."""
        return "nothing" if self.is_settled else snippet(self._change(self._owed)[len(self._come) :])

    @property
    def answered(self) -> int:
        """All, once settled."""
        return self._answered + (len(self._owed) if self.is_settled else 0)


class Upper(Dialect):
    """The capitalising server. What it does with bytes that are no ASCII is its own business."""

    name = "upper"
    abilities = frozenset(
        {
            Ability.EXCHANGES,
            Ability.REPEATS,
            Ability.TAKES_ANY_TEXT,
            Ability.RETURNS_TOKEN,
            Ability.ANSWERS_AFTER_HALF_CLOSE,
        }
    )

    def request(self, token: bytes) -> bytes:
        """Return the token."""
        return token

    def conversation(self) -> UpperConversation:
        """Open a ledger of capital letters."""
        return UpperConversation()

    def datagram_reply(self, data: bytes) -> ExpectedDatagram:
        """Return the datagram in capital letters."""
        return exact_datagram(data.upper())


class Changed(Dialect):
    """Whatever one receive call brought, changed."""

    abilities = frozenset(
        {Ability.EXCHANGES, Ability.REPEATS, Ability.RETURNS_TOKEN, Ability.ANSWERS_AFTER_HALF_CLOSE}
    )

    def __init__(self, name: str, change: Change) -> None:
        self.name = name
        self._change = change

    def request(self, token: bytes) -> bytes:
        """Return the token, as far as its cuts can be followed."""
        return token[:LONGEST]

    def conversation(self) -> ChangedConversation:
        """Open a ledger of changed pieces."""
        return ChangedConversation(self._change)

    def datagram_reply(self, data: bytes) -> ExpectedDatagram:
        """Return the datagram, changed."""
        return exact_datagram(self._change(data))


def wrapped(before: bytes, after: bytes) -> Changed:
    """Return the dialect of a server that puts a constant before and after what it was sent."""
    return Changed("wrapped", lambda piece: before + piece + after)


UPPER = Upper()
REVERSE = Changed("reverse", lambda piece: piece[::-1])
