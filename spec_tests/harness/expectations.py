"""Known deviations of a server: a file says which, and why; what differs from it fails the run.

An entry has the requirement's id, a reason, and how the message begins. Numbers and addresses change from run
to run, so they are left out of the comparison. `sometimes = true` marks a deviation that is a matter of luck: a
run in which it does not show says nothing new of the server, and the verdict is *expected* all the same. Only
where luck decides may a requirement be expected to fail in several ways, each with an entry of its own.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spec_tests.harness.values import BadOptionError
from spec_tests.harness.verdicts import Finding, Verdict, having

KEYS = ("id", "reason", "message")
DEVIATING = (Verdict.FAILED, Verdict.ADVISED)
LUCKY = (Verdict.PASSED, Verdict.NOT_OBSERVED)
"""What may be found where luck decides whether a deviation shows. That we were starved says nothing of it."""
MESSAGE = 80
"""So much of a message is written; any beginning of it will do."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """A deviation that is known."""

    id: str
    reason: str
    message: str
    sometimes: bool = False
    """Whether luck decides if it is met, so that a pass is no surprise."""

    def fits(self, finding: Finding) -> bool:
        """Whether this deviation was found, with this message."""
        said = comparable(finding.reason).startswith(comparable(self.message))
        return finding.id == self.id and finding.verdict in DEVIATING and said


def comparable(message: str) -> str:
    """The first line of a message, without what changes from run to run."""
    line = message.partition("\n")[0]
    line = re.sub(r"(?:tcp|udp)://(?:\[[^\]]*\]|[^\s:]+):\d+", "ADDRESS", line)
    return re.sub(r"\d[\d,.]*", "N", line)


def read_expectations(file: Path, known: Iterable[str]) -> list[Expectation]:
    """Read the entries `[[expected]]` of a file. Raises BadOptionError."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadOptionError(f"--expect {file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadOptionError(f"--expect {file}: {error}") from error
    if set(content) - {"expected"}:
        raise BadOptionError(f"--expect {file}: wanted nothing but [[expected]], and there is {min(content)!r}")
    return entries_from(content.get("expected", []), f"--expect {file}", known)


def entries_from(rows: Any, where: str, known: Iterable[str]) -> list[Expectation]:
    """Make expectations of what a TOML file says. Raises BadOptionError."""
    ids = set(known)
    found: list[Expectation] = []
    for row in rows if isinstance(rows, list) else [rows]:
        if not isinstance(row, Mapping) or not _is_entry(row):
            raise BadOptionError(
                f"{where}: each [[expected]] has {', '.join(KEYS)}, each a text, and perhaps sometimes = true; "
                f"given: {row}"
            )
        if row["id"] not in ids:
            raise BadOptionError(f"{where}: there is no requirement {row['id']!r}; --list prints them")
        one = Expectation(**row)
        if any(other.id == one.id and not (other.sometimes and one.sometimes) for other in found):
            raise BadOptionError(f"{where}: {one.id} is expected twice, and that not only sometimes")
        found.append(one)
    return found


def _is_entry(row: Mapping[str, Any]) -> bool:
    texts = [row.get(key) for key in KEYS]
    is_whole = all(isinstance(text, str) and text.strip() for text in texts)
    return is_whole and set(row) <= {*KEYS, "sometimes"} and isinstance(row.get("sometimes", False), bool)


def as_expected(finding: Finding, expectations: Sequence[Expectation]) -> Finding:
    """The finding, as *expected* if it is a known deviation."""
    for one in expectations:
        if one.fits(finding):
            return replace(finding, verdict=Verdict.EXPECTED, reason=f"{one.reason}: {finding.reason}")
        if one.sometimes and one.id == finding.id and finding.verdict in LUCKY:
            reason = f"{one.reason}; this time {finding.verdict} {finding.reason}".strip()
            return replace(finding, verdict=Verdict.EXPECTED, reason=reason)
    return finding


def complaints(expectations: Sequence[Expectation], findings: Sequence[Finding]) -> list[str]:
    """What differs from the expectations, other than failures that are none of them."""
    found = {finding.id: finding for finding in findings}
    told = []
    for one in expectations:
        finding = found[one.id]
        if one.sometimes and finding.verdict not in DEVIATING:
            continue
        if finding.verdict is Verdict.PASSED:
            told.append(f"{one.id} was expected to fail, and passed: take it off the list")
        elif finding.verdict in DEVIATING:
            told.append(f"{one.id} fails in another way than expected: {comparable(finding.reason)}")
        elif finding.verdict is not Verdict.EXPECTED:
            told.append(f"{one.id} was expected to fail, and was {finding.verdict}: {finding.reason}")
    return list(dict.fromkeys(told))  # where several are expected of a requirement, each tells the same


def write_expectations(file: Path, findings: Sequence[Finding], known: Sequence[Expectation]) -> None:
    """Write every deviation that was found, with the reasons that are known already."""
    found: list[Expectation] = []
    for finding in having(findings, *DEVIATING, Verdict.EXPECTED):
        old = [one for one in known if one.id == finding.id]
        if finding.verdict is Verdict.EXPECTED:
            found += old
            continue
        lucky = [one for one in old if one.sometimes]
        reason = old[0].reason if old else "not explained yet"
        message = comparable(finding.reason)[:MESSAGE]
        found += [*lucky, Expectation(finding.id, reason, message, sometimes=bool(lucky))]
    write_entries(file, found)


def write_entries(file: Path, entries: Iterable[Expectation]) -> None:
    """Write a file that `read_expectations` reads."""
    rows = []
    for entry in entries:
        lines = [f"{key} = {json.dumps(getattr(entry, key), ensure_ascii=False)}" for key in KEYS]
        lines += ["sometimes = true"] if entry.sometimes else []
        rows.append("\n".join(["[[expected]]", *lines, ""]))
    file.write_text("\n".join(rows), encoding="utf-8")
