"""The dialects `raw` and `tls`: nothing is known of what is said, so nothing is owed or wrong (pure).

They serve to look at a server, not to judge it.
"""

from client_kit.dialects.base import Conversation, Dialect
from client_kit.dialects.expected import ExpectedDatagram
from client_kit.errors import Misuse
from client_kit.wording import snippet


class RawConversation(Conversation):
    """Accepts whatever comes."""

    def sent(self, data: bytes | memoryview) -> None:
        """Owe nothing for it."""

    def received(self, data: bytes) -> None:
        """Accept it."""

    @property
    def least_missing(self) -> int:
        """Nothing."""
        return 0

    @property
    def owed(self) -> str:
        """Nothing that is known."""
        return "nothing"

    @property
    def answered(self) -> int:
        """Nothing that is known."""
        return 0


class Raw(Dialect):
    """No dialect in particular."""

    name = "raw"
    silence = "what it speaks is not known; --dialect or --exchange says it"
    abilities = frozenset()

    def request(self, token: bytes) -> bytes:
        """Return the token as it is."""
        return token

    def conversation(self) -> RawConversation:
        """Open a ledger that nothing is entered in."""
        return RawConversation()

    def datagram_reply(self, data: bytes) -> ExpectedDatagram:
        """Refuse: nobody knows; `send` and `receive` do without."""
        raise Misuse(f"in the dialect {self.name} nothing is known to answer {snippet(data)}")


class Tls(Raw):
    """What is said is encrypted (RFC 8446)."""

    name = "tls"
    silence = "it speaks TLS, which acceptspec does not: test what is behind it, or a listener without TLS"
    transports = frozenset({"tcp"})


RAW = Raw()
TLS = Tls()
