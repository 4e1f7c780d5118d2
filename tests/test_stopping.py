"""How a launched server is stopped: a signal that comes as it is busy may be lost, and is no verdict."""

import shlex
import signal
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tiny_servers import on_trio

from client_kit import DIALECTS
from spec_tests.harness import load
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.judging import Judge
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import Verdict

PATIENCE = 5.0

LOSES_SIGNALS = """
    import signal, socket, sys, time

    is_busy = False

    def stop(*_):
        if not is_busy:  # as an interpreter does that has looked for signals, and has yet to wait
            sys.exit()

    signal.signal(signal.SIGTERM, stop)
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    while True:
        connection, _ = listener.accept()
        is_busy = True
        connection.sendall(connection.recv(1024))
        connection.close()
        end = time.monotonic() + 0.1
        while time.monotonic() < end:
            pass
        is_busy = False
"""
NEVER_SLEEPS = """
    import socket, sys

    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    while True:
        pass
"""

POLLS = """
    import socket, sys

    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    listener.setblocking(False)
    while True:
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            continue
        connection.setblocking(True)
        while data := connection.recv(1024):
            connection.sendall(data)
        connection.close()
"""

LEAVES_A_DAEMON = """
    import os, socket, sys, time

    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    if os.fork():
        end = time.monotonic() + 0.2  # an interpreter takes a moment to end
        while time.monotonic() < end:
            pass
        sys.exit()
    while True:
        connection, _ = listener.accept()
        while data := connection.recv(1024):
            connection.sendall(data)
        connection.close()
"""
"""It listens before it goes into the background, so that whoever starts it learns whether that went well."""


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    program = tmp_path / "serve.py"
    program.write_text(textwrap.dedent(request.param))
    launch = f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} {{port}}"
    made = Server(Description("it", "tcp", DIALECTS["echo"], launch=launch), Limits(patience=PATIENCE))
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("server", [LOSES_SIGNALS], indirect=True)
@on_trio
async def test_it_is_told_to_stop_when_it_waits(server: Server) -> None:
    await server.launch()
    await server.exchange_once()

    assert await server.stop(signal.SIGTERM)


@pytest.mark.parametrize("server", [NEVER_SLEEPS], indirect=True)
@on_trio
async def test_one_that_never_waits_is_told_nevertheless(server: Server) -> None:
    await server.launch()

    assert await server.stop(signal.SIGTERM)


@pytest.mark.parametrize("server", [POLLS], indirect=True)
def test_one_that_polls_is_asked_however_crowded_the_machine(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "machine_load", lambda: 2.0 * load.MOST_WAITING)
    one = next(one for one in registry() if one.id == "connecting.serves-one-exchange")
    judge = Judge(Server(server.description, Limits(patience=1.5)))
    with closing(judge.server):
        judge.open()
        finding = judge.judge(one, one.test, "")

    assert finding.verdict is Verdict.PASSED, finding.reason


@pytest.mark.parametrize("server", [LEAVES_A_DAEMON], indirect=True)
@on_trio
async def test_a_daemon_is_told_and_not_who_left_it(server: Server) -> None:
    await server.launch()
    await server.exchange_once()

    assert server.instance
    assert server.instance.is_daemon
    assert await server.stop(signal.SIGTERM)
    assert not server.instance.listeners
