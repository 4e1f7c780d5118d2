"""The console: who is tested, and how, before the run; the matrix and the last word after it."""

import textwrap
from collections.abc import Mapping, Sequence

from spec_tests.harness.conclusion import Conclusion
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.registry import CHAPTERS
from spec_tests.harness.verdicts import Finding, Verdict, having
from spec_tests.requirement import Requirement

WIDTH = 79

LISTED = (
    Verdict.ADVISED,
    Verdict.EXPECTED,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_OBSERVED,
    Verdict.NOT_APPLICABLE,
    Verdict.ASKED_ELSEWHERE,
    Verdict.BLOCKED,
    Verdict.NOT_RUN,
)
"""The verdicts whose reasons are listed after the run of one server; a failure has its own account."""

DOUBTFUL = (Verdict.ADVISED, Verdict.EXPECTED, Verdict.INCONCLUSIVE, Verdict.NOT_OBSERVED)
"""The verdicts whose reasons are told of each of several servers: what is asked of none is no news there."""

SPARED = (Verdict.NOT_APPLICABLE, Verdict.ASKED_ELSEWHERE, Verdict.NOT_RUN)
INTERRUPTED = "the run was interrupted before it was asked"
FOLDED = 12
"""Of more requirements than that, which one reason spares a server, only the number is told."""


def header(descriptions: Sequence[Description], limits: Limits, found: Sequence[tuple[str, str]]) -> list[str]:
    """What the run is about, in a few lines, and what was found out of the one server."""
    if len(descriptions) != 1:
        return [f"servers: {', '.join(one.name for one in descriptions)}"]
    server = descriptions[0]
    where = str(server.address or "an address of its own")
    how = f"launched with {server.launch!r}" if server.launch else "addressed"
    lines = [f"server: {where} ({server.transport}, {how})"]
    for what, known in found or [("dialect", server.dialect.name), ("model", server.model)]:
        lines += textwrap.wrap(f"{what}: {known}", WIDTH, subsequent_indent="  ", break_long_words=False)
    lines.append(f"patience: {limits.patience:g} s; quiet period: {limits.quiet_period:g} s")
    return lines


def listing(requirements: Sequence[Requirement]) -> str:
    """All requirements, chapter by chapter."""
    lines: list[str] = []
    for chapter in CHAPTERS:
        lines += [chapter, ""]
        for one in requirements:
            if one.chapter == chapter:
                lines.append(f"  {one.id}")
                lines.append(f"    {one.level}; {one.authority.value}; needs {one.needs.name.lower()}")
                lines += textwrap.wrap(one.sentence, WIDTH - 4, initial_indent="    ", subsequent_indent="    ")
        lines.append("")
    return "\n".join(lines).rstrip()


def summary(by_server: Mapping[str, tuple[Sequence[Finding], Conclusion]]) -> list[str]:
    """The last word on each server; for several servers, a matrix of servers against chapters before it."""
    if len(by_server) == 1:
        ((name, (own, conclusion)),) = by_server.items()
        return [*_reasons(own), f"{name}: {conclusion.sentence}"]
    lines = _matrix({name: own for name, (own, _) in by_server.items()})
    lines.append("")
    for name, (own, conclusion) in by_server.items():
        lines.append(f"{name}: {conclusion.sentence}")
        for one in having(own, *DOUBTFUL):
            told = f"{one.verdict}: {one.id}: {one.reason.splitlines()[0]}"
            lines += textwrap.wrap(told, WIDTH, initial_indent="  ", subsequent_indent="    ",
                                   break_on_hyphens=False)  # fmt: skip
    return lines


def durations(findings: Sequence[Finding]) -> list[str]:
    """How long each requirement took, over all servers, the longest first."""
    seconds: dict[str, float] = {}
    for finding in findings:
        seconds[finding.id] = seconds.get(finding.id, 0) + finding.seconds
    longest_first = sorted(seconds.items(), key=lambda item: -item[1])
    return [f"{taken:8.2f} s  {name}" for name, taken in longest_first]


def _reasons(findings: Sequence[Finding]) -> list[str]:
    """Every verdict that is neither passed nor failed, with its reason, those of one reason together."""
    lines: list[str] = []
    for verdict in LISTED:
        by_reason: dict[str, list[str]] = {}
        for finding in having(findings, verdict):
            if verdict is Verdict.NOT_RUN and finding.reason != INTERRUPTED:
                continue  # who deselects knows it
            by_reason.setdefault(finding.reason.splitlines()[0], []).append(finding.id)
        for reason, ids in by_reason.items():
            if verdict in SPARED and len(ids) > FOLDED:
                lines.append(f"{verdict}: {reason} ({len(ids)} requirements)")
                continue
            lines.append(f"{verdict}: {reason}")
            lines += textwrap.wrap(", ".join(ids), WIDTH, initial_indent="    ", subsequent_indent="    ",
                                   break_on_hyphens=False)  # fmt: skip
    return [*lines, ""] if lines else []


def _matrix(by_server: Mapping[str, Sequence[Finding]]) -> list[str]:
    """A row a server, a column a chapter: passed out of asked, and what else there was."""
    names = max(len(name) for name in by_server)
    lines = [" ".join([" " * names, *(f"{chapter:>11}" for chapter in CHAPTERS)])]
    for name, findings in by_server.items():
        cells = [cell([one for one in findings if one.chapter == chapter]) for chapter in CHAPTERS]
        lines.append(" ".join([f"{name:<{names}}", *(f"{cell:>11}" for cell in cells)]))
    return [
        *lines,
        "",
        "passed/asked; ! failed or blocked, ~ not quite (see below), - nothing to ask",
    ]


def cell(findings: Sequence[Finding]) -> str:
    """What a matrix says of the findings of one chapter."""
    passed = len(having(findings, Verdict.PASSED))
    wrong = len(having(findings, Verdict.FAILED, Verdict.BLOCKED))
    doubtful = len(having(findings, Verdict.ADVISED, Verdict.EXPECTED, Verdict.INCONCLUSIVE))
    asked = passed + wrong + doubtful
    if not asked:
        return "-"
    return f"{passed}/{asked}{'!' if wrong else '~' if doubtful else ''}"
