"""What the terminal shows while a run lasts: a line for each requirement, pytest's letters, the live line.

One server that is asked without -q or -v gets its lines; several get letters, or in a terminal the live line in
their place. The run of one server of --servers has nothing but the live line, in the terminal of the whole.
"""

from collections.abc import Sequence

import pytest

from spec_tests.harness.report.live import LiveLine, lent_pane, own_pane
from spec_tests.harness.report.progress import Progress
from spec_tests.harness.verdicts import Finding, Verdict

LETTERS = {
    Verdict.PASSED: ".",
    Verdict.FAILED: "F",
    Verdict.ADVISED: "a",
    Verdict.EXPECTED: "x",
    Verdict.NOT_APPLICABLE: "-",
    Verdict.ASKED_ELSEWHERE: "=",
    Verdict.NOT_OBSERVED: "o",
    Verdict.BLOCKED: "b",
    Verdict.INCONCLUSIVE: "?",
}


class Screen:
    """Shows each finding as it comes."""

    def __init__(self, servers: int) -> None:
        self._servers = servers
        self._progress: Progress | None = None
        self._live: LiveLine | None = None

    def expect(self, config: pytest.Config, ids: Sequence[str], count: int) -> None:
        """Begin, once: requirements are going to be asked, of all servers together `count` times."""
        terminal = config.pluginmanager.get_plugin("terminalreporter")
        if self._progress or self._live or not terminal or not ids:
            return
        pane = lent_pane()
        if not pane and config.get_verbosity() == 0:
            pane = own_pane(terminal)
            terminal.showfspath = False  # ours take the place of pytest's
            if self._servers == 1:
                self._progress = Progress(terminal)
                self._progress.expect(ids)
        if pane:
            self._live = LiveLine(pane, count, self._servers)
            config.pluginmanager.register(self._live)

    def status(self, verdict: Verdict) -> tuple[str, str, str]:
        """What pytest is to show of a verdict: its category, its letter and its word."""
        if self._progress or self._live:
            return verdict.value, "", ""
        return verdict.value, LETTERS[verdict], verdict.upper()

    def add(self, finding: Finding) -> None:
        """Show a finding."""
        if self._live:
            self._live.count(finding.verdict)
            with self._live.hidden():
                self._write(finding)
        else:
            self._write(finding)

    def _write(self, finding: Finding) -> None:
        if self._progress:
            self._progress.add(finding)

    def finish(self) -> None:
        """Show what is left, and take away what was to be seen for a while only."""
        if self._live:
            self._live.finish()
        if self._progress:
            self._progress.finish()
        self._live = self._progress = None  # pytest's list of failures comes next, and needs its words
