"""Where a run's time goes: `python benchmarks/suite.py [SERVER]`.

Asks every requirement of a reference server in this process, and tells how much of the time was spent in
quiet periods, in starting and ending processes, in moving bulk data and waiting for it, and in all the rest,
which is exchanges and our own overhead. Then the same run by one worker and by two, by turns. Prints times
and ratios of one run on one machine; judges nothing.
"""

import os
import shlex
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

from client_kit import ECHO, Client, DatagramClient
from reference_servers import SERVERS
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.instance import Instance
from spec_tests.harness.judging import Judge
from spec_tests.harness.launching import Launcher
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.requirement import ADDRESS

ROOT = Path(__file__).parents[1]
ROUNDS = 3

spent: dict[str, float] = defaultdict(float)


def timed(owner: type, name: str, purpose: str) -> None:
    """Let every call of an async method be timed."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def measured(*arguments: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return await original(*arguments, **options)
        finally:
            spent[purpose] += time.perf_counter() - started

    setattr(owner, name, measured)


def timed_close() -> None:
    """Let every end of a process be timed."""
    original = Instance.close

    def measured(self: Instance) -> None:
        started = time.perf_counter()
        original(self)
        spent["processes"] += time.perf_counter() - started

    Instance.close = measured  # type: ignore[method-assign]


def command(server: str) -> str:
    """How a reference server is launched."""
    python = shlex.quote(sys.executable)
    return f"{python} -m reference_servers {server} --host {{host}} --port {{port}} --service echo --quiet"


def where_the_time_goes(server: str) -> None:
    """Ask everything in this process, and print what the time was spent on."""
    for owner, name, purpose in [
        (Client, "overhear", "quiet periods"),
        (DatagramClient, "overhear", "quiet periods"),
        (Client, "send_until_stall", "bulk data"),
        (Client, "exchange", "bulk data"),
        (Client, "exchange_to_end", "bulk data"),
        (Client, "pipeline", "bulk data"),
        (Launcher, "start", "processes"),
    ]:
        timed(owner, name, purpose)
    timed_close()
    reference = SERVERS[server]
    judge = Judge(Server(
        Description(server, reference.transport, ECHO, reference.model, launch=command(server),
                    ready_line="^listening on "),
        Limits(),
    ))  # fmt: skip
    started = time.perf_counter()
    judge.open()
    findings = [(one, judge.judge(one, one.test, "")) for one in registry()]
    judge.server.close()
    total = time.perf_counter() - started
    by_address = sum(finding.seconds for one, finding in findings if one.needs is ADDRESS)
    print(f"{server}: {total:.2f} s in all; what needs nothing but the address: {by_address:.2f} s")
    for purpose, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        print(f"  {purpose:<14} {seconds:6.2f} s  {seconds / total:5.0%}")
    rest = total - sum(spent.values())
    print(f"  {'the rest':<14} {rest:6.2f} s  {rest / total:5.0%}  (exchanges, and our own overhead)")


def seconds_with(workers: int, server: str) -> float:
    """How long a whole run takes, from the command line."""
    model = SERVERS[server].model
    words = [sys.executable, "-m", "spec_tests", "--launch", command(server), "--model", model, "-q"]
    started = time.perf_counter()
    subprocess.run(
        [*words, "-n", str(workers), "-p", "no:hypothesispytest"],
        stdout=subprocess.DEVNULL,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return time.perf_counter() - started


def one_worker_and_two(server: str) -> None:
    """Run both by turns, and print the ratio."""
    pairs = [(seconds_with(1, server), seconds_with(2, server)) for _ in range(ROUNDS)]
    one, two = (median(side) for side in zip(*pairs, strict=True))
    ratio = median(two / one for one, two in pairs)
    print(f"one worker {one:.2f} s, two workers {two:.2f} s: {ratio:.2f} times as long ({ROUNDS} pairs)")


if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else "thread"
    where_the_time_goes(chosen)
    one_worker_and_two(chosen)
