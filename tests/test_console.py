"""What the console says: one line a requirement, in the order of the specification, at 80 columns."""

import io
from collections.abc import Sequence

import pytest
from _pytest.config import Config
from _pytest.terminal import TerminalReporter

from spec_tests.harness.conclusion import Conclusion, conclude
from spec_tests.harness.registry import registry
from spec_tests.harness.report.console import durations, listing, summary
from spec_tests.harness.report.progress import Progress
from spec_tests.harness.verdicts import Finding, Level, Verdict

FIRST, SECOND, THIRD = (one.id for one in registry()[:3])


def finding(id: str, verdict: Verdict = Verdict.PASSED, reason: str = "") -> Finding:  # noqa: A002
    return Finding("server", id, Level.MUST, verdict, reason, 0.5)


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def progress(pytestconfig: Config, screen: io.StringIO) -> Progress:
    made = Progress(TerminalReporter(pytestconfig, screen))
    made.expect([SECOND, FIRST, THIRD])
    return made


def test_a_line_waits_for_those_before_it(progress: Progress, screen: io.StringIO) -> None:
    progress.add(finding(SECOND, Verdict.FAILED))
    before = screen.getvalue()
    progress.add(finding(FIRST))

    assert before == ""
    assert ["connecting", "serves-one-exchange", "serves-one-after-another"] == [
        line.split()[0] for line in screen.getvalue().splitlines() if line
    ]
    assert "failed" in screen.getvalue()
    assert "2/3" in screen.getvalue()


def test_a_run_that_is_cut_short_tells_what_it_knows(progress: Progress, screen: io.StringIO) -> None:
    progress.add(finding(THIRD))
    progress.finish()

    assert "waits-for-the-client-to-speak" in screen.getvalue()


def test_no_line_is_longer_than_80_columns(progress: Progress, screen: io.StringIO) -> None:
    progress.expect([one.id for one in registry()])
    for one in registry():
        progress.add(finding(one.id, Verdict.NOT_APPLICABLE, "it is not asked"))
    lines = screen.getvalue().splitlines() + listing(registry()).splitlines()
    lines += summary(told([finding(one.id, Verdict.NOT_OBSERVED, "it cannot be seen") for one in registry()]))

    assert max(len(line) for line in lines) <= 80


def told(findings: Sequence[Finding], server: str = "so") -> dict[str, tuple[Sequence[Finding], Conclusion]]:
    return {server: (findings, conclude(findings, "echo"))}


def test_of_several_servers_it_is_told_what_is_in_doubt_and_why() -> None:
    why = "the kit itself was not given the processor for a while"
    lines = summary(
        told([finding(FIRST), finding(SECOND, Verdict.NOT_APPLICABLE, "it is not asked")])
        | told([finding(FIRST, Verdict.INCONCLUSIVE, f"{why}\nand more")], "other")
    )

    text = " ".join(" ".join(lines).split())
    assert f"0 MUST passed inconclusive: {FIRST}: {why}" in text
    assert "it is not asked" not in text
    assert "and more" not in text
    assert max(map(len, lines[-3:])) <= 80


def test_durations_are_told_the_longest_first() -> None:
    lines = durations([finding(FIRST), finding(SECOND), finding(SECOND)])

    assert [f"    1.00 s  {SECOND}", f"    0.50 s  {FIRST}"] == lines
