"""The console command: bad input is one line and status 2."""

import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from launched import launched

ROOT = Path(__file__).parents[1]
ECHO = f"{shlex.quote(sys.executable)} -m reference_servers fork --port {{port}} --service echo --quiet"
CEILING = 120


def acceptspec(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "spec_tests", *arguments]
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=CEILING, env=settings)


SEVEN = ("--server", "tcp://127.0.0.1:7")
LAUNCHED = ("--launch", ECHO)

BAD_CALLS = [
    ((), "name a server: --server tcp://HOST:PORT, or --launch"),
    (("localhost:80",), "name a server: --server tcp://localhost:80, or"),
    (("udp://[::1]:53", "-v"), "name a server: --server udp://[::1]:53, or"),
    (("--server", "127.0.0.1:80"), "it names no transport"),
    (("--server", "http://127.0.0.1:80"), "its transport 'http' is neither tcp nor udp"),
    (("--server", "tcp://:80"), "it has no host"),
    (("--server", "tcp://[::1:80"), "its brackets do not match"),
    (("--server", "tcp://::1:80"), "an IPv6 host belongs in brackets"),
    (("--server", "tcp://127.0.0.1"), "it has no port"),
    (("--server", "tcp://127.0.0.1:0"), "its port 0 is not between 1 and 65535"),
    (("--server", "tcp://127.0.0.1:99999"), "is not between 1 and 65535"),
    (("--server", "tcp://127.0.0.1:80/path"), "something follows its port"),
    (("--server", "tcp://no.such.host.invalid:80"), "its host has no address"),
    (("--server", "tcp://127.0.0.1:1"), "nothing listens at tcp://127.0.0.1:1"),
    (("--server", "udp://127.0.0.1:1"), "nothing listens at udp://127.0.0.1:1"),
    (("--server", "udp://127.0.0.1:7", "--transport", "tcp"), "contradicts"),
    (
        ("--server", "udp://127.0.0.1:7", "--greeting", "hello", "--exchange", "a", "b"),
        "a greeting is spoken over TCP, and the server is UDP",
    ),
    (
        ("--server", "udp://127.0.0.1:7", "--dialect", "redis"),
        "redis is spoken over TCP",
    ),
    (("--server", "tcp://127.0.0.1:7", "--dialect", "dns"), "dns is spoken over UDP, and the server is TCP"),
    (("--launch", ""), "--launch needs a command"),
    (("--launch", "true {port}"), "ended with status 0"),
    (("--launch", "sh -c 'echo ready; exit 3' {port}", "--ready-line", "ready"), "it printed: ready"),
    (
        ("--launch", f"{shlex.quote(sys.executable)} -c 'input()' {{port}}"),
        "standard input, which is /dev/null",
    ),
    (("--launch", "sleep 60 {port}", "--patience", "0.5"), "did not listen at"),
    (("--launch", "./no-such-server {port}"), "No such file or directory"),
    (("--launch", "/etc/passwd {port}"), "Permission denied"),
    (("--launch", "./server"), "put {port} where the port belongs"),
    (("--launch", "./server {port}", *SEVEN), "leave out --server, or {port}"),
    (("--launch", "'", *SEVEN), "No closing quotation"),
    ((*SEVEN, "--dialect", "irc"), "--dialect 'irc': wanted one of auto, ack, echo"),
    ((*SEVEN, "--dialect", "no.such:DIALECT"), "no.such cannot be imported"),
    ((*SEVEN, "--dialect", "client_kit:Client"), "wanted a client_kit.Dialect, and it is type"),
    ((*SEVEN, "--dialect", "client_kit:NOTHING"), "and there is no such name"),
    ((*SEVEN, "--dialect", "wrapped", "--reply", "OK"), "a wrapped reply has {request} in it"),
    ((*SEVEN, "--exchange", "PING", "("), "is no regular expression"),
    ((*SEVEN, "--exchange", "", "x"), "wanted at least one character"),
    ((*SEVEN, "--exchange", "a", "b", "--dialect", "echo"), "leave out --dialect echo"),
    ((*SEVEN, "--greeting", ".*"), "matches an empty text"),
    ((*SEVEN, "--closes-after-reply"), "belongs to a --dialect or --exchange; auto finds it out"),
    (
        (*SEVEN, "--closes-after-reply", "--dialect", "discard"),
        "no connection of discard carries more than one",
    ),
    (
        ("--server", "udp://127.0.0.1:7", "--closes-after-reply", "--dialect", "echo"),
        "echo-closing is spoken over TCP",
    ),
    (("--closes-after-reply",), "name it with --server or --launch"),
    ((*SEVEN, "--expect-update"), "name it with --expect FILE"),
    ((*SEVEN, "--expect", "/no/such/file"), "--expect /no/such/file: No such file or directory"),
    ((*SEVEN, "--expect", "/etc/passwd"), "--expect /etc/passwd: "),
    ((*SEVEN, "--model", "cluster"), "--model 'cluster': wanted one of auto, iterative"),
    ((*SEVEN, "--patience", "long"), "--patience 'long': wanted a positive number of seconds"),
    ((*SEVEN, "--quiet-period", "-1"), "--quiet-period '-1': wanted a positive number of seconds"),
    ((*SEVEN, "--max-clients", "0"), "--max-clients '0': wanted a positive whole number"),
    ((*SEVEN, "--max-rate", "0"), "--max-rate '0': wanted a positive number"),
    ((*SEVEN, "--reply", "ok"), "--reply belongs to --dialect ack"),
    ((*SEVEN, "--ready-line", "x"), "--ready-line is for a server that is launched"),
    ((*SEVEN, "--cwd", "/"), "--cwd is for a server that is launched"),
    ((*SEVEN, "--env", "A=B"), "--env is for a server that is launched"),
    ((*SEVEN, "--pid", "999999999"), "there is no such process"),
    (("--dialect", "ack"), "name it with --server or --launch"),
    ((*LAUNCHED, "--ready-line", "["), "is no regular expression"),
    ((*LAUNCHED, "--cwd", "/no/such/folder"), "wanted a folder, and there is none"),
    ((*LAUNCHED, "--env", "NAME"), "wanted NAME=VALUE"),
    ((*LAUNCHED, "--pid", "1"), "--pid is for a server that runs already"),
    ((*LAUNCHED, "--report-json", "/no/such/folder/report.json"), "does not exist"),
    ((*LAUNCHED, "--report-json", "/"), "this is a folder; wanted a file"),
]


