"""Whether a server has become slower, or the machine: a new instance tells, whatever port it listens on."""

import itertools
import shlex
import sys
from collections.abc import Callable, Iterator

import pytest
import trio

from client_kit import DIALECTS, Address
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.ports import own_ports
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import NotJudgedError, Verdict, ViolatedError
from spec_tests.overload import test_recovery as recovery

QUICK, SLOW = 0.001, 0.01
PATIENCE = 1.5


@pytest.fixture(params=["port of its own", "fixed port"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    address = Address("tcp", "127.0.0.1", own_ports().free("tcp", "127.0.0.1"))
    port = address.port if request.param == "fixed port" else "{port}"
    launch = f"{shlex.quote(sys.executable)} -m reference_servers thread --port {port} --service echo --quiet"
    fixed = address if request.param == "fixed port" else None
    description = Description("thread", "tcp", DIALECTS["echo"], "thread", address=fixed, launch=launch)
    made = Server(description, Limits(patience=PATIENCE))
    try:
        yield made
    finally:
        made.close()


def become_slow(monkeypatch: pytest.MonkeyPatch, is_slow: Callable[[str], bool]) -> None:
    """Let a server answer quickly at first, and slowly where it is said to, by its address and process."""
    first: list[str] = []

    async def fastest(server: Server, _: int = 0) -> float:
        await trio.sleep(0.01)
        assert server.instance
        who = f"{server.address}, {server.instance.pid}"
        if not first:
            first.append(who)
            return QUICK
        return SLOW if is_slow(who) else QUICK

    monkeypatch.setattr(recovery, "fastest", fastest)
    monkeypatch.setattr(recovery, "VISITORS", 3)
    monkeypatch.setattr(recovery, "machine_load", lambda: 0.0)


async def ask(server: Server) -> None:
    await server.launch()
    await recovery.test_latency_recovers(server)


def test_a_machine_that_has_become_slower_is_no_fault_of_the_server(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    become_slow(monkeypatch, lambda _: True)

    trio.run(ask, server)

    assert "the fastest exchange took 10 ms, and after 3 clients 10 ms" in str(server.timeline)


def is_first() -> Callable[[str], bool]:
    """Whether it is the one that was asked first."""
    seen: list[str] = []

    def is_it(who: str) -> bool:
        seen.append(who)
        return seen[0] == who

    return is_it


@pytest.mark.parametrize("server", ["port of its own"], indirect=True)
def test_a_new_one_that_is_quicker_once_is_luck(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    is_old, turns = is_first(), itertools.count()
    become_slow(monkeypatch, lambda who: is_old(who) or next(turns) > 0)

    trio.run(ask, server)

    assert "the fastest exchange took 1 ms, and after 3 clients 10 ms" in str(server.timeline)
    assert " 1 of " in str(server.timeline)


@pytest.mark.parametrize(("slower", "pairs"), [(15, 16), (50, 68), (294, 500)])
def test_half_of_the_pairs_and_four_standard_deviations_may_be_luck(slower: int, pairs: int) -> None:
    assert recovery.may_be_luck(slower, pairs)
    assert not recovery.may_be_luck(slower + 1, pairs)


@pytest.mark.parametrize("server", ["fixed port"], indirect=True)
def test_nobody_is_blamed_on_a_crowded_machine_who_cannot_be_asked_beside_a_new_one(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    become_slow(monkeypatch, is_first())
    monkeypatch.setattr(recovery, "machine_load", lambda: 11.0)

    with pytest.raises(NotJudgedError, match="11 processes for each processor") as caught:
        trio.run(ask, server)
    assert caught.value.verdict is Verdict.INCONCLUSIVE


def test_a_server_that_is_slower_than_a_new_one_has_become_slower(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    become_slow(monkeypatch, is_first())

    with pytest.raises(ViolatedError, match="took 1 ms, and after 3 clients 10 ms"):
        trio.run(ask, server)
