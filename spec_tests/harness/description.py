"""What is said of a server, and of a run, before anything is asked."""

import secrets
from dataclasses import dataclass

from client_kit import Address, Dialect, Transport
from spec_tests.harness.launching import Launcher

MODELS = ("iterative", "fork", "thread", "pool", "event-loop", "unknown")
CONCURRENT = frozenset({"fork", "thread", "pool", "event-loop"})
"""The models that serve more than one client at a time."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of a server before anything is asked of it."""

    name: str
    transport: Transport
    dialect: Dialect
    model: str = "unknown"
    address: Address | None = None
    launch: str | None = None
    pid: int | None = None
    cwd: str | None = None
    environment: tuple[tuple[str, str], ...] = ()
    """What a launched server finds in its environment beside what we have in ours."""
    ready_line: str | None = None
    """A regular expression for the line by which a launched server says that it listens."""
    max_clients: int | None = None
    """How many clients it serves at once, where that is known."""
    asked_with: str = ""
    """Where one server has several services: the name under which its service-independent tests run."""
    idle_timeout: float | None = None
    """Seconds after which it ends a connection on which nothing comes; 0: it never does; None: not known."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long is waited, in seconds, and how many clients may be held at once."""

    patience: float = 6.0
    quiet_period: float = 0.2
    max_clients: int | None = None
    max_rate: float | None = None
    """The most connects in a second."""
    is_strict: bool = False
    """Whether a SHOULD that is not met is a failure, too."""
    seed: int | None = None
    """What random choices come from; None: from another each time."""
    is_disruptive: bool = False
    """Whether a server on another machine may be disturbed."""


def random_seed() -> int:
    """A seed that is short enough to be typed again."""
    return secrets.randbelow(999_999) + 1


def launcher_for(description: Description) -> Launcher:
    """What launches such a server; it must be one that is to be launched."""
    assert description.launch
    return Launcher(
        description.launch,
        description.transport,
        description.address,
        description.cwd,
        dict(description.environment),
    )
