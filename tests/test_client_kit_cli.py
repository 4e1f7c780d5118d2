"""`python -m client_kit` prints what it learnt, or one line about what went wrong."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import trio
from tiny_servers import (
    Handler,
    ack,
    answering,
    echo,
    fin_at_once,
    flood,
    nobody,
    on_trio,
    rst,
    says,
    serving,
    silent,
)

import client_kit
from client_kit.__main__ import main

ROOT = str(Path(client_kit.__file__).parents[1])


async def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "client_kit", *arguments]
    done = await trio.run_process(
        command, capture_stdout=True, capture_stderr=True, check=False, env={**os.environ, "PYTHONPATH": ROOT}
    )
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    ("handler", "printed"),
    [
        (echo, "hello\n[ended with FIN after 5 reply bytes]\n"),
        (ack, "OK\n[ended with FIN after 2 reply bytes]\n"),
        (says(b"", fin_at_once), "[ended with FIN after 0 reply bytes]\n"),
        (
            says(b"\x1b[31m\n+PONG\r\n", fin_at_once),
            "\\x1b[31m\n+PONG\\r\n[ended with FIN after 13 reply bytes]\n",
        ),
    ],
    ids=["echo", "ack", "nothing", "anything"],
)
@on_trio
async def test_ask_prints_what_came_and_how_it_ended(handler: Handler, printed: str) -> None:
    async with serving(handler) as address:
        done = await run("ask", str(address), "hello")

    assert (done.returncode, done.stdout, done.stderr) == (0, printed, "")


@pytest.mark.parametrize(
    ("handler", "ending"),
    [
        (silent, "[did not end: neither FIN nor RST within 0.1 s after 0 reply bytes]"),
        (says(b"", rst), "[ended with RST after 0 reply bytes]"),
        (flood, "bytes; left]"),
    ],
    ids=["silence", "RST", "flood"],
)
@on_trio
async def test_ask_ends_with_status_1_unless_fin_came(handler: Handler, ending: str) -> None:
    async with serving(handler) as address:
        done = await run("ask", str(address), "hello", "--patience", "0.1")

    assert done.returncode == 1
    assert ending in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("reply", [b"hello", b"OK", b""])
@on_trio
async def test_ask_speaks_udp(reply: bytes) -> None:
    async with answering(lambda _: [reply]) as address:
        done = await run("ask", str(address), "hello")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"[a datagram of {len(reply)} bytes]\n")
    assert done.stdout.startswith(reply.decode())


@on_trio
async def test_verbose_prints_the_timeline_beside_the_reply() -> None:
    async with serving(echo) as address:
        done = await run("ask", str(address), "hello", "--verbose")

    assert done.stdout.startswith("hello\n")
    assert "→ 5 bytes b'hello'" in done.stderr


@pytest.mark.parametrize(("handler", "dialect"), [(echo, "echo"), (ack, "ack")])
@on_trio
async def test_a_crowd_counts_who_was_served_and_how_it_ended(handler: Handler, dialect: str) -> None:
    async with serving(handler) as address:
        done = await run("crowd", str(address), "--clients", "30", "--dialect", dialect)

    lines = done.stdout.splitlines()

    assert (done.returncode, done.stderr, len(lines)) == (0, "", 5)
    assert f"{address}, {dialect}, 30 clients" == lines[0]
    assert lines[1].startswith("held at the same time: 30,")
    assert lines[2].startswith("met: all 30 ")
    assert ["turned away: 0", "after half-close they ended with 30 FIN"] == lines[3:]


@on_trio
async def test_a_crowd_counts_who_was_turned_away() -> None:
    left = 3

    async def limited(stream: trio.SocketStream) -> None:
        nonlocal left
        left -= 1
        await (echo(stream) if left >= 0 else says(b"", fin_at_once)(stream))

    async with serving(limited) as address:
        done = await run("crowd", str(address), "--clients", "5", "--dialect", "echo")

    assert done.returncode == 1
    assert "held at the same time: 3," in done.stdout
    assert "turned away: 2 (2 FIN)" in done.stdout


@pytest.mark.parametrize(
    ("handler", "complaint"),
    [
        (silent, "sent nothing for 0.1 s"),
        (says(b"nonsense", fin_at_once), "wrong reply at offset 0"),
    ],
    ids=["silence", "nonsense"],
)
@on_trio
async def test_a_servers_failure_is_one_line_and_status_1(handler: Handler, complaint: str) -> None:
    async with serving(handler) as address:
        done = await run("crowd", str(address), "--patience", "0.1")

    assert done.returncode == 1
    assert done.stdout == ""
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["tcp", "udp"])
@on_trio
async def test_nobody_there_is_one_line_and_status_1(kind: socket.SocketKind) -> None:
    async with nobody(kind) as address:
        done = await run("ask", str(address), "hello")

    assert done.returncode == 1
    assert "refused the connection" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "required: command"),
        (["sing"], "invalid choice: 'sing'"),
        (["ask"], "required: address, text"),
        (["ask", "127.0.0.1:8888", "hello"], "names no transport"),
        (["ask", "tcp://127.0.0.1", "hello"], "has no port"),
        (["ask", "tcp://127.0.0.1:99999", "hello"], "not between 1 and 65535"),
        (["crowd", "tcp://127.0.0.1:7", "--dialect", "irc"], "invalid choice: 'irc'"),
        (["ask", "tcp://127.0.0.1:7", "hello", "--patience", "long"], "'long' is no positive number"),
        (["ask", "tcp://127.0.0.1:7", "hello", "--patience", "inf"], "'inf' is no positive number"),
        (["crowd", "tcp://127.0.0.1:7", "--clients", "0"], "'0' is no positive number"),
        (["crowd", "tcp://127.0.0.1:7", "--clients", "many"], "'many' is no positive number"),
    ],
    ids=range(11),
)
def test_bad_input_is_one_line_and_status_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)

    assert end.value.code == 2
    assert_one_line(complaint, capsys)


def test_a_crowd_of_datagrams_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crowd", "udp://127.0.0.1:7"]) == 2
    assert_one_line("needs a tcp:// address", capsys)


@on_trio
async def test_an_empty_question_is_a_half_close_alone() -> None:
    async with serving(echo) as address:
        done = await run("ask", str(address), "")

    assert (done.returncode, done.stdout) == (0, "[ended with FIN after 0 reply bytes]\n")


def assert_one_line(complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    captured = capsys.readouterr()

    assert captured.out == ""
    assert complaint in captured.err
    assert captured.err.count("\n") == 1
