"""The dialect `daytime`: the server says something, the time perhaps, and ends; RFC 867 (pure)."""

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected
from client_kit.dialects.records import RecordConversation, RecordDialect


class DaytimeConversation(RecordConversation):
    """Owes something: RFC 867 leaves open how the time is worded, and how long a text it is."""

    __slots__ = ()

    def __init__(self, dialect: RecordDialect) -> None:
        super().__init__(dialect)
        self._is_over = True  # to connect was to ask, and the end of the session, too


class Daytime(RecordDialect):
    """Nothing is asked: to connect is the request."""

    name = "daytime"
    abilities = frozenset({Ability.EXCHANGES, Ability.SPEAKS_FIRST, Ability.ENDS_SESSION})
    greeting = Expected("a text, such as the time", len)

    def request(self, token: bytes) -> bytes:  # noqa: ARG002 - nothing is asked
        """Nothing."""
        return b""

    def expected(self, request: bytes) -> Expected | None:  # noqa: ARG002 - nothing is asked
        """Nothing more than the greeting."""
        return None

    def conversation(self) -> DaytimeConversation:
        """Open a ledger in which whatever comes is right."""
        return DaytimeConversation(self)


DAYTIME = Daytime()
