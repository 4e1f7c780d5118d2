"""The dialect `nats`: the client protocol of NATS (pure).

https://docs.nats.io/reference/reference-protocols/nats-protocol
"""

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected, exactly, line
from client_kit.dialects.records import RECORDS, RecordDialect


class Nats(RecordDialect):
    """`PING` and `PONG`, after the server's `INFO`."""

    name = "nats"
    abilities = RECORDS | {Ability.SPEAKS_FIRST, Ability.ANSWERS_AFTER_HALF_CLOSE}
    greeting = line(r"INFO \{.*\}\s*", "`INFO {…}`")
    opening = b'CONNECT {"verbose":false,"pedantic":false,"name":"acceptspec"}\r\n'

    def request(self, token: bytes) -> bytes:  # noqa: ARG002 - it takes no argument
        """Word `PING`."""
        return b"PING\r\n"

    def expected(self, request: bytes) -> Expected | None:
        """Expect `PONG`, before which the server may send a `PING` of its own; `CONNECT` has no reply."""
        if request.startswith(b"CONNECT"):
            return None
        pong = exactly(b"PONG\r\n")
        ping = b"PING\r\n"

        def end(data: bytes) -> int:
            own = len(ping) if data.startswith(ping) else 0
            if ping.startswith(data):
                return 0
            size = pong.end(data[own:])
            return size and own + size

        return Expected("`PONG`", end)


NATS = Nats()
