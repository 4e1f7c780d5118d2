"""The dialect `redis`: RESP, the protocol of Redis, spoken inline (pure).

https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected, exactly, line
from client_kit.dialects.records import RECORDS, RecordDialect


class Redis(RecordDialect):
    """`ECHO token`, which is a read-only command and returns its argument."""

    name = "redis"
    abilities = RECORDS | {
        Ability.RETURNS_TOKEN,
        Ability.TAKES_TIME,
        Ability.ENDS_SESSION,
        Ability.ANSWERS_AFTER_HALF_CLOSE,
    }
    goodbye = b"QUIT\r\n"

    def request(self, token: bytes) -> bytes:
        """Word `ECHO`, with the token in hexadecimal: an inline command ends at white space."""
        return b"ECHO %s\r\n" % token.hex().encode()

    def slow_request(self, token: bytes, seconds: float) -> bytes:
        """Word `BLPOP`, which waits in vain for a list that nobody fills."""
        return b"BLPOP acceptspec:%s %.3f\r\n" % (token.hex().encode(), seconds)

    def expected(self, request: bytes) -> Expected:
        """Expect the argument back, as a bulk string."""
        if request == self.goodbye:
            return exactly(b"+OK\r\n")
        if request.startswith(b"BLPOP "):
            return line(r"\*-1|-ERR .*", "`*-1`, for nothing, or an error")
        text = request.split()[1]
        return exactly(b"$%d\r\n%s\r\n" % (len(text), text))


REDIS = Redis()
