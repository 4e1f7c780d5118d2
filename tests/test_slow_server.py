"""A server that takes its time is right: what it is owed is patience, and a word on how it got on."""

import shlex
import sys
from pathlib import Path

import pytest
import trio
from tiny_servers import on_trio, serving

from client_kit import DIALECTS, open_client
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.judging import Judge
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import NotJudgedError, Verdict, ViolatedError

LATE = f"{shlex.quote(sys.executable)} {shlex.quote(str(Path(__file__).parent / 'textbooks.py'))} acknowledges-late"
"""It takes 2.2 s for a reply."""
PATIENCE = 5.0
"""Of which a server that failed is given less than that, as a rule."""
MUST = next(one for one in registry() if one.id == "connecting.serves-one-exchange")


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (NotJudgedError(Verdict.NOT_OBSERVED, "there is nothing to be seen"), Verdict.NOT_OBSERVED),
        (ViolatedError("it did what it must not"), Verdict.FAILED),
    ],
)
def test_it_is_not_said_to_answer_no_longer(error: Exception, verdict: Verdict) -> None:
    async def test(_: Server) -> None:
        raise error

    description = Description("late", "tcp", DIALECTS["ack"], launch=f"{LATE} {{port}}")
    judge = Judge(Server(description, Limits(patience=PATIENCE)))
    try:
        judge.open()
        finding = judge.judge(MUST, test, "")
    finally:
        judge.server.close()

    assert verdict == finding.verdict
    assert "no longer answers" not in finding.reason


async def acknowledges(stream: trio.SocketStream) -> None:
    while await stream.receive_some(1024):
        await stream.send_all(b"OK")
        await trio.sleep(0.01)


@on_trio
async def test_each_acknowledgement_of_a_part_shows_that_it_gets_on() -> None:
    async with serving(acknowledges) as address, open_client(address, dialect="ack") as client:
        await client.exchange(bytes(8 * 1024))

        assert client.timeline.replies >= 8
