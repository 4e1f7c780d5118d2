"""How much of the processor's time a server takes, and how many others want it."""

import os

import trio

from spec_tests.harness.processes import ProcessTree

WINDOW = 0.3
"""Seconds over which the processor's time is measured, again and again: a server may have something to do."""

BUSY = 0.25
"""Of one processor, in every window: more than housekeeping takes, less than a loop that never waits."""

MOST_WAITING = 10
"""Where more than so many want each processor, nobody is given longer still."""


async def least_load(tree: ProcessTree, seconds: float) -> float:
    """The least share of a processor that the server took in a window of so many seconds.

    Returns early from a window with less than `BUSY`: one is enough to show that it waits.
    """
    least = float("inf")
    deadline = trio.current_time() + seconds
    while least >= BUSY and trio.current_time() < deadline:
        before, started = tree.processor_seconds(), trio.current_time()
        await trio.sleep(WINDOW)  # nothing is waited for: the load is measured over it
        least = min(least, (tree.processor_seconds() - before) / (trio.current_time() - started))
    return least


def machine_load() -> float:
    """Processes that ran or waited to run, for each processor, over the last minute: getloadavg(3)."""
    return os.getloadavg()[0] / len(os.sched_getaffinity(0))


def crowding() -> float:
    """How many times as long something may take as on a machine with a processor for everybody: 1 to 10."""
    return min(max(1.0, machine_load()), MOST_WAITING)
