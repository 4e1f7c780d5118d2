"""A connection of the server that does not stay in TIME_WAIT: it is tried again before nothing is said."""

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
from spec_tests.harness.sockets import has_time_wait
from spec_tests.harness.verdicts import Finding, Verdict
from spec_tests.lifecycle import test_restarting

RESETS = """
import os, pathlib, signal, socket, struct, sys
left = sorted(pathlib.Path(".").glob("reset*"))
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = listener.accept()
    if data := connection.recv(1024):
        if left:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            left.pop().unlink()
        connection.sendall(data)
        while connection.recv(1024):
            pass
    connection.close()
"""
"""An instance resets its first client when it ends, as long as there are files that tell it to."""
ASKED = next(one for one in registry() if one.id == "lifecycle.restarts-over-time-wait")


@pytest.fixture
def server(tmp_path: Path, resets: int) -> Iterator[Server]:
    (tmp_path / "server.py").write_text(RESETS)
    for number in range(resets):
        (tmp_path / f"reset{number}").touch()
    launch = f"{shlex.quote(sys.executable)} server.py {{port}}"
    made = Server(
        Description("resets", "tcp", DIALECTS["echo"], "iterative", launch=launch, cwd=str(tmp_path)),
        Limits(),
    )
    try:
        yield made
    finally:
        made.close()


def finding(server: Server) -> Finding:
    return Judge(server).judge(ASKED, ASKED.test, "")


@pytest.mark.parametrize("resets", [0, 1, 2])
def test_a_server_that_resets_at_first_is_tried_again(server: Server) -> None:
    assert finding(server).verdict is Verdict.PASSED


@pytest.mark.parametrize("resets", [100])
def test_one_that_always_resets_is_told_so(server: Server) -> None:
    found = finding(server)

    assert found.verdict is Verdict.NOT_OBSERVED
    assert "ended with RST" in found.reason
    assert found.timeline, "what was asked is shown"


@pytest.mark.parametrize("resets", [100])
def test_another_connection_of_the_port_serves_as_well(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.setattr(test_restarting, "has_time_wait", lambda _port: True)

    assert finding(server).verdict is Verdict.PASSED


@pytest.mark.parametrize("resets", [0])
def test_a_time_wait_that_ended_at_once_is_tried_again(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    ports: list[int] = []

    def has_another(port: int) -> bool:
        ports.append(port)
        return port != ports[0] and has_time_wait(port)

    monkeypatch.setattr(test_restarting, "has_time_wait", has_another)

    assert finding(server).verdict is Verdict.PASSED
    assert len(set(ports)) == 2
