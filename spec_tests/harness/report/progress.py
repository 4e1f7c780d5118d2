"""The console while a run lasts: one line a requirement, chapter by chapter, in the order of the specification.

Workers finish in any order, so a line waits for those before it. With several servers, or with -q, pytest's
own letters are enough.
"""

from collections.abc import Sequence

import pytest

from spec_tests.harness.registry import place_in_order
from spec_tests.harness.verdicts import Finding, Verdict

COLOURS = {
    Verdict.PASSED: {"green": True},
    Verdict.FAILED: {"red": True, "bold": True},
    Verdict.BLOCKED: {"red": True},
    Verdict.ADVISED: {"yellow": True},
    Verdict.INCONCLUSIVE: {"yellow": True, "bold": True},
}
NAME = 40


class Progress:
    """Writes a line for each finding, in the order in which they are expected."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal
        self._expected: list[str] = []
        self._waiting: dict[str, Finding] = {}
        self._written = 0
        self._chapter = ""

    def expect(self, ids: Sequence[str]) -> None:
        """Take note of what is going to be asked."""
        self._expected = sorted(ids, key=place_in_order)

    def add(self, finding: Finding) -> None:
        """Write the lines that can be written now."""
        self._waiting[finding.id] = finding
        while self._written < len(self._expected) and self._expected[self._written] in self._waiting:
            self._write(self._waiting.pop(self._expected[self._written]))

    def finish(self) -> None:
        """Write what still waits, for a run that was cut short."""
        for one in sorted(self._waiting.values(), key=lambda finding: place_in_order(finding.id)):
            self._write(one)
        self._waiting.clear()

    def _write(self, finding: Finding) -> None:
        self._written += 1
        if finding.chapter != self._chapter:
            self._chapter = finding.chapter
            self._terminal.ensure_newline()
            self._terminal.write_line(finding.chapter, bold=True)
        name = finding.id.partition(".")[2]
        self._terminal.write(f"  {name:<{NAME}} ")
        self._terminal.write(f"{finding.verdict:<14}", **COLOURS.get(finding.verdict, {}))
        self._terminal.write_line(f" {finding.seconds:6.2f} s {self._written:>4}/{len(self._expected)}")