@pytest.mark.parametrize(("arguments", "complaint"), BAD_CALLS, ids=range(len(BAD_CALLS)))
def test_bad_input_is_one_line_and_status_2(arguments: tuple[str, ...], complaint: str) -> None:
    done = acceptspec(*arguments)
    told = done.stderr.strip().splitlines()

    assert done.returncode == 2
    assert len(told) == 1, done.stderr
    assert complaint in told[0]
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--lanch", "./server {port}"), "unrecognized arguments: --lanch"),
        (("--server",), "argument --server: expected one argument"),
    ],
)
def test_an_option_that_is_none_or_lacks_its_value_is_named(arguments: tuple[str, ...], complaint: str) -> None:
    done = acceptspec(*arguments)

    assert done.returncode == 2
    assert f"acceptspec: error: {complaint}" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_fixed_port_that_is_taken_names_who_holds_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = acceptspec("--launch", "sleep 60", "--server", f"tcp://127.0.0.1:{port}")

    assert done.returncode == 2
    assert f"tcp://127.0.0.1:{port} is taken already, by process {os.getpid()}" in done.stderr


def test_a_server_that_listens_elsewhere_is_told_of() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        elsewhere = probe.getsockname()[1]
    program = f"{shlex.quote(sys.executable)} -m reference_servers fork --port {elsewhere}"
    done = acceptspec("--launch", program, "--server", "tcp://127.0.0.1:9", "--patience", "1")

    assert done.returncode == 2
    told = f"did not listen at tcp://127.0.0.1:9 within 1 s, but at port {elsewhere} (if it always does: "
    assert f"{told}--server tcp://127.0.0.1:{elsewhere}, and no {{port}})" in done.stderr
    assert f"listening on 127.0.0.1:{elsewhere}" in done.stderr


def test_a_process_that_does_not_hold_the_port_is_told_of() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held, subprocess.Popen(["sleep", "60"]) as sleeper:
        address = f"tcp://127.0.0.1:{held.getsockname()[1]}"
        done = acceptspec("--server", address, "--pid", str(sleeper.pid))
        sleeper.kill()

    assert done.returncode == 2
    assert f"--pid {sleeper.pid} (sleep 60) does not hold {address}: {os.getpid()}" in done.stderr


def test_two_workers_share_an_addressed_server() -> None:
    with launched("thread", "--service", "echo", "--quiet") as (address, _):
        done = acceptspec("--server", str(address), "--model", "thread", "-n", "2")

    assert done.returncode == 0, done.stdout
    assert "conformant:" in done.stdout


def test_a_run_needs_no_xdist() -> None:
    done = acceptspec("--launch", ECHO, "-p", "no:xdist", "-k", "keeps_order or survives_restart")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "no failure in what was run" in done.stdout


def test_the_list_of_failures_calls_them_failed() -> None:
    faulty = f"{ECHO} --fault serves-one-client"
    done = acceptspec("--launch", faulty, "-k", "serves_one_after_another", "--dialect", "echo")

    assert done.returncode == 1
    failures = done.stdout.rpartition("short test summary info")[2]
    assert "\nFAILED " in failures, done.stdout
    assert "test_serves_one_after_another" in failures


NOISY = """
import warnings

def pytest_configure(config):
    warnings.warn("this is how it was done last year", DeprecationWarning)

def pytest_runtest_setup(item):
    open(__file__)
"""
"""A plugin of somebody else's, as pytest-asyncio and pytest-benchmark have been."""


def test_what_other_plugins_are_warned_of_fails_no_run(tmp_path: Path) -> None:
    (tmp_path / "noisy.py").write_text(NOISY)
    command = [sys.executable, "-m", "spec_tests", "--launch", ECHO, "-p", "noisy", "-k", "serves_one"]
    settings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    for workers in "0", "2":
        done = subprocess.run(
            [*command, "-n", workers],
            capture_output=True,
            text=True,
            check=False,
            timeout=CEILING,
            env=settings,
        )

        assert done.returncode == 0, done.stdout + done.stderr
        assert "2 MUST passed" in done.stdout
        assert "warning" not in done.stdout
