"""A silence is held against a server only if it is longer than its idle timeout allows."""

import shlex
import sys
from collections.abc import Callable

import pytest

from client_kit import DIALECTS
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.judging import Judge
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import Finding, Verdict

BRIEF = f"{shlex.quote(sys.executable)} -m reference_servers thread --port {{port}} --service brief --quiet"
"""It lets go whoever says nothing for a second."""
ASKED = next(one for one in registry() if one.id == "exchanging.tolerates-an-idle-client")
HINT = "--idle-timeout"
TRIES = 5
"""On a busy machine the kit may be late to speak: it says so, and is asked again."""

Judged = Callable[[float | None], Finding]


@pytest.fixture
def judged() -> Judged:
    def judge_brief(idle_timeout: float | None) -> Finding:
        description = Description(
            "brief", "tcp", DIALECTS["echo"], "thread", launch=BRIEF, idle_timeout=idle_timeout
        )
        judge = Judge(Server(description, Limits()))
        try:
            judge.open()
            return judge.judge(ASKED, ASKED.test, "")
        finally:
            judge.server.close()

    return judge_brief


def test_who_says_for_how_long_it_suffers_silence_is_held_to_no_more(judged: Judged) -> None:
    for _ in range(TRIES):
        finding = judged(1.0)
        if finding.verdict is not Verdict.INCONCLUSIVE:
            break

    assert finding.verdict is Verdict.PASSED, finding.reason


def test_who_says_nothing_of_it_fails_and_is_told_how_to_say_it(judged: Judged) -> None:
    finding = judged(None)

    assert finding.verdict is Verdict.FAILED
    assert HINT in finding.reason


@pytest.mark.parametrize("said", [0.0, 4.0], ids=["for ever", "longer than it does"])
def test_who_says_that_it_suffers_more_than_it_does_fails(judged: Judged, said: float) -> None:
    finding = judged(said)

    assert finding.verdict is Verdict.FAILED
    assert HINT not in finding.reason
