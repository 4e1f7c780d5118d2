"""The dialect `daytime`: the server says what time it is, and ends the connection; RFC 867 (pure)."""

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected, line
from client_kit.dialects.records import RecordDialect


class Daytime(RecordDialect):
    """Nothing is asked: to connect is the request."""

    name = "daytime"
    abilities = frozenset({Ability.EXCHANGES, Ability.SPEAKS_FIRST, Ability.ENDS_SESSION})
    greeting = line(r".*\d.*", "a line with the time")

    def request(self, token: bytes) -> bytes:  # noqa: ARG002 - nothing is asked
        """Nothing."""
        return b""

    def expected(self, request: bytes) -> Expected | None:  # noqa: ARG002 - nothing is asked
        """Nothing more than the greeting."""
        return None


DAYTIME = Daytime()
