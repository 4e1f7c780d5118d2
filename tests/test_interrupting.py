"""Ctrl-C at any moment: never lost, never raised where it does harm; a run ends with what is known."""

import json
import os
import select
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import trio

from client_kit.nursery import open_plain_nursery
from spec_tests.harness.asynchronous import run_async
from spec_tests.harness.interrupting import INTERRUPTION

ROOT = Path(__file__).parents[1]
PYTHON = shlex.quote(sys.executable)
CEILING = 120

pytestmark = pytest.mark.usefixtures("interruptible")


def press() -> None:
    """What the terminal does at Ctrl-C, for this process; Python's handler runs before it returns."""
    signal.raise_signal(signal.SIGINT)


class PressedInAFinalizer:
    def __del__(self) -> None:
        press()


def raises_it(*steps: Callable[[], object]) -> None:
    """Whether the steps, taken while it is held back, end in it."""

    def take() -> None:
        with INTERRUPTION.held_back():
            for step in steps:
                step()

    with pytest.raises(KeyboardInterrupt):
        take()


def test_it_is_raised_at_the_end_of_what_must_not_be_interrupted() -> None:
    reached: list[str] = []
    raises_it(press, partial(reached.append, "the end"))
    assert ["the end"] == reached
    assert signal.default_int_handler is signal.getsignal(signal.SIGINT)
    with INTERRUPTION.held_back():  # it is raised once
        pass


def test_a_second_one_is_raised_at_once() -> None:
    reached: list[str] = []
    raises_it(press, press, partial(reached.append, "the end"))
    assert not reached


def test_a_failure_after_it_does_not_hide_it() -> None:
    def fail() -> None:
        raise AssertionError

    raises_it(press, fail)


def test_in_a_finalizer_it_is_not_lost() -> None:
    raises_it(PressedInAFinalizer)


def test_what_waits_is_cancelled_and_may_clean_up() -> None:
    cleaned = []

    async def wait() -> None:
        try:
            press()
            await trio.sleep_forever()
        finally:
            cleaned.append("up")

    raises_it(partial(run_async, wait, CEILING))
    assert ["up"] == cleaned


@pytest.mark.parametrize("seconds", [0, CEILING])
def test_a_failure_at_the_same_time_does_not_hide_it(seconds: float) -> None:
    async def fail() -> None:
        try:
            press()
            await trio.sleep(seconds)
        finally:
            raise AssertionError

    raises_it(partial(run_async, fail, CEILING))


def test_nothing_is_begun_after_it() -> None:
    begun: list[str] = []

    async def begin() -> None:
        begun.append("another wait")

    raises_it(press, partial(run_async, begin, CEILING))
    assert not begun


async def fail_beside_an_interrupt(nursery: trio.Nursery) -> None:
    async def fail() -> None:
        raise AssertionError

    async def be_interrupted() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyboardInterrupt

    nursery.start_soon(be_interrupted)
    await trio.testing.wait_all_tasks_blocked()
    nursery.start_soon(fail)


def test_of_several_failures_in_a_nursery_the_interrupt_is_raised() -> None:
    async def in_a_plain_nursery() -> None:
        async with open_plain_nursery() as nursery:
            await fail_beside_an_interrupt(nursery)

    async def in_a_nursery() -> None:
        async with trio.open_nursery() as nursery:
            await fail_beside_an_interrupt(nursery)

    with pytest.raises(KeyboardInterrupt):
        trio.run(in_a_plain_nursery)
    with pytest.raises(KeyboardInterrupt):
        run_async(in_a_nursery, CEILING)


SPECIFICATION = (sys.executable, "-m", "spec_tests")


def interrupted_while_it_launches(folder: Path, *options: str) -> tuple[int, str]:
    """Run the command until a server says through `begun` that it has been launched; then interrupt it."""
    begun = folder / "begun"
    os.mkfifo(begun)
    started = os.open(begun, os.O_RDONLY | os.O_NONBLOCK)
    command = [*SPECIFICATION, *options, "--patience", "60"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    out, both = subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(command, stdout=out, stderr=both, text=True, env=environment, cwd=folder) as run:
        try:
            assert select.select([started], [], [], CEILING)[0], "the server was never launched"
            run.send_signal(signal.SIGINT)
            printed = run.communicate(timeout=CEILING)[0]
        finally:
            run.kill()
            os.close(started)
    return run.returncode, printed


def never_listens(folder: Path) -> str:
    return shlex.join(["sh", "-c", f"echo > {shlex.quote(str(folder / 'begun'))}; sleep 1000", "{port}"])


def test_before_anything_was_asked_the_run_ends_in_one_line(tmp_path: Path) -> None:
    status, printed = interrupted_while_it_launches(tmp_path, "--launch", never_listens(tmp_path))
    assert (2, "ERROR: interrupted before anything was asked\n") == (status, printed)


def test_another_command_ends_in_one_line(tmp_path: Path) -> None:
    status, printed = interrupted_while_it_launches(tmp_path, "identify", "--launch", never_listens(tmp_path))
    assert (2, "ERROR: interrupted\n") == (status, printed)


def test_of_many_servers_those_that_were_tested_are_told(tmp_path: Path) -> None:
    file, report = tmp_path / "servers.toml", tmp_path / "report.json"
    healthy = f"{PYTHON} -m reference_servers thread --port {{port}} --quiet"
    entries = {"healthy": healthy, "endless": never_listens(tmp_path), "waiting": healthy}
    file.write_text("\n".join(f"[{name}]\nlaunch = {json.dumps(launch)}" for name, launch in entries.items()))
    options = ["--servers", str(file), "--report-json", str(report), "-k", "announces_its"]
    status, printed = interrupted_while_it_launches(tmp_path, *options)

    told = json.loads(report.read_text())
    assert 2 == status
    assert ["healthy"] == [one["name"] for one in told["servers"]]
    assert ["endless", "waiting"] == [one["name"] for one in told["not_run"]]
    assert "waiting: not run: the run was interrupted" in printed
