"""What the system shows of a server changes while it is looked at: a process may end at any moment."""

import signal
import subprocess
import sys

import psutil

from spec_tests.harness.processes import ProcessTree, root_of


def ended() -> psutil.Process:
    """A process that was there a moment ago."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        gone = psutil.Process(process.pid)
        process.communicate(b"\n")
    return gone


def test_a_holder_that_has_just_ended_is_no_root_and_no_error() -> None:
    here = psutil.Process()
    climbed = root_of([here])

    assert climbed is not None
    assert root_of([ended(), here]) == climbed
    assert root_of([ended()]) is None


def test_a_server_that_has_just_ended_has_no_processes_and_takes_no_signal() -> None:
    tree = ProcessTree(ended())
    tree.signal_root(signal.SIGCONT)

    assert (tree.members(), tree.zombies(), tree.descriptors()) == ([], set(), 0)
