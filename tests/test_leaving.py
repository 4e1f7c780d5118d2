"""Leaving: a machine that was too busy to send SIGTERM in time is asked again."""

import time
from functools import partial

import pytest
from launched import to_launch

from spec_tests.harness.asynchronous import run_async
from spec_tests.lifecycle import test_leaving
from spec_tests.lifecycle.test_leaving import test_finishes_the_reply_in_hand as finishes
from spec_tests.requirement import NotJudgedError, Verdict, has_read_all

CEILING = 60


def late(times: list[float], port: int, remote_port: int) -> bool:
    """Answer as `has_read_all` does, after so many seconds in which nothing of us runs: a busy machine."""
    has_read = has_read_all(port, remote_port)
    if has_read and times:
        time.sleep(times.pop())
    return has_read


def test_a_signal_that_came_too_late_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    times = [test_leaving.AT_WORK[0] * 2]
    monkeypatch.setattr(test_leaving, "has_read_all", partial(late, times))
    with to_launch("thread", "line") as server:
        run_async(partial(finishes, server), CEILING)
    assert not times


def test_a_signal_that_comes_too_late_each_time_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_leaving, "AT_WORK", (0.1, 0.1))
    monkeypatch.setattr(test_leaving, "has_read_all", partial(late, [0.5, 0.5]))
    with to_launch("thread", "line") as server, pytest.raises(NotJudgedError) as caught:
        run_async(partial(finishes, server), CEILING)
    assert caught.value.verdict is Verdict.INCONCLUSIVE
