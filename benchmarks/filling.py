"""What the pace is worth at which buffers are filled: `python benchmarks/filling.py ["COMMAND {port}" MODEL]`.

Asks the requirements for which the kit sends without reading of a server that speaks the echo protocol, the
reference server of the multiplexing model if no other is named, by turns at the pace of client_kit/filling.py
and as fast as the system takes it. Prints times and ratios of one run on one machine; judges nothing.
"""

import shlex
import sys
from statistics import median

from client_kit import ECHO, filling
from spec_tests.harness.applicability import why_not_applicable
from spec_tests.harness.description import MODELS, Description, Limits
from spec_tests.harness.judging import Judge
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.requirement import ADDRESS

OURS = f"{shlex.quote(sys.executable)} -m reference_servers multiplexing --port {{port}} --service echo --quiet"
ROUNDS = 9
PACES = {"paced": (filling.STEP, filling.PAUSE), "at once": (2**30, 0.0)}
"""Bytes that are sent at once, and seconds after them."""


def main(command: str = OURS, model: str = "event-loop") -> None:
    """Print what each of these requirements took, paced and not."""
    if model not in MODELS:
        print(f"wanted: one of the models {', '.join(MODELS)}; given: {model}", file=sys.stderr)
        raise SystemExit(2)
    server = Server(Description("filled", "tcp", ECHO, model, launch=command, idle_timeout=0.0), Limits())
    judge = Judge(server)
    judge.open()
    try:
        if judge.obstacle:
            print(f'wanted: "COMMAND {{port}}" of an echo server; {judge.obstacle.reason}', file=sys.stderr)
            raise SystemExit(2)
        for one in registry():
            fills = one.needs is ADDRESS and one.takes.startswith("bulk data")
            if fills and why_not_applicable(one, server) is None:
                taken: dict[str, list[float]] = {pace: [] for pace in PACES}
                for pace in list(PACES) * ROUNDS:
                    filling.STEP, filling.PAUSE = PACES[pace]
                    taken[pace].append(judge.judge(one, one.test, "").seconds)
                paced, unpaced = (median(each) for each in taken.values())
                worst = ", ".join(f"{pace} {max(each):.2f} s" for pace, each in taken.items())
                ratio = f"{unpaced / paced:.1f} times as long at once"
                print(f"{one.id:<48} {ratio}: {paced:.2f} s, {unpaced:.2f} s; at worst {worst}")
    finally:
        judge.server.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
