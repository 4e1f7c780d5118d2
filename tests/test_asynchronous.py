"""How long a test is given that gets on, and what is held against our own loop."""

import time
from functools import partial
from itertools import count

import pytest
import trio

from client_kit import NoReply
from spec_tests.harness import load
from spec_tests.harness.asynchronous import BEAT, ENOUGH, Pulse, run_async
from spec_tests.harness.verdicts import NotJudgedError

CEILING = 1.5
MOMENT = 0.005


def test_a_standstill_counts_though_the_heart_is_not_woken_before_the_test_fails() -> None:
    async def stands_still_and_fails() -> None:
        time.sleep(0.1)  # noqa: ASYNC251
        raise NoReply("nothing came in time")

    pulse = Pulse()
    with pytest.raises(NoReply):
        run_async(stands_still_and_fails, CEILING, pulse=pulse)

    assert pulse.worst >= 0.1 - BEAT


@pytest.mark.parametrize(
    ("wanting", "periods"), [(0.1, 6), (2.0, 12), (100.0, 60)], ids=["quiet", "crowded", "hopeless"]
)
def test_who_gets_on_is_given_more_time_where_many_want_the_processor(
    monkeypatch: pytest.MonkeyPatch, wanting: float, periods: int
) -> None:
    monkeypatch.setattr(load, "machine_load", lambda: wanting)

    with pytest.raises(NotJudgedError, match=f"not done after {periods * MOMENT:g} s "):
        run_async(trio.sleep_forever, MOMENT, progress=partial(next, count(step=ENOUGH)))
