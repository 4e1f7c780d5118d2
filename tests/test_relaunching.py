"""A launched server, from one test to the next: who launches it, and what is said where that fails."""

import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from client_kit import DIALECTS
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.judging import Judge
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import Verdict
from spec_tests.requirement import LAUNCH

ECHO = f"{shlex.quote(sys.executable)} -m reference_servers thread --port {{port}} --service echo --quiet"
SO_OFTEN = f"""sh -c 'mv "$(ls -d left* | head -n 1)" used && rmdir used && exec {ECHO}'"""
"""It starts as often as there are folders left."""
ASKS = next(one for one in registry() if one.id == "connecting.serves-one-exchange")
LAUNCHES = replace(ASKS, needs=LAUNCH)


@pytest.fixture
def judge(tmp_path: Path, launches: int) -> Iterator[Judge]:
    for number in range(launches):
        (tmp_path / f"left{number}").mkdir()
    description = Description("thread", "tcp", DIALECTS["echo"], "thread", launch=SO_OFTEN, cwd=str(tmp_path))
    made = Judge(Server(description, Limits()))
    try:
        made.open()
        assert made.obstacle is None
        yield made
    finally:
        made.server.close()


async def asks(server: Server) -> None:
    await server.exchange_once()


async def launches_it(server: Server) -> None:
    assert server.instance is None
    await server.launch()
    await server.exchange_once()


async def launches_it_twice(server: Server) -> None:
    await launches_it(server)
    await server.launch()


@pytest.mark.parametrize("launches", [3])
def test_who_needs_to_launch_it_finds_none_and_whoever_comes_next_finds_one(judge: Judge) -> None:
    former = judge.server.process_tree().root
    verdicts = [
        judge.judge(ASKS, asks, "").verdict,
        judge.judge(LAUNCHES, launches_it, "").verdict,
        judge.judge(ASKS, asks, "").verdict,
    ]

    assert verdicts == [Verdict.PASSED] * 3
    assert not former.is_running()


@pytest.mark.parametrize("launches", [1])
@pytest.mark.parametrize(
    ("requirement", "test"), [(LAUNCHES, launches_it), (ASKS, asks)], ids=["test", "judge"]
)
def test_a_server_that_cannot_be_launched_again_blocks_the_rest(
    judge: Judge, requirement: object, test: object
) -> None:
    judge.server.close()
    findings = [judge.judge(requirement, test, ""), judge.judge(ASKS, asks, "")]  # type: ignore[arg-type]

    assert [one.verdict for one in findings] == [Verdict.BLOCKED] * 2
    assert all("it could not be launched again" in one.reason for one in findings)


def test_a_server_that_does_not_start_without_a_network_is_asked_everything_else(tmp_path: Path) -> None:
    """Such as one that looks for its database first; who may not have a network of his own is told so."""
    ours = Path("/proc/self/ns/net").readlink()
    launch = f"""sh -c '[ "$(readlink /proc/self/ns/net)" = "{ours}" ] && exec {ECHO}'"""
    description = Description("thread", "tcp", DIALECTS["echo"], "thread", launch=launch, cwd=str(tmp_path))
    judge = Judge(Server(description, Limits()))
    try:
        vanishes = next(one for one in registry() if one.id == "end-of-file.releases-a-vanished-peer")
        vanished, asked = judge.judge(vanishes, vanishes.test, ""), judge.judge(ASKS, asks, "")
    finally:
        judge.server.close()

    if vanished.verdict is not Verdict.INCONCLUSIVE:
        assert vanished.verdict == Verdict.NOT_OBSERVED
        assert "no network but loopback" in vanished.reason
    assert asked.verdict == Verdict.PASSED


@pytest.mark.parametrize("launches", [2])
def test_a_server_that_does_not_start_where_it_was_stopped_is_blamed_for_it(judge: Judge) -> None:
    finding = judge.judge(LAUNCHES, launches_it_twice, "")

    assert finding.verdict == Verdict.FAILED
    assert "and never listened at" in finding.reason
    assert any("left*" in line for line in finding.output)
