"""`tox -e kill-matrix`: every fault against every requirement; it writes KILL_MATRIX.json and KILL_MATRIX.md.

The first server that has a fault is asked everything, the others that have it what it must break.

With `--stale`, only what has changed since the last run: the faults whose server has another text now, and the
requirements whose file has, or steps that it takes. Status 1 if anything fails undeclared, or fails to fail.
"""

import argparse
import inspect
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import as_completed
from hashlib import sha256
from pathlib import Path
from typing import Any

from killing import outcome, workers
from matrix_table import markdown

from reference_servers.faults import Fault, faults, source_file
from spec_tests import steps
from spec_tests.harness.registry import registry
from spec_tests.requirement import Requirement

ROOT = Path(__file__).parents[1]
JSON, MARKDOWN = ROOT / "KILL_MATRIX.json", ROOT / "KILL_MATRIX.md"
SHARED = ("service.py", "stopping.py", "output.py")
AT_ONCE = 4
"""Faulty servers for each core: most of what a test does is to wait."""

Row = dict[str, Any]
Key = tuple[str, str]


def digest(*texts: str) -> str:
    """Return a short name for these texts."""
    return sha256("\0".join(texts).encode()).hexdigest()[:12]


def asked_of(key: Key) -> list[str]:
    """What a fault is asked: everything on the first server that has it, on the others what it must break."""
    fault = faults()[key]
    is_first = key == next(one for one in faults() if one[1] == fault.name)
    return [one.id for one in registry() if is_first or one.id in fault.breaks]


def text_of_fault(fault: Fault) -> str:
    """A digest of all the code that runs when a server with this fault does, and of what it is asked."""
    server = source_file(fault.server)
    shared = [server.with_name(name).read_text() for name in SHARED]
    asked = asked_of((fault.server, fault.name))
    return digest(fault.apply(server.read_text()), *fault.services[-1:], *shared, *asked)


def text_of_requirement(one: Requirement) -> str:
    """A digest of the file in which a requirement is, and of the steps that it takes."""
    text = Path(inspect.getfile(one.test)).read_text()
    return digest(text, Path(steps.__file__).read_text()) if steps.__name__ in text else digest(text)


def new_row(fault: Fault) -> Row:
    """A fault of which nothing is known yet."""
    return {
        "server": fault.server,
        "fault": fault.name,
        "service": fault.services[-1],
        "text": text_of_fault(fault),
        "failed": [],
        "asked": [],
    }


def ask(key: Key, ids: Sequence[str]) -> tuple[list[str], list[str], dict[str, str]]:
    """Ask a fault these requirements: which failed, which could be asked, and what surprises, in words."""
    fault = faults()[key]
    asked = [one for one in registry() if one.id in set(ids)]
    with tempfile.TemporaryDirectory() as folder:
        found = outcome(fault, fault.services[-1], Path(folder), asked)
    return sorted(found.failed), sorted(found.asked), {one: found.told(one) for one in found.differing}


def known_rows() -> tuple[dict[Key, Row], Mapping[str, str]]:
    """What the last run found, and of which texts of the requirements."""
    if not JSON.exists():
        return {}, {}
    known = json.loads(JSON.read_text())
    return {(row["server"], row["fault"]): row for row in known["faults"]}, known["requirements"]


def is_known(key: Key, rows: Mapping[Key, Row]) -> bool:
    """Whether there is a row of this fault as it is now, and of what it is asked now."""
    return key in rows and rows[key]["text"] == text_of_fault(faults()[key])


def stale() -> dict[Key, list[str]]:
    """What the file does not tell, or no longer: for each such fault the requirements."""
    rows, texts = known_rows()
    changed = {one.id for one in registry() if texts.get(one.id) != text_of_requirement(one)}
    found = {}
    for key in faults():
        is_whole = is_known(key, rows)
        if ids := [one for one in asked_of(key) if one in changed or not is_whole]:
            found[key] = ids
    return found


def unnoticed(key: Key, row: Row) -> list[str]:
    """The requirements that a fault should break, and did not."""
    return sorted(faults()[key].breaks & set(row["asked"]) - set(row["failed"]))


def surprises(rows: Mapping[Key, Row]) -> list[str]:
    """What differs from what the faults declare, in either direction, a line each."""
    told = []
    for key, row in rows.items():
        fault = faults()[key]
        undeclared = set(row["failed"]) - fault.breaks - fault.may_break
        told += [f"{key}: undeclared: {one}" for one in sorted(undeclared)]
        told += [f"{key}: not noticed by {one}" for one in unnoticed(key, row)]
        if not row["failed"]:
            told.append(f"{key}: nothing notices it")
    return told


def fill(rows: dict[Key, Row], wanted: Mapping[Key, Sequence[str]], jobs: int) -> None:
    """Ask what is wanted, several faults at a time, and put it into the rows."""
    started = time.monotonic()
    with workers(jobs) as pool:
        longest_first = sorted(wanted, key=lambda key: -len(wanted[key]))
        running = {pool.submit(ask, key, wanted[key]): key for key in longest_first}
        for number, future in enumerate(as_completed(running), 1):
            key = running[future]
            failed, asked, told = future.result()
            ids, row = set(wanted[key]), rows[key]
            row["failed"] = sorted(set(row["failed"]) - ids | set(failed))
            row["asked"] = sorted(set(row["asked"]) - ids | set(asked))
            elapsed = f"{time.monotonic() - started:5.0f} s  {number}/{len(wanted)}"
            print(f"{elapsed}  {' '.join(key)}: {len(failed)} failed", *told.values(), sep="\n", flush=True)


def write(rows: Mapping[Key, Row]) -> None:
    """Write both files."""
    texts = {one.id: text_of_requirement(one) for one in registry()}
    JSON.write_text(json.dumps({"requirements": texts, "faults": list(rows.values())}, indent=1) + "\n")
    MARKDOWN.write_text(markdown(faults(), rows, texts))


def main() -> int:
    """Fill the matrix, write it, and say what surprises."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stale", action="store_true", help="only what has changed since the last run")
    parser.add_argument(
        "--only", default="", metavar="NAME", help="only faults of this name; nothing is written"
    )
    parser.add_argument(
        "--jobs", type=int, default=AT_ONCE * (os.cpu_count() or 1), help="faulty servers at a time"
    )
    options = parser.parse_args()
    wanted = stale() if options.stale else {key: asked_of(key) for key in faults()}
    wanted = {key: ids for key, ids in wanted.items() if options.only in ("", key[1])}
    known, _ = known_rows()
    rows = {key: known[key] if is_known(key, known) else new_row(fault) for key, fault in faults().items()}
    fill(rows, wanted, options.jobs)
    again = {key: ids for key in wanted if (ids := unnoticed(key, rows[key]))}
    fill(rows, again, 1)  # alone: the machine may have been too busy
    if not options.only:
        write(rows)
    told = surprises({key: rows[key] for key in wanted})
    print("\n".join(told) or "every fault fails what it declares, and nothing else")
    return bool(told)


if __name__ == "__main__":
    sys.exit(main())
