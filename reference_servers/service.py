"""What every server answers (pure): a function from the bytes received to the bytes to send."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

Answer = Callable[[bytes], bytes]


def ack(data: bytes) -> bytes:  # noqa: ARG001 - whatever came
    """Answer `OK` to whatever one recv(1024) brought."""
    return b"OK"


def echo(data: bytes) -> bytes:
    """Return what came (RFC 862)."""
    return data


SERVICES: Mapping[str, Answer] = MappingProxyType({"ack": ack, "echo": echo})
