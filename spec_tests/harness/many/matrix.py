"""The matrix of many servers: for the console, as Markdown, as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spec_tests.harness.registry import CHAPTERS
from spec_tests.harness.report.console import cell, summary
from spec_tests.harness.verdicts import Finding, Level, Verdict, conclusion, having

DEVIATIONS = (Verdict.FAILED, Verdict.ADVISED, Verdict.EXPECTED, Verdict.BLOCKED, Verdict.INCONCLUSIVE)


@dataclass(frozen=True, slots=True)
class Tested:
    """A server, and what came out."""

    name: str
    version: str
    report: dict[str, Any]

    @property
    def findings(self) -> list[Finding]:
        """The findings of its report."""
        return [
            Finding(
                server=self.name,
                id=row["id"],
                level=Level(row["level"]),
                verdict=Verdict(row["verdict"]),
                reason=row["reason"],
                seconds=row["seconds"],
                text=row["text"],
            )
            for row in self.report["requirements"]
        ]

    @property
    def deviations(self) -> list[Finding]:
        """What did not pass though it was asked; of those of one reason, the first."""
        found: dict[tuple[Verdict, str], Finding] = {}
        for one in having(self.findings, *DEVIATIONS):
            found.setdefault((one.verdict, one.reason), one)
        return list(found.values())


def on_console(tested: Sequence[Tested]) -> list[str]:
    """The matrix, the deviations below it, and the last word on each."""
    lines = summary([finding for one in tested for finding in one.findings])
    told = [f"{one.name}: {_told(finding)}" for one in tested for finding in one.deviations]
    return [*lines, *(["", "deviations:", *told] if told else [])]


def _told(finding: Finding) -> str:
    first = finding.reason.partition("\n")[0]
    return f"{finding.id} ({finding.level}) {finding.verdict}: {first}"


def as_markdown(tested: Sequence[Tested], absent: Sequence[tuple[str, str]]) -> str:
    """The matrix as a page: a row a server, a column a chapter, the deviations with their evidence below."""
    head = ["server", "version", "dialect", "model", *CHAPTERS, "in a word"]
    rows = [head, ["---"] * len(head)]
    for one in tested:
        cells = [cell([found for found in one.findings if found.chapter == chapter]) for chapter in CHAPTERS]
        word = conclusion(one.findings).partition(":")[0]
        rows.append([one.name, one.version, one.report["dialect"], one.report["model"], *cells, word])
    lines = ["# Servers against chapters", "", "Written by `socketspec --servers`; do not edit.", ""]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    lines += [
        "",
        "passed/asked; `!` failed or blocked, `~` not quite, `-` nothing to ask",
        "",
        "## Deviations",
        "",
    ]
    lines += [
        f"- **{one.name}** `{finding.id}` ({finding.level}, {finding.verdict}): {_in_markdown(finding)}"
        for one in tested
        for finding in one.deviations
    ]
    if absent:
        lines += ["", "## Not run", "", *(f"- **{name}**: {why}" for name, why in absent)]
    return "\n".join(lines) + "\n"


def _in_markdown(finding: Finding) -> str:
    return " ".join(finding.reason.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def write_json(file: Path, tested: Sequence[Tested], absent: Sequence[tuple[str, str]]) -> None:
    """Write the reports of all servers, and which were not run."""
    content = {
        "servers": [
            {**one.report, "name": one.name, "version": one.version, "conclusion": conclusion(one.findings)}
            for one in tested
        ],
        "not_run": [{"name": name, "reason": why} for name, why in absent],
    }
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
