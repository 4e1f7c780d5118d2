"""The dialect `ftp`: RFC 959 (pure)."""

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected, coded
from client_kit.dialects.records import RECORDS, RecordDialect


class Ftp(RecordDialect):
    """`NOOP`. To a client that has not logged in a server may answer 530; RFC 959 §5.4."""

    name = "ftp"
    abilities = (RECORDS | {Ability.SPEAKS_FIRST, Ability.ENDS_SESSION}) - {Ability.PIPELINES}
    greeting = coded("220", "a greeting, `220 …`")
    goodbye = b"QUIT\r\n"

    def request(self, token: bytes) -> bytes:  # noqa: ARG002 - it takes no argument
        """Word `NOOP`."""
        return b"NOOP\r\n"

    def expected(self, request: bytes) -> Expected:
        """Expect 200 or 530, and 221 for `QUIT`."""
        return coded("221", "`221 …`") if request == self.goodbye else coded("200|530", "`200 …` or `530 …`")

    def turns_away(self, reply: bytes) -> bool:
        """Whether it is 421, service not available; RFC 959 §5.4."""
        return reply.startswith(b"421")


FTP = Ftp()
