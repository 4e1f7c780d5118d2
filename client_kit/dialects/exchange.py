"""A dialect made on the command line: one request, and a regular expression for its reply (pure)."""

import re

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected, ExpectedDatagram, matching, whole_datagram
from client_kit.dialects.records import RecordDialect

TOKEN = b"{token}"


class Exchange(RecordDialect):
    """The same request again and again. With `{token}` in it and in the reply, the reply returns the token."""

    name = "exchange"
    transports = frozenset({"tcp", "udp"})

    def __init__(self, request: bytes, reply: bytes) -> None:
        """Raise `ValueError` for an empty request, and for a reply that is no regular expression."""
        if not request:
            raise ValueError("a request holds at least one byte")
        matching(reply, "")
        self._request = request
        self._reply = reply
        abilities = {Ability.EXCHANGES, Ability.REPEATS, Ability.HAS_RECORDS}
        if TOKEN in request and TOKEN in reply:
            abilities.add(Ability.RETURNS_TOKEN)
        self.abilities = frozenset(abilities)

    def request(self, token: bytes) -> bytes:
        """The request, with the token in hexadecimal where it says `{token}`."""
        return self._request.replace(TOKEN, token.hex().encode())

    def request_size(self, data: bytes | bytearray, searched: int = 0) -> int:  # noqa: ARG002
        """The length of a request with which `data` begins."""
        before, found, after = self._request.partition(TOKEN)
        if not found:
            return len(self._request) if data.startswith(self._request) else 0
        wanted = re.compile(re.escape(before) + rb"[0-9a-f]*" + re.escape(after))
        match = wanted.match(data)
        return match.end() if match else 0

    def expected(self, request: bytes) -> Expected:
        """Expect what the expression matches, with the token of this request in it."""
        before, found, after = self._request.partition(TOKEN)
        token = request[len(before) : len(request) - len(after)] if found else b""
        pattern = self._reply.replace(TOKEN, token)
        return matching(pattern, "what matches")

    def datagram_reply(self, data: bytes) -> ExpectedDatagram:
        """Expect a datagram which the expression matches, and nothing behind that."""
        return whole_datagram(self.expected(data))
