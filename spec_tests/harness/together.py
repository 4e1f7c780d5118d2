"""Whether a launched server may run beside others of its kind, as it has to where several workers test it.

Some keep a lock, a process id, their configuration or their data in the folder in which they are launched.
"""

import os
from contextlib import suppress
from pathlib import Path

import trio

from client_kit import ClientKitError
from spec_tests.harness.asynchronous import TooLongError, run_async
from spec_tests.harness.instance import Instance
from spec_tests.harness.launching import Launcher, LaunchError
from spec_tests.harness.server import Server

OTHERS = 2
"""So many more are launched, both in the same moment."""
CEILING = 2
"""All that is given so many times the patience."""


def why_alone(server: Server) -> str:
    """Launch others beside a server that runs, let each serve a client; return what is in the way, if any."""
    launcher = server.launcher
    assert launcher
    folder = Path(launcher.cwd or ".")
    before = written(folder)
    others: list[Instance] = []
    troubles: list[str] = []

    async def serve_together() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(OTHERS):
                nursery.start_soon(_start, launcher, server.patience, others, troubles)
        if troubles:
            return
        for other in others:
            await server.through(other.address).exchange_once("beside")
        await server.exchange_once("still")

    try:
        run_async(serve_together, CEILING * server.patience)
    except (ClientKitError, TooLongError) as error:
        troubles.append(str(error))
    finally:
        for other in others:
            other.close()
    troubles += [f"each launch writes {name} anew" for name in rewritten(before, written(folder))]
    return troubles[0] if troubles else ""


def written(folder: Path) -> dict[str, tuple[int, int]]:
    """When each file of a folder was written last, in nanoseconds, and its bytes."""
    found = {}
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.is_file():
                    found[entry.name] = (entry.stat().st_mtime_ns, entry.stat().st_size)
    return found


def rewritten(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> list[str]:
    """The files that were written and have not grown: a configuration, not a log.

    A launch that finds another's there serves what nobody asked for, if it does so only once in many.
    """
    return [
        name
        for name, (moment, size) in before.items()
        if name in after and after[name][0] != moment and after[name][1] <= size
    ]


async def _start(launcher: Launcher, patience: float, others: list[Instance], troubles: list[str]) -> None:
    try:
        others.append(await launcher.start(patience))
    except LaunchError as error:
        troubles.append(str(error))
