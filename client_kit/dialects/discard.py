"""The dialect `discard`: the server throws away what it is sent; RFC 863 (pure)."""

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected
from client_kit.dialects.records import RecordDialect


class Discard(RecordDialect):
    """Nothing is ever answered: that somebody reads shows only in the FIN that answers ours."""

    name = "discard"
    abilities = frozenset({Ability.TAKES_ANY_BYTES, Ability.TAKES_ANY_TEXT})

    def request(self, token: bytes) -> bytes:
        """Return the token: any bytes are a request."""
        return token

    def request_size(self, data: bytes | bytearray, searched: int = 0) -> int:  # noqa: ARG002
        """All of it."""
        return len(data)

    def expected(self, request: bytes) -> Expected | None:  # noqa: ARG002 - whatever it is
        """Nothing."""
        return None


DISCARD = Discard()
