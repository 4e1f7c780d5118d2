"""The matrix of many servers for the console."""

from collections.abc import Sequence

from spec_tests.harness.report.console import summary
from spec_tests.harness.report.results import ServerResult
from spec_tests.harness.verdicts import Finding


def on_console(tested: Sequence[ServerResult]) -> list[str]:
    """The matrix, the deviations below it, and the last word on each."""
    lines = summary({one.name: (one.findings, one.conclusion) for one in tested})
    told = [f"{one.name}: {_told(finding)}" for one in tested for finding in one.deviations]
    return [*lines, *(["", "deviations:", *told] if told else [])]


def _told(finding: Finding) -> str:
    first = finding.reason.partition("\n")[0]
    return f"{finding.id} ({finding.level}) {finding.verdict}: {first}"
