"""A server that takes its time is right: what it is owed is patience, and a word on how it got on."""

import shlex
import sys
from itertools import count
from pathlib import Path

import pytest
import trio
from tiny_servers import Handler, on_trio, serving

from client_kit import DIALECTS, Address, open_client
from spec_tests.connecting.test_queueing import test_takes_a_burst as takes_a_burst
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.judging import Judge
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import NotJudgedError, Verdict, ViolatedError

LATE = shlex.join([sys.executable, str(Path(__file__).parent / "textbooks.py"), "acknowledges-late"])
"""It takes 2.2 s for a reply."""
PATIENCE = 5.0
"""Of which a server that failed is given less than that, as a rule."""
MANY, EXCHANGE, LESS = 20, 0.1, 1.0
"""So many clients one after another take twice as long as that patience."""
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


def one_after_another(most: int) -> Handler:
    """Serve so many clients, each when the one before has been served."""
    turn = trio.CapacityLimiter(1)
    served = count(1)

    async def handler(stream: trio.SocketStream) -> None:
        async with turn:
            if next(served) > most:
                await trio.sleep_forever()
            while data := await stream.receive_some():
                await trio.sleep(EXCHANGE)
                await stream.send_all(data)

    return handler


async def burst(address: Address) -> None:
    """Ask for what many clients need who come at once."""
    server = Server(Description("it", "tcp", DIALECTS["echo"], address=address), Limits(patience=LESS))
    server.max_clients = MANY
    await takes_a_burst(server)


@on_trio
async def test_who_waits_in_turn_is_served_after_the_patience_has_passed() -> None:
    async with serving(one_after_another(MANY)) as address:
        await burst(address)


@on_trio
async def test_who_waits_when_nobody_is_served_any_more_waits_in_vain() -> None:
    async with serving(one_after_another(MANY - 2)) as address:
        with pytest.raises(ViolatedError, match="2 were not served"):
            await burst(address)


@on_trio
async def test_each_acknowledgement_of_a_part_shows_that_it_gets_on() -> None:
    async with serving(acknowledges) as address, open_client(address, dialect="ack") as client:
        await client.exchange(bytes(8 * 1024))

        assert client.timeline.replies >= 8
