"""Where a server is: "tcp://127.0.0.1:8888" to an `Address` and back.

Pure: a host may be a name, and nothing here asks whether that name resolves or anybody listens.
"""

import ipaddress
from dataclasses import dataclass
from typing import Literal, NoReturn

Transport = Literal["tcp", "udp"]

TRANSPORTS: dict[str, Transport] = {"tcp": "tcp", "udp": "udp"}


class AddressError(ValueError):
    """A text is not an address. The message says what was wanted and what was given."""


@dataclass(frozen=True, slots=True)
class Address:
    """The transport address of a server. An IPv6 host is kept without its brackets."""

    transport: Transport
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read "tcp://host:port" or "udp://[::1]:port"; raise `AddressError` for anything else."""
        if any(character.isspace() or not character.isprintable() for character in text):
            _refuse(text, "it contains a blank or a control character")
        scheme, separator, rest = text.partition("://")
        if not separator:
            _refuse(text, "it names no transport")
        host, port = _split(text, rest)
        return cls(_transport(text, scheme), _host(text, host), _port(text, port))

    @property
    def endpoint(self) -> str:
        """The address without its transport: "127.0.0.1:8888", "[::1]:8888"."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.transport}://{self.endpoint}"


def _transport(text: str, scheme: str) -> Transport:
    if scheme.lower() not in TRANSPORTS:
        _refuse(text, f"its transport {scheme!r} is neither tcp nor udp")
    return TRANSPORTS[scheme.lower()]


def _split(text: str, rest: str) -> tuple[str, str]:
    """Cut "host:port" at the colon that ends the host; the host keeps its brackets."""
    if "@" in rest:
        _refuse(text, "it names a user, and there is nobody to log in as")
    if any(character in rest for character in "/?#\\"):
        _refuse(text, "something follows its port, such as a path")
    host, colon, port = rest.rpartition(":")
    if not colon or rest.endswith("]"):
        _refuse(text, "it has no port")
    return host, port


def _host(text: str, host: str) -> str:
    if not host:
        _refuse(text, "it has no host")
    if host.startswith("[") and host.endswith("]"):
        return _ipv6(text, host[1:-1])
    if "[" in host or "]" in host:
        _refuse(text, "its brackets do not match")
    if ":" in host:
        _refuse(text, "an IPv6 host belongs in brackets, as in tcp://[::1]:8888")
    return host


def _ipv6(text: str, host: str) -> str:
    try:
        return str(ipaddress.IPv6Address(host))
    except ValueError as error:
        message = f"{text!r} is not an address: what stands in its brackets is no IPv6 host ({error})"
        raise AddressError(message) from error


def _port(text: str, port: str) -> int:
    if not port:
        _refuse(text, "it has no port")
    if not (port.isascii() and port.isdigit()):
        _refuse(text, f"its port {port!r} is not a number")
    if len(port) > 5 or not 1 <= int(port) <= 65535:
        _refuse(text, f"its port {port} is not between 1 and 65535")
    return int(port)


def _refuse(text: str, why: str) -> NoReturn:
    raise AddressError(f"{text!r} is not an address: {why}; wanted tcp://HOST:PORT or udp://HOST:PORT")
