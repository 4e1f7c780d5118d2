"""What every server answers (pure): a service opens a session for each client.

A session is told what came and says what is to be sent, after how long, and whether that was all. How to wait
without keeping others waiting is the server's business: it is what the models differ in.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType


class Session:
    """What one client is answered."""

    idle_timeout: float | None = None
    """Seconds after which a client from whom nothing comes is let go; None: never."""

    delay = 0.0
    """Seconds until the last answer is to be sent."""

    is_over = False
    """Whether the connection is to be ended after the last answer."""

    def answer(self, data: bytes) -> bytes:
        """Return what is to be sent for whatever one receive call brought."""
        raise NotImplementedError


class Ack(Session):
    """`OK` for whatever one recv(1024) brought."""

    def answer(self, data: bytes) -> bytes:  # noqa: ARG002 - whatever came
        """Answer `OK`."""
        return b"OK"


class Echo(Session):
    """What came is returned (RFC 862)."""

    def answer(self, data: bytes) -> bytes:
        """Return what came."""
        return data


class Brief(Echo):
    """The same, and a client that says nothing for a second is let go."""

    idle_timeout = 1.0


class Line(Session):
    """A line is returned once its end has come; `slow N` is so after N milliseconds, and `quit` is the last."""

    LONGEST = 65536
    """Bytes of a line; a longer one is told so, and ends the session: what is kept has to have a limit."""
    SLOWEST = 5000
    """Milliseconds: nobody may hold up a server for longer."""

    def __init__(self) -> None:
        self._begun = b""

    def answer(self, data: bytes) -> bytes:
        """Return the lines that are complete now; what a client never ends is never answered."""
        *lines, self._begun = (self._begun + data).split(b"\n")
        self.delay = 0.0
        reply = b""
        for line in lines:
            reply += line + b"\n"
            command, _, argument = line.strip().partition(b" ")
            if command == b"quit":
                self.is_over = True
                return reply
            if command == b"slow" and argument.isdigit():
                self.delay += min(int(argument), self.SLOWEST) / 1000
        if len(self._begun) > self.LONGEST:
            self.is_over = True
            reply += b"line too long\n"
        return reply


Service = Callable[[], Session]

SERVICES: Mapping[str, Service] = MappingProxyType({"ack": Ack, "echo": Echo, "line": Line, "brief": Brief})

SPOKEN: Mapping[str, str] = MappingProxyType(
    {"ack": "ack", "echo": "echo", "line": "line-session", "brief": "echo"}
)
"""The name of the dialect in which clients speak with a service."""
