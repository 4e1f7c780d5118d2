"""Many clients leave at once: what comes back by itself is no leak, and what stays each time is one."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_kit import DIALECTS
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.judging import Judge
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import Finding, Verdict

REPLACES = """
import os, select, socket, subprocess, sys
HOLD = "import os; kept = [os.dup(2) for _ in range(16)]; os.write(1, b'x'); os.read(0, 1)"
LEAKS = len(sys.argv) > 2
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
clients, kept = [], []

def helper():
    child = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.read(1)
    return child

child, is_crowded = helper(), False
while True:
    for ready in select.select([listener, *clients], [], [])[0]:
        if ready is listener:
            clients.append(listener.accept()[0])
        elif data := ready.recv(1024):
            ready.sendall(data)
        else:
            clients.remove(ready)
            ready.close()
    if len(clients) == 32 and not is_crowded:
        is_crowded, child = True, child or helper()
        kept += [os.dup(2) for _ in range(8)] if LEAKS else []
    elif not clients and is_crowded:
        is_crowded = False
        if not os.path.exists("replaced"):
            open("replaced", "w").close()
            child.communicate(b"x")
            child = None
"""
"""Once its first crowd has left a helper is let go, and started again when the next one has come. With one more
argument each crowd leaves eight descriptors behind, too."""
ASKED = next(one for one in registry() if one.id == "concurrency.mass-departure-releases-all")


@pytest.fixture
def server(tmp_path: Path, more: str) -> Iterator[Server]:
    (tmp_path / "server.py").write_text(REPLACES)
    launch = f"{shlex.quote(sys.executable)} server.py {{port}} {more}"
    made = Server(
        Description("replaces", "tcp", DIALECTS["echo"], "event-loop", launch=launch, cwd=str(tmp_path)),
        Limits(),
    )
    try:
        yield made
    finally:
        made.close()


def finding(server: Server) -> Finding:
    return Judge(server).judge(ASKED, ASKED.test, "")


@pytest.mark.parametrize("more", [""])
def test_a_helper_that_comes_back_late_is_no_leak(server: Server) -> None:
    assert finding(server).verdict is Verdict.PASSED


@pytest.mark.parametrize("more", ["leaks"])
def test_what_stays_each_time_is_a_leak(server: Server) -> None:
    found = finding(server)

    assert found.verdict is Verdict.FAILED
    assert "each time descriptors and threads stay, 8 the last time" in found.reason
