"""The dialect `dns`: a question to a name server over UDP, RFC 1035 (pure)."""

from zlib import crc32

from client_kit.dialects.base import Ability, Conversation, Dialect
from client_kit.dialects.expected import ExpectedDatagram, common_length
from client_kit.dialects.raw import RawConversation
from client_kit.errors import Misuse
from client_kit.wording import snippet

HEADER = 12
IS_RESPONSE = 0x80
"""The bit QR of the header's third byte; §4.1.1."""

LABEL = 40
"""Characters of the token in the name: a label holds 63 at the most; §2.3.4."""

ONE_QUESTION = b"\x00\x01\x00\x00\x00\x00\x00\x00"
A_IN = b"\x00\x01\x00\x01"


class Dns(Dialect):
    """The address of a name under `invalid`, which no name server has; RFC 6761 §6.4."""

    name = "dns"
    transports = frozenset({"udp"})
    abilities = frozenset({Ability.EXCHANGES, Ability.RETURNS_TOKEN})

    def request(self, token: bytes) -> bytes:
        """Ask for a name that begins with the token; recursion is not desired."""
        label = token.hex().encode()[:LABEL] or b"x"
        name = b"".join(bytes([len(part)]) + part for part in (label, b"invalid")) + b"\0"
        number = crc32(token).to_bytes(4)[:2]
        return number + b"\0\0" + ONE_QUESTION + name + A_IN

    def conversation(self) -> Conversation:
        """Open a ledger that owes nothing: over TCP it is not spoken here."""
        return RawConversation()

    def datagram_reply(self, data: bytes) -> ExpectedDatagram:
        """Expect a response to that question, whatever it says; an error may leave the question out."""
        if len(data) < HEADER:
            raise Misuse(f"a question begins with {HEADER} bytes, and {snippet(data)} is shorter")

        def wrong_from(reply: bytes) -> int | None:
            if reply[:2] != data[:2]:
                return common_length(reply[:2], data[:2])
            if len(reply) < HEADER or not reply[2] & IS_RESPONSE:
                return 2
            has_question = reply[4:6] != b"\0\0"
            question = data[HEADER:].lower()
            if has_question and not reply[HEADER:].lower().startswith(question):
                return HEADER + common_length(reply[HEADER:].lower(), question)
            return None

        return ExpectedDatagram(f"a response to the question {snippet(data)}", wrong_from)


DNS = Dns()
