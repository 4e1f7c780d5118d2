"""The decorator that turns a test into a requirement, and the registry of them all.

A requirement is one sentence about a server, with an id, a level and a source; its sentence is the docstring
of the test that proves or refutes it. The registry refuses what would make a report untrue: a test without a
sentence, an id twice, an id outside its chapter, an unknown level. What a spec test needs beside its fixtures
and the client kit is imported from here.
"""

import inspect
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum, IntEnum
from typing import Literal, TypeVar

from client_kit import Ability
from spec_tests.harness.asynchronous import eventually
from spec_tests.harness.description import CONCURRENT, MODELS
from spec_tests.harness.identifying.holding import find_model
from spec_tests.harness.instance import Instance
from spec_tests.harness.launching import LaunchError
from spec_tests.harness.limits import many_descriptors
from spec_tests.harness.load import BUSY, least_load, machine_load
from spec_tests.harness.namespaces import NOTICED, own_network, set_loopback
from spec_tests.harness.network import faulty_network
from spec_tests.harness.processes import ProcessError, ProcessTree, Zombie, inheritable_sockets, ports_of
from spec_tests.harness.refusals import ACCEPTING, STARTING, Refusals, name_of, refusals_of
from spec_tests.harness.server import Server
from spec_tests.harness.sockets import (
    IpAddress,
    close_waits,
    established,
    has_read_all,
    has_time_wait,
    hosts_listening,
    is_free,
)
from spec_tests.harness.verdicts import Level, NotJudgedError, Verdict, ViolatedError

__all__ = [
    "ACCEPTING",
    "ADDRESS",
    "BUSY",
    "CONCURRENT",
    "ITERATIVE",
    "LAUNCH",
    "MODELS",
    "MUST",
    "NOTICED",
    "POLICY",
    "PROCESS",
    "REGISTRY",
    "SHOULD",
    "STANDARD",
    "STANDARD_FOR_ECHO",
    "STARTING",
    "Ability",
    "Instance",
    "IpAddress",
    "LaunchError",
    "NotJudgedError",
    "ProcessError",
    "ProcessTree",
    "Refusals",
    "Requirement",
    "Server",
    "Verdict",
    "ViolatedError",
    "Zombie",
    "close_waits",
    "established",
    "eventually",
    "faulty_network",
    "find_model",
    "has_read_all",
    "has_time_wait",
    "hosts_listening",
    "inheritable_sockets",
    "is_free",
    "least_load",
    "machine_load",
    "many_descriptors",
    "name_of",
    "own_network",
    "ports_of",
    "refusals_of",
    "requirement",
    "set_loopback",
]

Test = TypeVar("Test", bound=Callable[..., object])

MUST = Level.MUST
SHOULD = Level.SHOULD
ITERATIVE = frozenset({"iterative"})


class Needs(IntEnum):
    """What the kit must have to test a requirement; each includes the ones before it.

    A test that needs `LAUNCH` finds no server: it launches what it asks.
    """

    ADDRESS = 1
    PROCESS = 2
    LAUNCH = 3


ADDRESS = Needs.ADDRESS
PROCESS = Needs.PROCESS
LAUNCH = Needs.LAUNCH


class Authority(Enum):
    """What a requirement rests on."""

    STANDARD = "standard"
    """An RFC or POSIX demands or states it."""
    STANDARD_FOR_ECHO = "standard for echo"
    """RFC 862 demands it of an echo server; of any other it is policy."""
    POLICY = "policy"
    """Good engineering that no standard demands."""


STANDARD = Authority.STANDARD
STANDARD_FOR_ECHO = Authority.STANDARD_FOR_ECHO
POLICY = Authority.POLICY


