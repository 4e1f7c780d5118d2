"""The dialect `smtp`: RFC 5321 (pure)."""

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected, coded
from client_kit.dialects.records import RECORDS, RecordDialect


class Smtp(RecordDialect):
    """`NOOP`, which a server takes at any time; RFC 5321 §4.1.1.9."""

    name = "smtp"
    abilities = (RECORDS | {Ability.SPEAKS_FIRST, Ability.ENDS_SESSION}) - {Ability.PIPELINES}
    greeting = coded("220", "a greeting, `220 …`")
    goodbye = b"QUIT\r\n"

    def request(self, token: bytes) -> bytes:  # noqa: ARG002 - not every server takes an argument
        """Word `NOOP`."""
        return b"NOOP\r\n"

    def expected(self, request: bytes) -> Expected:
        """Expect 250, and 221 for `QUIT`."""
        return coded("221", "`221 …`") if request == self.goodbye else coded("250", "`250 …`")

    def turns_away(self, reply: bytes) -> bool:
        """Whether it is 421, service not available; RFC 5321 §3.8."""
        return reply.startswith(b"421")


SMTP = Smtp()
