"""Collects the findings of all workers in the process that reports, and tells them when the run is over."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from spec_tests.harness.conclusion import Conclusion, conclude
from spec_tests.harness.description import Description
from spec_tests.harness.expectations import Expectation, complaints, write_expectations
from spec_tests.harness.options import as_arguments, limits_from
from spec_tests.harness.registry import registry
from spec_tests.harness.report.console import INTERRUPTED, durations, summary
from spec_tests.harness.report.json_file import reports
from spec_tests.harness.report.outputs import files_of, write_all
from spec_tests.harness.report.results import Results, ServerResult
from spec_tests.harness.report.screen import Screen
from spec_tests.harness.reproducing.folder import write_scripts
from spec_tests.harness.verdicts import Finding, Verdict
from spec_tests.requirement import Requirement, requirement_of


def attach(report: pytest.TestReport, finding: Finding) -> None:
    """Send a finding along with pytest's report: it travels from a worker as a plain dict."""
    report.acceptspec = finding.as_dict()  # type: ignore[attr-defined]


def attached(report: object) -> Finding | None:
    """The finding that came with a report."""
    values: dict[str, Any] | None = getattr(report, "acceptspec", None)
    return Finding.from_dict(values) if values else None


class Collector:
    """A plugin of the reporting process alone."""

    def __init__(
        self,
        servers: Sequence[Description],
        expectations: Sequence[Expectation],
        options: argparse.Namespace,
    ) -> None:
        self._servers = servers
        self._expectations = expectations
        self._options = options
        self._expect_update = Path(options.expect).absolute() if options.expect_update else None
        self._files = files_of(options)
        self._folder = Path(options.reproduce).absolute() if options.reproduce else None
        self._findings: list[Finding] = []
        self._screen = Screen(len(servers))
        self._is_interrupted = False

    def pytest_keyboard_interrupt(self) -> None:
        """Take note that what is missing was to be asked."""
        self._is_interrupted = True

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take note of what is going to be asked, where no workers do the collecting."""
        found = [requirement_of(item.function) for item in session.items if hasattr(item, "function")]
        asked = [one.id for one in found if one]
        self._screen.expect(session.config, asked, len(asked))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        """Take note of it where they do: by the names of the tests."""
        names = {one.rpartition("::")[2].partition("[")[0] for one in ids}
        asked = [one.id for one in registry() if one.test_name in names]
        self._screen.expect(node.config, asked, len(ids))

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Call a verdict by its name."""
        finding = attached(report)
        return self._screen.status(finding.verdict) if finding else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the finding of a report."""
        if finding := attached(report):
            self._findings.append(finding)
            self._screen.add(finding)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report; what is blocked makes a run fail, even where no test failed."""
        self._screen.finish()
        if self._findings and self._files:
            made = reports(self._servers, registry(), self._complete(), as_arguments(self._options))
            write_all(self._files, Results([ServerResult(one) for one in made]))
        if self._findings and self._expect_update:
            write_expectations(self._expect_update, self._complete(), self._expectations)
        is_wrong = any(one.status for _, one in self._by_server().values()) or self._complaints()
        if session.exitstatus == 0 and is_wrong:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the last word on each server."""
        if self._options.durations_by_requirement:
            terminalreporter.section("seconds by requirement")
            for line in durations(self._findings):
                terminalreporter.write_line(line)
        if self._findings:
            terminalreporter.section("acceptspec")
            for line in summary(self._by_server()):
                terminalreporter.write_line(line)
            for line in [*self._complaints(), *self._reproduced()]:
                terminalreporter.write_line(line)

    def _reproduced(self) -> Iterator[str]:
        """Write the scripts that show failures again, and tell of them."""
        if not self._folder:
            return
        patience = limits_from(self._options).patience
        written, missing = write_scripts(self._folder, self._servers, self._findings, patience)
        yield from (f"without the kit: {command}" for command in written)
        if missing:
            yield f"no script shows, for this dialect: {', '.join(missing)}"

    def _complaints(self) -> list[str]:
        """What differs from the expectations; nothing if they are being written anew."""
        if not self._findings or self._expect_update:
            return []
        return complaints(self._expectations, self._complete())

    def _complete(self) -> list[Finding]:
        """The findings in the order of the specification, with those that were not run."""
        found = {(finding.server, finding.id): finding for finding in self._findings}
        return [
            found.get((server.name, one.id)) or self._not_run(server, one)
            for server in self._servers
            for one in registry()
        ]

    def _by_server(self) -> dict[str, tuple[list[Finding], Conclusion]]:
        """The same for each server, and what they add up to."""
        every = self._complete()
        found: dict[str, tuple[list[Finding], Conclusion]] = {}
        for one in self._servers:
            own = [finding for finding in every if finding.server == one.name]
            found[one.name] = own, conclude(own, one.dialect.name)
        return found

    def _not_run(self, server: Description, one: Requirement) -> Finding:
        reason = INTERRUPTED if self._is_interrupted else "it was deselected"
        return Finding(server.name, one.id, one.level, Verdict.NOT_RUN, reason, 0)
