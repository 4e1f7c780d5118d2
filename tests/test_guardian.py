"""Whom the guardian finds: all that descend from it, whoever started them."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from spec_tests.harness import guardian

FAMILY = """
import subprocess, sys, threading
start = lambda: subprocess.Popen(["sh", "-c", "sleep 60 & wait"])
thread = threading.Thread(target=lambda: [start(), ended.wait()])
ended = threading.Event()
thread.start()
start()
print("there", flush=True)
sys.stdin.read()
ended.set()
"""


@pytest.fixture
def family() -> Iterator[psutil.Process]:
    """A process with two children, one started by another thread, and a child of each."""
    command = [sys.executable, "-c", FAMILY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        members = psutil.Process(process.pid)
        while len(members.children(recursive=True)) < 4:  # the shells are still starting theirs
            assert process.poll() is None
        yield members
        for member in members.children(recursive=True):
            member.kill()


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "found"])
def test_all_descendants_are_found(
    family: psutil.Process, monkeypatch: pytest.MonkeyPatch, *, is_told: bool
) -> None:
    """As the kernel tells them, and where it does not."""
    if not is_told:
        monkeypatch.setattr(guardian, "TOLD", "/proc/no/such/file")
    found = guardian.descendants()

    of_the_family = {one.pid for one in family.children(recursive=True)}
    assert len(of_the_family) == 4
    assert of_the_family | {family.pid} <= set(found)
    assert len(found) == len(set(found))


def test_who_has_ended_is_no_process_any_more() -> None:
    with subprocess.Popen(["true"]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert guardian.is_zombie(ended.pid)
    assert guardian.is_zombie(ended.pid)
    assert not guardian.is_zombie(os.getpid())
