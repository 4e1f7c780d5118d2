"""Async tests under trio, and the one way to wait for what has no event.

A sole failure in a nursery is shown as itself. Trio is run anew for each test, so nothing of one test
reaches another. Beside the test beats a heart, which knows how late our own loop was woken: a deadline that
passed while we were starved says nothing of the server.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from client_kit import Timeline
from spec_tests.harness.interrupting import INTERRUPTION
from spec_tests.harness.load import crowding
from spec_tests.harness.verdicts import NotJudgedError, Verdict

T = TypeVar("T")

STEP = 0.005
"""Seconds between two looks at something that has no event to wait for; grows to 0.1 s."""

BEAT = 0.05
"""Seconds between two heartbeats."""

ENOUGH = 4096
"""A test that gets on by so many bytes in the time of its ceiling is given that time again."""
EVENT = 400
"""What an event on the wire counts for, in bytes."""
REPLY = ENOUGH
"""What a whole reply counts for: a server that sends one is slow, one that sends a part of one crawls."""

MOST_PERIODS = 6
"""So often, on a machine with a processor for everybody who wants one; elsewhere each turn is waited for."""


class TooLongError(Exception):
    """A test reached its ceiling, though nothing in it was ever overdue."""


class Pulse:
    """How late our own loop was woken, at the worst, in seconds."""

    def __init__(self) -> None:
        self.worst = 0.0

    async def beat(self, due: float) -> None:
        """Be woken again and again, first at `due`, and compare the time with the one that was ordered."""
        while True:
            try:
                await trio.sleep_until(due)
            finally:  # also when a test that was held up fails before the heart has been woken
                self.worst = max(self.worst, trio.current_time() - due)
            due = trio.current_time() + BEAT


def progress_on(timeline: Timeline) -> int:
    """How far a test has got, in bytes or what counts as many."""
    return timeline.moved + EVENT * timeline.count + REPLY * timeline.replies


def run_async(
    function: Callable[[], Awaitable[T]],
    ceiling: float,
    *,
    progress: Callable[[], int] = lambda: 0,
    pulse: Pulse | None = None,
) -> T:
    """Run `function` under trio and return what it returns; raise its first failure as itself.

    Raises KeyboardInterrupt if that was asked for meanwhile, whatever else came of it.
    Raises `TooLongError` after `ceiling` seconds in which `progress` grew by less than 4,096, and
    `NotJudgedError` after six times as long, on a crowded machine up to sixty: what a slow server does may
    be right.
    `pulse` is told how late our loop was.
    """
    results: list[T] = []

    async def guarded() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon((pulse or Pulse()).beat, trio.current_time() + BEAT)
            nursery.start_soon(_raise_when_it_crawls, ceiling, progress)
            with INTERRUPTION.cancelling(nursery.cancel_scope):
                results.append(await function())
            nursery.cancel_scope.cancel()

    INTERRUPTION.raise_if_asked()
    try:
        trio.run(guarded)
    except BaseExceptionGroup as group:
        INTERRUPTION.raise_if_asked()
        failure = _first(group.subgroup(KeyboardInterrupt) or group)
        raise failure from failure.__cause__
    INTERRUPTION.raise_if_asked()
    return results[0]


async def _raise_when_it_crawls(ceiling: float, progress: Callable[[], int]) -> None:
    before, periods = progress(), 0
    while periods < MOST_PERIODS * crowding():
        await trio.sleep(ceiling)  # the ceiling itself: what has moved meanwhile decides
        if progress() - before < ENOUGH:
            told = f"it was not decided within {ceiling:g} s, though it never stood still"
            raise TooLongError(f"{told} (if it is meant to be so slow: --patience)")
        before, periods = progress(), periods + 1
    why = f"it got on, but was not done after {periods * ceiling:g} s (--patience gives it more time)"
    raise NotJudgedError(Verdict.NOT_OBSERVED, why)


async def eventually(condition: Callable[[], bool], ceiling: float) -> bool:
    """Wait until `condition` holds, `ceiling` seconds at the most; return whether it does.

    For the state of the system, which no event announces: a process that is to end, a port to be freed.
    """
    deadline = trio.current_time() + ceiling
    step = STEP
    while not condition():
        if trio.current_time() >= deadline:
            return False
        await trio.sleep(step)  # between two looks: nothing announces what is looked for
        step = min(step * 1.5, 0.1)
    return True


def _first(failure: BaseException) -> BaseException:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure
