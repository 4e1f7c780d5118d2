"""Who failed: the server, the clock, or we ourselves.

Every error of the kit is one of these, is one sentence long, and keeps the system's own error as its cause.
This module decides nothing about sockets; it does not know that there are any.
"""

# ruff: noqa: N818 - these names say what happened; "ServerResetError" would say it no better

from client_kit.wording import snippet


class ClientKitError(Exception):
    """The root of the kit's errors. `client` is the name of the client that met it, "" if none did."""

    def __init__(self, message: str, *, client: str = "") -> None:
        super().__init__(message)
        self.client = client

    def __str__(self) -> str:
        message = str(self.args[0])
        return f"client {self.client}: {message}" if self.client else message


class ServerFault(ClientKitError):
    """The server did it."""


class ConnectionRefused(ServerFault):
    """Nobody listens there: the connection (or the datagram) met a refusal."""


class Unreachable(ServerFault):
    """The network knows no way there, or the name has no address."""


class ServerReset(ServerFault):
    """The connection ended with RST."""


class ServerClosed(ServerFault):
    """FIN came too early. `received` holds what the interrupted verb had received until then."""

    def __init__(self, message: str, *, client: str = "", received: bytes = b"") -> None:
        super().__init__(message, client=client)
        self.received = received


class WrongReply(ServerFault):
    """A reply byte came that cannot be right.

    `offset` counts reply bytes from the start of the connection (of the datagram, with UDP); `owed` is what
    could have stood there, in words; `came` is what stood there instead, from the first wrong byte on.
    """

    def __init__(self, offset: int, owed: str, came: bytes, *, client: str = "") -> None:
        message = f"wrong reply at offset {offset:,}: owed was {owed}, but {snippet(came)} came"
        super().__init__(message, client=client)
        self.offset = offset
        self.owed = owed
        self.came = came


class NoReply(ClientKitError):
    """The clock: patience ran out before anything moved. `seconds` is how long that took."""

    def __init__(self, message: str, *, client: str = "", seconds: float = 0.0) -> None:
        super().__init__(message, client=client)
        self.seconds = seconds


class ResourcesExhausted(ClientKitError):
    """We: this process or machine ran out of descriptors, ports, buffers or memory."""


class Misuse(ClientKitError):
    """We: the caller asked for something that makes no sense, such as sending on a closed client."""
