"""`tox -e mutants`: what changes of one line of a reference server the specification does not notice.

Writes MUTANTS.md. Status 1 if a mutant survives for which tests/survivors.toml has no reason, or the other way.
"""

import argparse
import os
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from killing import LIMITS, NOT_MET, changed, described, workers
from mutating import Mutant, mutants

from client_kit import DIALECTS
from reference_servers import SERVERS
from reference_servers.faults import source_file
from reference_servers.service import SPOKEN
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.judging import Judge
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.requirement import LAUNCH, Requirement

TESTS = Path(__file__).parent
MARKDOWN, SURVIVORS = TESTS.parent / "MUTANTS.md", TESTS / "survivors.toml"
SERVICES = ("echo", "line", "brief")
AT_ONCE = 3
"""Mutants for each core: most of what a test does is to wait."""

Key = tuple[str, str, str]


def of(server: str) -> list[Mutant]:
    """The mutants of a reference server, always in the same order."""
    return list(mutants(source_file(server).read_text()))


def is_dear(one: Requirement) -> bool:
    """Whether a requirement takes long, or measures: those that do come last."""
    return one.needs is LAUNCH or one.is_long or one.is_alone


def noticed_by(server: str, number: int) -> str:
    """The first requirement that a mutant does not meet; "" if it meets all, in every service."""
    with tempfile.TemporaryDirectory() as room:
        source = of(server)[number].source
        for wanted in (False, True):
            for service, transport in product(SERVICES, SERVERS[server].transports):
                launch = changed(server, source, service, Path(room))
                description = described(SERVERS[server], service, launch, Path(room), transport)
                asked = [one for one in registry() if is_dear(one) is wanted and is_asked(one, service)]
                if found := first_not_met(description, asked):
                    return found
    return ""


def is_asked(one: Requirement, service: str) -> bool:
    """Whether it is asked in this service: what starts the server is, where it can be asked first."""
    able = (known for known in SERVICES if one.abilities <= DIALECTS[SPOKEN[known]].abilities)
    return one.needs is not LAUNCH or service == next(able, service)


def first_not_met(description: Description, asked: Sequence[Requirement]) -> str:
    """The first of these requirements that a server does not meet; "" if it meets all.

    What takes long, or measures, is asked again with more patience: here are several at a time.
    """
    for one in not_met(description, LIMITS, asked):
        if not is_dear(one) or list(not_met(description, Limits(), [one])):
            return one.id
    return ""


def not_met(description: Description, limits: Limits, asked: Sequence[Requirement]) -> Iterator[Requirement]:
    """Those of these requirements that a server does not meet."""
    judge = Judge(Server(description, limits))
    try:
        judge.open()
        yield from (one for one in asked if judge.judge(one, one.test, "").verdict in NOT_MET)
    finally:
        judge.server.close()


def ask_all(chosen: Sequence[tuple[str, int]], jobs: int) -> dict[tuple[str, int], str]:
    """Ask mutants, several at a time; return what noticed each."""
    found, started = {}, time.monotonic()
    with workers(jobs) as pool:
        running = {pool.submit(noticed_by, *mutant): mutant for mutant in chosen}
        for count, future in enumerate(as_completed(running), 1):
            server, number = running[future]
            found[server, number] = future.result()
            mutant = of(server)[number]
            told = f"{server} {mutant.function}, {mutant.change}: {found[server, number] or 'SURVIVED'}"
            print(f"{time.monotonic() - started:5.0f} s  {count}/{len(chosen)}  {told}", flush=True)
    return found


@dataclass(frozen=True, slots=True)
class Reason:
    """Why nothing notices a mutant: it is not wrong, or (`is_open`) nothing asks for what is wrong with it."""

    text: str
    is_open: bool


def reasons() -> dict[Key, Reason]:
    """Why nothing notices a mutant, by its server, its function and its change."""
    rows = tomllib.loads(SURVIVORS.read_text()).get("survivor", [])
    return {
        (server, row["function"], row["change"]): Reason(row["reason"], row.get("open", False))
        for row in rows
        for server in row["servers"]
    }


def page(found: dict[tuple[str, int], str]) -> str:
    """MUTANTS.md."""
    known = reasons()
    rows: dict[bool, list[str]] = {True: [], False: []}
    for (server, number), requirement in sorted(found.items()):
        mutant = of(server)[number]
        if not requirement:
            why = known.get((server, mutant.function, mutant.change), Reason("NOT EXPLAINED", is_open=True))
            rows[why.is_open].append(f"| {server} | {mutant.function} | `{mutant.change}` | {why.text} |")
    noticed, wrong = sum(map(bool, found.values())), len(found) - len(rows[False])
    return f"""# Mutants

Every statement of the reference servers was left out once, and every condition negated once, by itself.
Of {len(found)} mutants the specification notices {noticed}, {100 * noticed / len(found):.1f} %;
of the {wrong} in which something is wrong that a client could see, {100 * noticed / wrong:.1f} %.
Written by `tox -e mutants`; the reasons are in tests/survivors.toml.

## Wrong, and not noticed: no requirement asks for it

{_table(rows[True])}

## Not noticed, and not wrong

{_table(rows[False])}
"""


def _table(rows: list[str]) -> str:
    return "\n".join(["| server | function | change | why |", "|---|---|---|---|", *rows])


def complaints(found: dict[tuple[str, int], str]) -> list[str]:
    """The survivors without a reason, and the reasons without a survivor."""
    asked = {server for server, _ in found}
    explained = {key for key in reasons() if key[0] in asked}
    survived = set()
    for (server, number), requirement in found.items():
        mutant = of(server)[number]
        if not requirement:
            survived.add((server, mutant.function, mutant.change))
    missing = [f"not noticed, and not explained: {' | '.join(key)}" for key in sorted(survived - explained)]
    return missing + [f"explained, but noticed: {' | '.join(key)}" for key in sorted(explained - survived)]


def main() -> int:
    """Ask every mutant, write what came out, and complain of what is not explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", choices=SERVERS, help="only those of this server; nothing is written")
    parser.add_argument("--jobs", type=int, default=AT_ONCE * (os.cpu_count() or 1), help="mutants at a time")
    options = parser.parse_args()
    servers = [options.server] if options.server else list(SERVERS)
    found = ask_all([(server, number) for server in servers for number in range(len(of(server)))], options.jobs)
    if not options.server:
        MARKDOWN.write_text(page(found))
    told = complaints(found)
    print("\n".join(told))
    return bool(told)


if __name__ == "__main__":
    sys.exit(main())
