"""`acceptspec compare OLD.json NEW.json`: what got better between two reports, and what got worse."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spec_tests.harness.reading.reports import read_reports
from spec_tests.harness.values import BadOptionError
from spec_tests.harness.verdicts import FAILING, Level, Verdict

Row = Mapping[str, Any]
Key = tuple[str, str]

NOT_MET = FAILING | {Verdict.ADVISED}
MET = frozenset({Verdict.PASSED, Verdict.EXPECTED})
GROUPS = ("worse", "better", "new", "gone", "no longer judged", "judged now")
"""In this order they are told."""


def main(arguments: Sequence[str]) -> int:
    """Compare two reports; return 1 if a MUST got worse, 2 for bad input."""
    try:
        old, new = _both(arguments)
    except BadOptionError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    changes = list(changed(old, new))
    print("\n".join(told(changes, old, new)))
    return int(any(is_worse(group, new.get(key)) for group, key in changes))


def _both(arguments: Sequence[str]) -> tuple[dict[Key, Row], dict[Key, Row]]:
    """Read both reports. If there is one server in each, it is the same one, whatever it is called."""
    if len(arguments) != 2:
        raise BadOptionError(
            f"compare wants two reports, OLD.json and NEW.json, and was given {len(arguments)}"
        )
    old, new = (rows_of(Path(name)) for name in arguments)
    names = {server for server, _ in new}
    if len(names) == 1 == len({server for server, _ in old}):
        name = names.pop()
        old = {(name, requirement): row for (_, requirement), row in old.items()}
    return old, new


def rows_of(file: Path) -> dict[Key, Row]:
    """The rows of a file of reports, by server and requirement."""
    return {(one["name"], row["id"]): row for one in read_reports(file) for row in one["requirements"]}


def changed(old: Mapping[Key, Row], new: Mapping[Key, Row]) -> Iterator[tuple[str, Key]]:
    """What differs, and in what way."""
    for key, row in new.items():
        if key not in old:
            yield "new", key
        elif group := _group(old[key]["verdict"], row["verdict"]):
            yield group, key
    yield from (("gone", key) for key in old if key not in new)


def _group(before: Verdict, now: Verdict) -> str:
    """In which way one verdict after another is a change; "" if it is none."""
    if {before, now} <= NOT_MET or {before, now} <= MET:
        return ""
    if now in NOT_MET:
        return "worse"
    if now in MET:
        return "better" if before in NOT_MET else "judged now"
    return "" if before not in MET | NOT_MET else "no longer judged"


def is_worse(group: str, row: Row | None) -> bool:
    """Whether a change is one that a MUST must not have: it fails now, or nobody can say so any more."""
    if row is None or row["level"] != Level.MUST:
        return False
    return group == "worse" or (group == "new" and row["verdict"] in NOT_MET)


def told(changes: Sequence[tuple[str, Key]], old: Mapping[Key, Row], new: Mapping[Key, Row]) -> Iterator[str]:
    """The changes, group by group, and a last line."""
    for group in GROUPS:
        keys = [key for found, key in changes if found == group]
        if keys:
            yield f"{group}:"
        for key in keys:
            yield from _line(key, old.get(key), new.get(key))
    counts = [f"{sum(found == group for found, _ in changes)} {group}" for group in GROUPS]
    yield f"{len(new)} requirements: " + (
        ", ".join(one for one in counts if one[:2] != "0 ") or "no difference"
    )


def _line(key: Key, before: Row | None, now: Row | None) -> Iterator[str]:
    server, requirement = key
    words = " → ".join(str(row["verdict"]) for row in (before, now) if row)
    level = (now or before or {})["level"]
    yield f"  {server}: {requirement} ({level}) {words}"
    if now and now["verdict"] in NOT_MET:
        yield f"      {str(now['reason']).partition(chr(10))[0]}"
