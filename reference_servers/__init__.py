"""The reference servers: one file a model, each readable from top to bottom: listen, accept, serve, stop.

They are what the specification is tried on, and what a student's server may be compared with:
`diff fork.py thread.py` is the lesson. They share no code with the client kit, for it would share its bugs.
"""

import importlib
from collections.abc import Mapping
from types import MappingProxyType, ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than a server
    from typing import Literal

    Model = Literal["iterative", "fork", "thread", "pool", "event-loop"]
    Transport = Literal["tcp", "udp"]


class Reference:  # no dataclass, no pathlib: a server is to start quickly
    """A reference server: its name, which is its file's, its model, and its transports."""

    def __init__(
        self,
        name: str,
        model: "Model",
        transports: "tuple[Transport, ...]" = ("tcp",),
        max_clients: int | None = None,
    ) -> None:
        self.name = name
        self.model: Model = model
        self.transports = transports
        self.max_clients = max_clients
        """How many clients it serves at once, if that is bounded."""

    @property
    def transport(self) -> "Transport":
        """The only transport, or the first."""
        return self.transports[0]

    def load(self) -> ModuleType:
        """Import it."""
        return importlib.import_module(f"reference_servers.{self.name}")


SERVERS: Mapping[str, Reference] = MappingProxyType(
    {
        reference.name: reference
        for reference in (
            Reference("iterative", "iterative"),
            Reference("fork", "fork"),
            Reference("thread", "thread"),
            Reference("pool", "pool", max_clients=8),
            Reference("multiplexing", "event-loop"),
            Reference("async_io", "event-loop"),
            Reference("datagram", "iterative", ("udp",)),
            Reference("tcp_and_udp", "thread", ("udp", "tcp")),
        )
    }
)
