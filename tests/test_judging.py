"""The judge: what is held against a server, and what is not."""

import shlex
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import pytest
import trio
from tiny_servers import on_trio

from client_kit import (
    DIALECTS,
    Address,
    ConnectionRefused,
    NoReply,
    ResourcesExhausted,
    ServerClosed,
    WrongReply,
)
from client_kit.dialects.echo import Echo
from spec_tests.harness import load
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.judging import Judge
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import Level, NotJudgedError, Verdict, ViolatedError

PATIENCE = 1.5
COMMAND = f"{shlex.quote(sys.executable)} -m reference_servers thread --port {{port}} --service echo --quiet"
MUST = next(one for one in registry() if one.id == "connecting.serves-one-exchange")
SHOULD = replace(MUST, level=Level.SHOULD)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    description = Description("thread", "tcp", DIALECTS["echo"], "thread", launch=COMMAND)
    made = Judge(Server(description, Limits()))
    try:
        made.open()  # with all the patience that a busy machine may need
        made.server.patience = PATIENCE
        yield made
    finally:
        made.server.close()


async def passes(server: Server) -> None:
    await server.exchange_once()


async def waits_in_vain(server: Server) -> None:
    raise NoReply(f"{server.address} sent nothing")


async def is_starved(server: Server) -> None:
    time.sleep(0.6 * PATIENCE)  # noqa: ASYNC251 - the whole loop is to stand still
    await server.exchange_once()
    raise NoReply("nothing came in time")


async def is_starved_and_sees_a_wrong_byte(server: Server) -> None:
    time.sleep(0.6 * PATIENCE)  # noqa: ASYNC251
    await server.exchange_once()
    raise WrongReply(0, "b'a'", b"b")


async def is_starved_before_it_comes_to_it(server: Server) -> None:
    try:
        await is_starved(server)
    except NoReply as error:
        raise NotJudgedError(Verdict.NOT_OBSERVED, "it did not come to it") from error


async def waits_in_vain_before_it_comes_to_it(server: Server) -> None:
    try:
        await waits_in_vain(server)
    except NoReply as error:
        raise NotJudgedError(Verdict.NOT_OBSERVED, "it did not come to it") from error


async def runs_out_of_descriptors(server: Server) -> None:  # noqa: ARG001
    raise ResourcesExhausted("no descriptor is left")


async def gets_on_without_end(server: Server) -> None:
    while True:
        await server.exchange_once()


async def is_answered_slowly_without_end(server: Server) -> None:
    async with server.client() as client:
        while True:
            await client.ask(b"?")
            await trio.sleep(0.8 * PATIENCE)  # as if the server took that long


async def is_answered_slowly_with_two_under_way(server: Server) -> None:
    async with server.client() as client:
        await client.send_request(b"?")
        while True:
            await client.send_request(b"?")
            await client.receive_exactly(1)
            await trio.sleep(0.8 * PATIENCE)


async def does_not_get_on(server: Server) -> None:
    async with server.client() as client:
        await client.ask(b"?")
        await trio.sleep_forever()


async def does_not_come_to_it(server: Server) -> None:  # noqa: ARG001
    raise NotJudgedError(Verdict.NOT_OBSERVED, "it did not come to it")


@pytest.mark.parametrize(
    ("test", "verdict", "told"),
    [
        (passes, Verdict.PASSED, ""),
        (waits_in_vain, Verdict.FAILED, "sent nothing"),
        (is_starved, Verdict.INCONCLUSIVE, "the kit itself was not given the processor"),
        (is_starved_and_sees_a_wrong_byte, Verdict.FAILED, "wrong reply at offset 0"),
        (is_starved_before_it_comes_to_it, Verdict.INCONCLUSIVE, "would have been said: it did not come to it"),
        (waits_in_vain_before_it_comes_to_it, Verdict.NOT_OBSERVED, "it did not come to it"),
        (runs_out_of_descriptors, Verdict.INCONCLUSIVE, "no descriptor is left"),
        (gets_on_without_end, Verdict.NOT_OBSERVED, "it got on, but was not done"),
        (is_answered_slowly_without_end, Verdict.NOT_OBSERVED, "it got on, but was not done"),
        (is_answered_slowly_with_two_under_way, Verdict.NOT_OBSERVED, "it got on, but was not done"),
        (does_not_get_on, Verdict.FAILED, "it was not decided within"),
        (does_not_come_to_it, Verdict.NOT_OBSERVED, "it did not come to it"),
    ],
)
def test_what_happens_becomes_a_verdict(
    judge: Judge, monkeypatch: pytest.MonkeyPatch, test: object, verdict: Verdict, told: str
) -> None:
    monkeypatch.setattr(load, "machine_load", lambda: 0.0)

    finding = judge.judge(MUST, test, "again")  # type: ignore[arg-type]

    assert verdict == finding.verdict, finding.reason
    assert told in finding.reason


