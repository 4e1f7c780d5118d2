"""How long a run takes: `python benchmarks/suite.py [--against PATH] [--rounds N] [WHAT…]`.

Runs the default run, a healthy server that is launched by 1, 2, 4 and 8 workers and by as many as it is by
default, and one that is only addressed, in rounds; with `--against` each beside the same run of another
checkout, by turns. Prints wall seconds, processor seconds and launches, as medians, the ratios of one run on
one machine, and the milliseconds of each requirement that waits for nothing. Judges nothing.

Processor time is that of the whole machine (/proc/stat): no process accounts for the children of a server that
ignores SIGCHLD. Stop everything else first.
"""

import argparse
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from spec_tests.harness.registry import registry

ROOT = Path(__file__).parents[1]
SERVER = "fork"
QUIET = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What a run took, in seconds, and how often it launched a server."""

    wall: float
    processor: float
    launches: int


def busy() -> float:
    """Seconds that the machine's processors have worked since it started; proc_stat(5)."""
    user, nice, system, _, _, irq, softirq, *_ = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    return sum(map(int, (user, nice, system, irq, softirq))) / TICKS


def measured(checkout: Path, words: Sequence[str], folder: Path) -> Cost:
    """Run a command in a checkout; `launches` counts the lines that its launch command writes."""
    counter = folder / "launches"
    counter.write_text("")
    environment = {**os.environ, "PYTHONPATH": str(checkout), "COUNTER": str(counter)}
    before, started = busy(), time.perf_counter()
    subprocess.run(words, cwd=checkout, env=environment, stdout=subprocess.DEVNULL, check=True)
    wall, processor = time.perf_counter() - started, busy() - before
    return Cost(wall, processor, len(counter.read_text()))


def server_command() -> list[str]:
    """How the reference server is launched; it leaves a mark each time."""
    words = [sys.executable, "-m", "reference_servers", SERVER, "--service", "echo", "--quiet"]
    return ["sh", "-c", 'printf . >> "$COUNTER"; exec "$@"', "sh", *words]


def default_run(checkout: Path, folder: Path) -> Cost:
    """The README's first command, without tox."""
    return measured(checkout, [sys.executable, "-m", "pytest", *QUIET, "spec_tests"], folder)


def launched(*workers: str) -> Callable[[Path, Path], Cost]:
    """Test a healthy launched server; `workers` are further options, such as -n 4."""

    def run(checkout: Path, folder: Path) -> Cost:
        command = shlex.join(server_command()) + " --port {port}"
        words = [sys.executable, "-m", "spec_tests", *QUIET, "--launch", command, *workers]
        return measured(checkout, [*words, "--report-json", str(folder / "report.json")], folder)

    return run


def addressed(checkout: Path, folder: Path) -> Cost:
    """Test a healthy server by its address."""
    with running(checkout, folder) as port:
        words = [sys.executable, "-m", "spec_tests", *QUIET, "--server", f"tcp://127.0.0.1:{port}"]
        return measured(checkout, words, folder)


@contextmanager
def running(checkout: Path, folder: Path) -> Iterator[int]:
    """A server that was there before."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "PYTHONPATH": str(checkout), "COUNTER": str(folder / "launches")}
    words = [*server_command(), "--port", str(port)]
    with subprocess.Popen(words, cwd=checkout, env=environment, stdout=subprocess.PIPE) as server:
        if server.stdout:
            server.stdout.readline()
        try:
            yield port
        finally:
            server.terminate()


RUNS: Mapping[str, Callable[[Path, Path], Cost]] = {
    "default": default_run,
    "launched": launched(),
    **{f"launched -n {count}": launched("-n", str(count)) for count in (1, 2, 4, 8)},
    "addressed": addressed,
}


def milliseconds(folder: Path) -> str:
    """What each requirement that waits for nothing took in the last run of one worker."""
    [report] = json.loads((folder / "report.json").read_text())
    quick = {one.id for one in registry() if not one.takes}
    taken = sorted(
        (one["seconds"] * 1e3, one["id"])
        for one in report["requirements"]
        if one["verdict"] == "passed" and one["id"] in quick
    )
    slowest = ", ".join(f"{name} {spent:.0f}" for spent, name in reversed(taken[-5:]))
    return f"ms a requirement: median {median(spent for spent, _ in taken):.0f}; the slowest: {slowest}"


def row(name: str, ours: Sequence[Cost], theirs: Sequence[Cost]) -> str:
    """A line of the table: medians, and the ratios to the other checkout with their spread."""
    told = (
        f"{name:<14} {median(one.wall for one in ours):7.1f} s {median(one.processor for one in ours):7.1f} s"
        f" {ours[-1].launches or '-':>5}"
    )
    if not theirs:
        return told
    walls = sorted(one.wall / other.wall for one, other in zip(ours, theirs, strict=True))
    processors = sorted(one.processor / other.processor for one, other in zip(ours, theirs, strict=True))
    return (
        f"{told}   against {median(one.wall for one in theirs):7.1f} s"
        f" {median(one.processor for one in theirs):7.1f} s {theirs[-1].launches or '-':>5}"
        f"   wall x {median(walls):.2f} ({walls[0]:.2f} to {walls[-1]:.2f})"
        f"   processor x {median(processors):.2f} ({processors[0]:.2f} to {processors[-1]:.2f})"
    )


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", nargs="*", choices=[[], *RUNS], help=f"default: all of {', '.join(RUNS)}")
    parser.add_argument("--against", type=Path, help="another checkout")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{'':<14} {'wall':>9} {'processor':>9} launches")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what in options.what or RUNS:
            ours: list[Cost] = []
            theirs: list[Cost] = []
            for _ in range(options.rounds):
                ours.append(RUNS[what](ROOT, folder))
                if options.against:
                    theirs.append(RUNS[what](options.against.absolute(), folder))
            print(row(what, ours, theirs), flush=True)
            if what == "launched -n 1":
                RUNS[what](ROOT, folder)
                print(milliseconds(folder), flush=True)


if __name__ == "__main__":
    main()
