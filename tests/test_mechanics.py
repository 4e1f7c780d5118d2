"""The model that a server is said to have: one look that shows another decides nothing."""

from collections.abc import Iterator

import pytest
from launched import to_launch

from spec_tests.concurrency.test_mechanics import test_model_is_what_it_claims as is_what_it_claims
from spec_tests.harness.asynchronous import run_async
from spec_tests.harness.identifying.holding import WAITS, Holder
from spec_tests.harness.identifying.models import Model
from spec_tests.harness.server import Server
from spec_tests.requirement import NotJudgedError, Verdict, ViolatedError

CEILING = 60


@pytest.fixture
def server() -> Iterator[Server]:
    with to_launch("thread", "echo") as launchable:
        yield launchable


def seen_as(monkeypatch: pytest.MonkeyPatch, server: Server, *models: str) -> list[str]:
    """Let the server be seen as one model after another, and ask; return those that were not looked for.

    "late" is one of which nothing can be said, for we were late.
    """
    left = list(models)

    async def find_model(*_: object) -> Model:
        name = left.pop(0)
        if name == "late":
            return Model("unknown", "perhaps for us", is_late=True)
        return Model(name, "as the test says")

    async def ask() -> None:
        await server.launch()
        await is_what_it_claims(server)

    monkeypatch.setattr(Holder, "find_model", find_model)
    run_async(ask, CEILING)
    return left


def test_one_look_that_shows_another_model_decides_nothing(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    assert seen_as(monkeypatch, server, "unknown", "pool", "thread") == []


def test_a_model_that_is_seen_each_time_is_what_it_is(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    with pytest.raises(ViolatedError, match="found, to be thread, and is pool"):
        seen_as(monkeypatch, server, "iterative", "fork", "pool")


def test_what_fits_no_model_is_not_held_against_it(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    with pytest.raises(NotJudgedError) as caught:
        seen_as(monkeypatch, server, "unknown", "pool", "pool")
    assert caught.value.verdict is Verdict.NOT_OBSERVED


def test_a_look_that_came_late_is_taken_again(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    assert seen_as(monkeypatch, server, "late", "late", "thread") == []


def test_looks_that_all_came_late_say_nothing_of_it(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    with pytest.raises(NotJudgedError, match="perhaps for us") as caught:
        seen_as(monkeypatch, server, *["late"] * len(WAITS))
    assert caught.value.verdict is Verdict.INCONCLUSIVE