def test_a_should_that_is_not_met_is_advised_and_with_strict_it_fails(judge: Judge) -> None:
    lenient = judge.judge(SHOULD, waits_in_vain, "again")
    judge.server.is_strict = True
    strict = judge.judge(SHOULD, waits_in_vain, "again")
    judge.server.is_strict = False

    assert (Verdict.ADVISED, Verdict.FAILED) == (lenient.verdict, strict.verdict)
    assert "again with" in lenient.text


@pytest.mark.parametrize(("is_disruptive", "verdict"), [(False, Verdict.NOT_OBSERVED), (True, Verdict.PASSED)])
def test_a_server_on_another_machine_is_disturbed_by_permission_only(
    monkeypatch: pytest.MonkeyPatch, *, is_disruptive: bool, verdict: Verdict
) -> None:
    asked = []

    async def disturbs(server: Server) -> None:
        asked.append(str(server.address))

    async def answers(*_: object) -> None:
        """Answer, for there is nobody at that address (RFC 5737)."""

    monkeypatch.setattr(Server, "exchange_once", answers)
    address = Address("tcp", "192.0.2.1", 9)
    server = Server(
        Description("far", "tcp", DIALECTS["echo"], "thread", address), Limits(is_disruptive=is_disruptive)
    )
    finding = Judge(server).judge(replace(MUST, is_disruptive=True), disturbs, "again")

    assert verdict == finding.verdict, finding.reason
    assert asked == ([str(address)] if is_disruptive else [])
    assert is_disruptive or "--disruptive permits it" in finding.reason


def turned_away(error: Exception) -> Callable[[Server], Awaitable[None]]:
    async def is_turned_away(_: Server) -> None:
        raise ViolatedError("B was not served") from error

    return is_turned_away


class FullNowAndThen(Echo):
    """A server that says when it has no place."""

    def turns_away(self, reply: bytes) -> bool:
        return reply.startswith(b"full")


EARLY = ServerClosed("the server sent FIN; 0 reply bytes had come", client="B")
LATE = ServerClosed("the server sent FIN; 3 reply bytes had come", client="B")


@pytest.mark.parametrize(
    ("most", "error", "verdict"),
    [
        (5, EARLY, Verdict.NOT_OBSERVED),
        (5, ConnectionRefused("nobody listens"), Verdict.NOT_OBSERVED),
        (5, LATE, Verdict.FAILED),
        (5, WrongReply(0, "b'a'", b"b"), Verdict.FAILED),
        (50, EARLY, Verdict.FAILED),
        (None, EARLY, Verdict.FAILED),
    ],
)
def test_a_server_of_few_places_may_turn_a_client_away(
    judge: Judge, most: int | None, error: Exception, verdict: Verdict
) -> None:
    judge.server.max_clients = most
    try:
        finding = judge.judge(MUST, turned_away(error), "again")
    finally:
        judge.server.max_clients = None

    assert finding.verdict == verdict


def test_a_server_that_says_it_has_no_place_is_taken_at_its_word(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the test words it; what is wrong without these words is wrong."""
    monkeypatch.setattr(judge.server, "dialect", FullNowAndThen())
    full = judge.judge(MUST, turned_away(WrongReply(0, "b'a'", b"full, come again")), "again")
    wrong = judge.judge(MUST, turned_away(WrongReply(0, "b'a'", b"b")), "again")

    assert (Verdict.NOT_OBSERVED, Verdict.FAILED) == (full.verdict, wrong.verdict)
    assert "there is no place for it now" in full.reason


@on_trio
async def test_a_visitor_who_is_turned_away_comes_again_where_places_are_few(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second visit is served; without a known bound there is none."""
    visits = 0

    async def turns_the_first_away(*_: object) -> None:
        nonlocal visits
        visits += 1
        if visits == 1:
            raise EARLY

    monkeypatch.setattr(judge.server, "_exchange_once", turns_the_first_away)
    try:
        with pytest.raises(ServerClosed):
            await judge.server.exchange_once()
        visits, judge.server.max_clients = 0, 5
        await judge.server.exchange_once()
    finally:
        judge.server.max_clients = None

    assert visits == 2
