"""System calls that are refused: what the one who calls sees, and what we know of it."""

import errno
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pytest

from spec_tests.harness.refusals import STARTING, Refusals, refusals_of

CEILING = 30

FORK = """
import os, signal
def fork():
    try:
        pid = os.fork()
    except OSError as error:
        print(error.errno, flush=True)
        return
    pid or os._exit(0)
    print(os.waitpid(pid, 0)[1], flush=True)
"""
THRICE = "fork(); fork(); fork()"
ALARMED = """
fork()
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
fork()
signal.setitimer(signal.ITIMER_REAL, 0)
fork()
"""


@contextmanager
def running(refusals: Refusals, program: str) -> Iterator[IO[str]]:
    """A program under the filter, and what it prints."""
    command = ["sh", "-c", f'{refusals.before_exec} && exec "$@"', "sh", sys.executable, "-c", FORK + program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout
        finally:
            process.kill()
    if refusals.problem:
        pytest.skip(f"no seccomp filter: {refusals.problem}")


def test_a_call_fails_as_often_as_it_is_refused() -> None:
    with refusals_of(STARTING) as refusals:
        refusals.next(errno.EAGAIN)
        refusals.next(errno.ENOMEM)
        with running(refusals, THRICE) as output:
            told = output.read().split()

    assert [str(errno.EAGAIN), str(errno.ENOMEM), "0"] == told
    assert refusals.is_spent
    assert (2, 0) == (refusals.refused, refusals.interrupted)


def test_who_is_interrupted_while_it_waits_for_us_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call is answered; then nobody looks until the signal has come."""
    has_come = threading.Event()
    wait_for = Refusals._wait_for

    def late(self: Refusals, descriptor: int) -> bool:
        return wait_for(self, descriptor) and (not self._last or has_come.wait(CEILING))

    monkeypatch.setattr(Refusals, "_wait_for", late)
    with refusals_of(STARTING) as refusals, running(refusals, ALARMED) as output:
        told = [output.readline().strip(), output.readline().strip()]
        has_come.set()
        told += output.read().split()

    assert ["0", str(errno.EINTR), "0"] == told
    assert (0, 1) == (refusals.refused, refusals.interrupted)
