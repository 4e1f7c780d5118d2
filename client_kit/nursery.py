"""A nursery that shows the first failure in it as itself.

A verb that runs two tasks inside owes its caller one error, not a group of them. Cancellation passes
through as trio wants it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def open_plain_nursery() -> AsyncIterator[trio.Nursery]:
    """Open a nursery; raise the failure that came first, without its group, when there is one.

    A KeyboardInterrupt goes before every other failure.
    """
    try:
        async with trio.open_nursery() as nursery:
            yield nursery
    except BaseExceptionGroup as group:
        failures = group.subgroup(KeyboardInterrupt) or group.split(trio.Cancelled)[1]
        if failures is None:
            raise
        failure = _first(failures)
        raise failure from failure.__cause__


def _first(failure: BaseException) -> BaseException:
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure
