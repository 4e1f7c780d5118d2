"""The dialect `beanstalkd`: the protocol of the work queue beanstalkd (pure).

https://github.com/beanstalkd/beanstalkd/blob/master/doc/protocol.txt
"""

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected, exactly
from client_kit.dialects.records import RECORDS, RecordDialect


class Beanstalkd(RecordDialect):
    """`use` of a tube of ours, which lasts as long as the connection uses it."""

    name = "beanstalkd"
    abilities = RECORDS | {Ability.RETURNS_TOKEN, Ability.ENDS_SESSION, Ability.ANSWERS_AFTER_HALF_CLOSE}
    goodbye = b"quit\r\n"

    def request(self, token: bytes) -> bytes:
        """Word `use`, with a name of 200 bytes at the most."""
        return b"use acceptspec.%s\r\n" % token.hex().encode()[:180]

    def expected(self, request: bytes) -> Expected | None:
        """Expect the tube's name; `quit` has no reply."""
        return None if request == self.goodbye else exactly(b"USING %s\r\n" % request.split()[1])


BEANSTALKD = Beanstalkd()
