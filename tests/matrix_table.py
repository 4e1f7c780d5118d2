"""The kill matrix as a page of Markdown (pure)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reference_servers.faults import Fault

Key = tuple[str, str]
Rows = Mapping[Key, Mapping[str, Any]]

HEAD = """# Kill matrix

{faults} faults of {names} names on {servers} servers against {requirements} requirements:
{cells:,} questions, {failed:,} of them failed. Written by `tox -e kill-matrix`.

A row is a fault, a column a requirement of the chapter. **4** is declared: on all 4 servers that have the
fault, that requirement fails, every time. *0/1* may fail and may not, as the fault says; it was asked of one,
which did not fail this time.
An empty cell passed. The first server that has a fault is asked everything, the others what they must break.
"""


def markdown(faults: Mapping[Key, Fault], rows: Rows, ids: Iterable[str]) -> str:
    """Return the page."""
    chapters: dict[str, list[str]] = {}
    for one in ids:
        chapters.setdefault(one.partition(".")[0], []).append(one)
    count = sum(map(len, chapters.values()))
    head = HEAD.format(
        faults=len(faults),
        names=len({name for _, name in faults}),
        servers=len({server for server, _ in faults}),
        requirements=count,
        cells=sum(len(row["asked"]) for row in rows.values()),
        failed=sum(len(row["failed"]) for row in rows.values()),
    )
    return "\n".join(
        [head, *(line for name, own in chapters.items() for line in _chapter(name, own, faults, rows))]
    )


def _chapter(name: str, ids: list[str], faults: Mapping[Key, Fault], rows: Rows) -> Iterator[str]:
    yield f"## {name}\n"
    for number, one in enumerate(ids, 1):
        yield f"{number}. {one.partition('.')[2]}"
    yield f"\n| | {' | '.join(map(str, range(1, len(ids) + 1)))} |"
    yield "|---" * (len(ids) + 1) + "|"
    for fault in dict.fromkeys(name for _, name in faults):
        own = [key for key in faults if key[1] == fault]
        cells = [_cell(one, [faults[key] for key in own], [rows[key] for key in own]) for one in ids]
        if any(cells):
            yield f"| {fault} | {' | '.join(cells)} |"
    yield ""


def _cell(one: str, faults: list[Fault], rows: list[Mapping[str, Any]]) -> str:
    declared = [(fault, row) for fault, row in zip(faults, rows, strict=True) if one in row["asked"]]
    failed = sum(one in row["failed"] for _, row in declared)
    if any(one in fault.breaks for fault, _ in declared):
        return f"**{failed}**"
    if any(one in fault.may_break for fault, _ in declared):
        return f"*{failed}/{len(declared)}*"
    return f"**{failed} undeclared**" if failed else ""
