"""Async tests under trio, and the one way to wait for what has no event.

A sole failure in a nursery is shown as itself. Trio is run anew for each test, so nothing of one test
reaches another.
"""

from collections.abc import Awaitable, Callable

import trio

STEP = 0.005
"""Seconds between two looks at something that has no event to wait for; grows to 0.1 s."""


class TooLongError(Exception):
    """A test reached its ceiling, though nothing in it was ever overdue."""


def run_async(function: Callable[[], Awaitable[None]], ceiling: float) -> None:
    """Run `function` under trio; raise its first failure as itself, `TooLongError` after `ceiling` s."""

    async def under_ceiling() -> None:
        with trio.move_on_after(ceiling) as scope:
            await function()
        if scope.cancelled_caught:
            raise TooLongError(f"it was not decided within {ceiling:g} s, though it never stood still")

    try:
        trio.run(under_ceiling)
    except BaseExceptionGroup as group:
        failure = _first(group)
        raise failure from failure.__cause__


async def eventually(condition: Callable[[], bool], ceiling: float) -> bool:
    """Wait until `condition` holds, `ceiling` seconds at the most; return whether it does.

    For the state of the system, which no event announces: a process that is to end, a port to be freed.
    """
    deadline = trio.current_time() + ceiling
    step = STEP
    while not condition():
        if trio.current_time() >= deadline:
            return False
        await trio.sleep(step)
        step = min(step * 1.5, 0.1)
    return True


def _first(failure: BaseException) -> BaseException:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure
