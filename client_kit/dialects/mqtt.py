"""The dialect `mqtt`: MQTT 3.1.1 (pure).

http://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html
"""

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected, exactly
from client_kit.dialects.records import RECORDS, RecordDialect

CONNECT, PINGREQ, DISCONNECT = 0x10, 0xC0, 0xE0
CLEAN_SESSION = 2


class Mqtt(RecordDialect):
    """`PINGREQ` and `PINGRESP`, after `CONNECT` with an empty client identifier (§3.1.3.1)."""

    name = "mqtt"
    abilities = RECORDS | {Ability.ENDS_SESSION}
    opening = bytes([CONNECT, 12, 0, 4]) + b"MQTT" + bytes([4, CLEAN_SESSION, 0, 0, 0, 0])
    goodbye = bytes([DISCONNECT, 0])

    def request(self, token: bytes) -> bytes:  # noqa: ARG002 - it takes no argument
        """Word `PINGREQ`."""
        return bytes([PINGREQ, 0])

    def request_size(self, data: bytes | bytearray, searched: int = 0) -> int:  # noqa: ARG002
        """The length of a control packet of fewer than 128 bytes; §2.2."""
        size = 2 + data[1] if len(data) > 1 else 0
        return size if len(data) >= size else 0

    def expected(self, request: bytes) -> Expected | None:
        """Expect `CONNACK` with return code 0, or `PINGRESP`; `DISCONNECT` has no reply."""
        if request[0] == CONNECT:
            return exactly(b"\x20\x02\x00\x00")
        return None if request == self.goodbye else exactly(b"\xd0\x00")


MQTT = Mqtt()
