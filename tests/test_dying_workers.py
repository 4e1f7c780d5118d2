"""A worker that we kill is no longer there: what is asked next must not find a place less for it."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import trio

from client_kit import DIALECTS
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.judging import Judge
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import Finding, Verdict

WORKERS = 2
PREFORKED = f"""
import os, signal, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
for _ in range({WORKERS}):
    if not os.fork():
        while True:
            connection, _ = listener.accept()
            try:
                while data := connection.recv(1024):
                    connection.sendall(data)
            except OSError:
                pass
            connection.close()
signal.pause()
"""
"""Children that accept, and serve one client each; UNP 30.6. Who dies is not replaced."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    program = tmp_path / "preforked.py"
    program.write_text(PREFORKED)
    launch = f"{shlex.join([sys.executable, str(program)])} {{port}}"
    description = Description("preforked", "tcp", DIALECTS["echo"], "pool", launch=launch, max_clients=WORKERS)
    made = Server(description, Limits())
    try:
        yield made
    finally:
        made.close()


def findings(server: Server) -> list[Finding]:
    """What comes out when a worker is killed, and then others are asked for the places that there are."""
    names = "a-worker-death-stays-with-its-client", "clients-meet", "idle-client-blocks-nobody"
    judge = Judge(server)
    judge.open()
    assert judge.obstacle is None
    asked = {one.id: one for one in registry()}
    return [judge.judge(one, one.test, "") for one in (asked[f"concurrency.{name}"] for name in names)]


def test_a_launched_pool_is_launched_anew_with_all_its_workers(server: Server) -> None:
    assert [one.verdict for one in findings(server)] == [Verdict.PASSED] * 3


def test_a_pool_that_ran_before_us_keeps_all_its_workers(server: Server) -> None:
    trio.run(server.launch)
    tree = server.process_tree()
    before = tree.running()
    addressed = replace(server.description, launch=None, address=server.address, pid=tree.root.pid)

    with closing(Server(addressed, Limits())) as running:
        killed, *others = findings(running)

    assert killed.verdict is Verdict.NOT_OBSERVED
    assert "it needs --launch" in killed.reason
    assert [one.verdict for one in others] == [Verdict.PASSED] * 2
    assert tree.running() == before
