"""Whom the guardian finds: all that descend from it, whoever started them; and what it launches."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from client_kit import Address
from spec_tests.harness import guardian, guarding
from spec_tests.harness.instance import Instance

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


def printed(command: str, cwd: Path | None = None) -> list[str]:
    """What a command prints that is launched as a server is."""
    instance = Instance(["sh", "-c", command], Address("tcp", "127.0.0.1", 9), str(cwd) if cwd else None)
    instance.output.wait_for_end(60)
    lines = instance.output.last()
    instance.close()
    return lines


def test_a_server_inherits_its_standard_descriptors_and_no_other() -> None:
    with open(os.devnull, "rb") as ours:  # noqa: PTH123 - a descriptor
        os.set_inheritable(ours.fileno(), True)

        assert printed("cd /proc/self/fd; echo *") == ["0 1 2 3"]  # of which the last is of the folder


def test_a_server_has_the_folder_and_the_limits_of_the_moment(tmp_path: Path) -> None:
    printed("true")  # by then there is a guardian, with the limits of that moment
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 7, hard))
    try:
        told = printed("pwd; ulimit -n", tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert told == [str(tmp_path), str(soft - 7)]


def test_a_guardian_that_somebody_killed_is_replaced() -> None:
    printed("true")
    for child in psutil.Process().children():
        if guardian.__file__ in child.cmdline():
            child.kill()
            child.wait()

    assert printed("echo there") == ["there"]


def test_no_such_folder_is_an_error_and_leaves_no_descriptor(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")  # noqa: PTH208 - no paths
    with pytest.raises(FileNotFoundError):
        guarding.launch(["true"], str(tmp_path / "nowhere"), None)

    assert len(os.listdir("/proc/self/fd")) == len(before)  # noqa: PTH208


def test_a_limit_that_cannot_be_set_is_a_launch_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not a server that never listened, and said nothing."""
    with monkeypatch.context() as patched:
        patched.setattr(resource, "getrlimit", lambda _: (2, 1))  # a soft limit above the hard one
        instance = Instance(["true"], Address("tcp", "127.0.0.1", 9))
    instance.output.wait_for_end(60)
    instance.close()

    assert errno.EPERM == instance.failed
