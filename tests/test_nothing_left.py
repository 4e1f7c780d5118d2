"""Nothing is left of a run, however it ends."""

import os
import random
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from spec_tests.harness import guardian

ROOT = Path(__file__).parents[1]
ECHO = f"{shlex.quote(sys.executable)} -m reference_servers fork --port {{port}} --service echo --quiet"
CEILING = 120


def environment(mark: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "ACCEPTSPEC_TEST_MARK": mark}


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for a state of the system, which no event announces."""
    deadline = time.monotonic() + CEILING
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def survivors(mark: str) -> list[int]:
    """The processes that a run has left; every one inherits the mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("ACCEPTSPEC_TEST_MARK") == mark:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_run_that_is_ended(number: signal.Signals) -> None:
    mark = f"{os.getpid()}-{number}"
    command = [sys.executable, "-m", "spec_tests", "--launch", ECHO, "-n", "2"]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(mark)
    ) as run:
        wait_until(lambda: any(is_guardian(pid) for pid in survivors(mark)))
        run.send_signal(number)
        run.wait(CEILING)

    wait_until(lambda: not survivors(mark))


def is_guardian(pid: int) -> bool:
    try:
        return guardian.__file__ in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


LAUNCHES_AND_IS_KILLED = """
import os, signal
from spec_tests.harness import guarding
guarding.launch(["sleep", "600"], None, None)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_owner_that_is_gone_at_the_launch_leaves_nothing() -> None:
    mark = f"{os.getpid()}-gone"
    command = [sys.executable, "-c", LAUNCHES_AND_IS_KILLED]
    owners = [subprocess.Popen(command, stderr=subprocess.PIPE, env=environment(mark)) for _ in range(4)]
    errors = [owner.communicate(timeout=CEILING)[1] for owner in owners]

    assert errors == [b""] * 4
    assert [owner.returncode for owner in owners] == [-signal.SIGKILL] * 4
    wait_until(lambda: not survivors(mark))


@pytest.mark.timeout(400)
def test_nothing_is_left_of_fifty_runs_that_are_killed_at_any_moment(tmp_path: Path) -> None:
    mark = f"{os.getpid()}-fifty"
    seed = random.randrange(1_000_000)
    dice = random.Random(seed)
    print(f"seed {seed}")
    command = [sys.executable, "-m", "spec_tests", "--launch", ECHO, "--model", "fork", "-n", "2"]
    settings = environment(mark) | {"TMPDIR": str(tmp_path)}
    for _ in range(10):
        runs = [
            subprocess.Popen(
                command,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=settings,
                start_new_session=True,
            )
            for _ in range(5)
        ]
        for run in runs:
            time.sleep(dice.uniform(0, 1.5))  # any moment will do: it is what is tested
            with suppress(ProcessLookupError):  # a worker that was seen may have ended since
                os.kill(dice.choice(victims(run)), signal.SIGKILL)
            run.kill()
            run.wait(CEILING)

    wait_until(lambda: not survivors(mark))
    assert not list(tmp_path.iterdir())


def victims(run: subprocess.Popen[bytes]) -> list[int]:
    """The controller, and what it has forked: its workers, and who forks them; which dies first is luck."""
    found = [run.pid]
    with suppress(psutil.Error):
        controller = psutil.Process(run.pid)
        own = controller.cmdline()
        found += [child.pid for child in controller.children(recursive=True) if child.cmdline() == own]
    return found
