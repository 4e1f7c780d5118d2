"""The dialect `line` and its kin: a line is answered by the same line, or by one made of it (pure)."""

from collections.abc import Callable

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected, ExpectedDatagram, exact_datagram, exactly
from client_kit.dialects.records import RECORDS, RecordDialect


class Line(RecordDialect):
    """What is sent comes back once its line end has come."""

    name = "line"
    transports = frozenset({"tcp", "udp"})
    abilities = RECORDS | {Ability.RETURNS_TOKEN, Ability.ANSWERS_AFTER_HALF_CLOSE}
    terminator = b"\n"

    def request(self, token: bytes) -> bytes:
        """The token as a line: what ends a line is taken out of it."""
        return token.replace(b"\r", b"").replace(b"\n", b" ") + b"\n"

    def expected(self, request: bytes) -> Expected:
        """Expect the same line."""
        return exactly(request)

    def datagram_reply(self, data: bytes) -> ExpectedDatagram:
        """Expect the same lines, if they are whole."""
        return exact_datagram(data)


class LineSession(Line):
    """Lines, of which `slow N` comes back after N milliseconds and `quit` is the last: our own servers'."""

    name = "line-session"
    abilities = Line.abilities | {Ability.TAKES_TIME, Ability.ENDS_SESSION}
    goodbye = b"quit\n"

    def slow_request(self, token: bytes, seconds: float) -> bytes:  # noqa: ARG002 - a line says how long, no more
        """Word `slow`, with whole milliseconds."""
        return b"slow %d\n" % round(seconds * 1000)


class ChangedLine(Line):
    """What is sent comes back changed in a fixed way, all but its line end."""

    transports = frozenset({"tcp"})

    def __init__(self, name: str, change: Callable[[bytes], bytes]) -> None:
        self.name = name
        self._change = change

    def expected(self, request: bytes) -> Expected:
        """Expect the changed line."""
        return exactly(self._change(request.removesuffix(self.terminator)) + self.terminator)


LINE = Line()
LINE_SESSION = LineSession()
LINE_UPPER = ChangedLine("line-upper", bytes.upper)
LINE_REVERSE = ChangedLine("line-reverse", lambda line: line[::-1])