AskedOver = Literal["tcp", "udp", "any"]
"""Of the servers of which transport a requirement is asked."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One sentence about a server, and whom it is asked of."""

    id: str
    sentence: str
    level: Level
    source: str
    authority: Authority
    accepts: str
    needs: Needs
    abilities: frozenset[Ability]
    unless: frozenset[Ability]
    models: frozenset[str]
    transport: AskedOver
    is_disruptive: bool
    is_alone: bool
    is_long: bool
    is_asked_once: bool
    """Whether it is the same with every service: of one server with several it is asked with one."""
    takes: str
    """For what it takes more than 0.1 s with a good server; "" if it does not."""
    module: str
    test_name: str

    @property
    def test(self) -> Callable[..., Awaitable[None]]:
        """The test that proves or refutes it."""
        found: Callable[..., Awaitable[None]] = getattr(sys.modules[self.module], self.test_name)
        return found

    @property
    def transports(self) -> tuple[Literal["tcp", "udp"], ...]:
        """Of the servers of which transports it is asked."""
        return ("tcp", "udp") if self.transport == "any" else (self.transport,)

    @property
    def transport_names(self) -> str:
        """The same in words: `TCP`, `TCP and UDP`."""
        return " and ".join(map(str.upper, self.transports))

    @property
    def chapter(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]

    def authority_for(self, dialect: str) -> str:
        """`standard` or `policy`, for a server that speaks this dialect."""
        if self.authority is STANDARD_FOR_ECHO:
            return "standard" if dialect == "echo" else "policy"
        return self.authority.value


REGISTRY: dict[str, Requirement] = {}
"""Every requirement whose chapter has been imported, by its id."""


def requirement(
    id: str,  # noqa: A002 - the word of the specification
    *,
    level: Level,
    source: str,
    authority: Authority,
    accepts: str,
    needs: Needs = ADDRESS,
    abilities: Iterable[Ability] = (),
    models: Iterable[str] = MODELS,
    transport: AskedOver = "tcp",
    disruptive: bool = False,
    alone: bool = False,
    long: bool = False,
    once: bool = False,
    takes: str = "",
    exchanges: bool = True,
    unless: Iterable[Ability] = (),
) -> Callable[[Test], Test]:
    """Declare that the decorated test proves or refutes the requirement that its docstring states.

    `accepts` names every accepted outcome, for the report of a failure. `disruptive` is what a server on
    another machine is asked by permission only: floods, resets, signals. `alone` keeps other visitors of
    ours away from an addressed server meanwhile; what looks at processes is alone anyhow. A `long` one asks
    many things, and has the time of one that launches the server. What is about
    accepting, processes or signals, and needs but a right reply, is the same with every service: `once` says
    so. `takes` says for what it takes more than
    0.1 s, if that is not starting the server. Its test has an exchange, unless `exchanges` is false. A
    dialect with one of the abilities `unless` is not asked. Raises ValueError for a requirement that a
    report could not state truthfully.
    """
    asked = frozenset(abilities) | ({Ability.EXCHANGES} if exchanges else set())
    is_alone = alone or needs is Needs.PROCESS
    starts = "starting the server" if needs is Needs.LAUNCH else ""
    draft = Requirement(
        *(id, "", level, source, authority, accepts, needs, asked, frozenset(unless), frozenset(models)),
        *(transport, disruptive, is_alone, long or needs is Needs.LAUNCH, once, takes or starts, "", ""),
    )

    def register(test: Test) -> Test:
        REGISTRY[id] = _checked(draft, test)
        test.__requirement__ = REGISTRY[id]  # type: ignore[attr-defined]
        return test

    return register


def requirement_of(test: object) -> Requirement | None:
    """The requirement that a test proves or refutes, if it is a spec test."""
    return getattr(test, "__requirement__", None)


def _checked(draft: Requirement, test: Callable[..., object]) -> Requirement:
    """The requirement with what the test says of it. Raises ValueError for one that makes no sense."""
    sentence = " ".join(inspect.cleandoc(test.__doc__ or "").split())
    made = replace(draft, sentence=sentence, module=test.__module__, test_name=test.__name__)
    chapter = test.__module__.split(".")[-2].replace("_", "-")
    problem = ""
    if not made.sentence.endswith("."):
        problem = "its docstring must be the requirement: one sentence"
    elif made.id in REGISTRY:
        problem = "this id exists already"
    elif made.chapter != chapter or made.id == chapter:
        problem = f"its id must begin with its chapter, {chapter}."
    elif not isinstance(made.level, Level):
        problem = f"its level must be MUST or SHOULD, not {made.level!r}"
    elif not made.models <= set(MODELS):
        problem = f"its models must be among {', '.join(MODELS)}"
    if problem:
        raise ValueError(f"requirement {made.id}: {problem}")
    return made
