"""In which order requirements are asked: that of the specification; by several workers, the longest first.

What waits, waits beside the rest then, and no worker is left alone with three seconds at the end.
"""

import importlib
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, TypeVar

import pytest

from spec_tests.harness.description import Description
from spec_tests.harness.registry import place_of, registry
from spec_tests.requirement import LAUNCH, Requirement

T = TypeVar("T")

LONGEST = (
    "end-of-file.releases-a-vanished-peer",
    "connecting.serves-after-an-idle-spell",
    "overload.recovers-from-a-reset-storm",
    "lifecycle.restarts-twenty-times",
    "overload.latency-recovers",
    "exchanging.tolerates-an-idle-client",
    "concurrency.light-client-is-not-starved",
    "connecting.takes-a-burst",
    "overload.retries-transient-accept-errors",
    "overload.holds-through-a-faulty-network",
    "processes.memory-does-not-climb",
    "exchanging.carries-a-large-payload",
)
"""Those that take a good server a second or more, as `--durations-by-requirement` tells."""

CROWDS = (
    "connecting.drains-the-accept-queue",
    "connecting.takes-a-burst",
    "connecting.has-no-ghosts",
    "concurrency.many-clients-meet",
    "concurrency.replies-reach-their-own-client",
    "concurrency.one-departure-ends-one-client",
    "concurrency.newcomers-and-residents-share",
)
"""Those that hold many clients: a server is not asked for two such crowds at the same time."""


def place(asked: Requirement, *, has_one_worker: bool) -> tuple[int, ...]:
    """What the requirements of one server are sorted by."""
    if has_one_worker or asked.id not in LONGEST:
        return len(LONGEST), place_of(asked)
    return LONGEST.index(asked.id), place_of(asked)


def spread_out(longest_first: Sequence[T]) -> list[T]:
    """Let something short follow each of the longest: xdist gives every worker two at the beginning."""
    longest, others = list(longest_first[: len(LONGEST)]), list(longest_first[len(LONGEST) :])
    pairs = zip_longest(longest, others[: len(longest)])
    return [one for pair in pairs for one in pair if one is not None] + others[len(longest) :]


def grouped(config: pytest.Config, log: object, servers: Sequence[Description]) -> object:
    """A scheduler of xdist's by which each group is left to one worker.

    The groups of xdist's own (`--dist loadgroup`) are lost with pytest 9.2.
    """
    by_test = {one.test_name: one for one in registry()}
    by_name = {one.name: one for one in servers}
    base: Any = importlib.import_module("xdist.scheduler").LoadScopeScheduling

    class Grouped(base):  # type: ignore[misc]
        """Takes the groups from the names of the tests."""

        def _split_scope(self, nodeid: str) -> str:
            test, _, name = nodeid.rpartition("::")[2].rstrip("]").partition("[")
            if test in by_test and name in by_name:
                return group_of(by_test[test], by_name[name])
            return nodeid

    return Grouped(config, log)


def group_of(asked: Requirement, server: Description) -> str:
    """What is left to one worker, where the workers take groups.

    Of several servers one that is started once, for all that does not launch it again; of one that they share
    what each would have to wait for.
    """
    if not server.launch:
        return "alone" if asked.is_alone else "crowds" if asked.id in CROWDS else asked.id
    return f"{server.name}, launched again" if asked.needs is LAUNCH else server.name
