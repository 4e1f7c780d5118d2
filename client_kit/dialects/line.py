"""The dialect `line`: a line is answered by the same line (pure)."""

from client_kit.dialects.base import Ability
from client_kit.dialects.records import Expected, RecordDialect, exactly


class Line(RecordDialect):
    """What is sent comes back once its line end has come."""

    name = "line"
    abilities = frozenset(
        {
            Ability.EXCHANGES,
            Ability.REPEATS,
            Ability.RETURNS_TOKEN,
            Ability.HAS_RECORDS,
            Ability.ANSWERS_AFTER_HALF_CLOSE,
        }
    )
    terminator = b"\n"

    def request(self, token: bytes) -> bytes:
        """The token as a line: what ends a line is taken out of it."""
        return token.replace(b"\r", b"").replace(b"\n", b" ") + b"\n"

    def expected(self, request: bytes) -> Expected:
        """Expect the same line."""
        return exactly(request)


LINE = Line()
