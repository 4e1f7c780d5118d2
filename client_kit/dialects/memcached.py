"""The dialect `memcached`: the text protocol of memcached (pure).

https://github.com/memcached/memcached/blob/master/doc/protocol.txt
"""

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected, exactly
from client_kit.dialects.records import RECORDS, RecordDialect


class Memcached(RecordDialect):
    """`get` of a key that nobody has set. The reply is `END`, and does not return the token."""

    name = "memcached"
    abilities = RECORDS | {Ability.ENDS_SESSION, Ability.ANSWERS_AFTER_HALF_CLOSE}
    goodbye = b"quit\r\n"

    def request(self, token: bytes) -> bytes:
        """Word `get`, with a key of 250 bytes at the most."""
        return b"get acceptspec:%s\r\n" % token.hex().encode()[:200]

    def expected(self, request: bytes) -> Expected | None:
        """Expect that nothing is found; `quit` has no reply."""
        return None if request == self.goodbye else exactly(b"END\r\n")


MEMCACHED = Memcached()
