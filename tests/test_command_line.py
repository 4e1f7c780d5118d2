"""The console command: bad input is one line and status 2, and nothing is left of a run, however it ends."""

import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from launched import launched

from spec_tests.harness import guardian

ROOT = Path(__file__).parents[1]
ECHO = f"{shlex.quote(sys.executable)} -m reference_servers fork --port {{port}} --service echo --quiet"
CEILING = 120

INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job has it ignored from birth
from spec_tests.__main__ import main
raise SystemExit(main())
"""


def environment(mark: str = "") -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "SOCKETSPEC_TEST_MARK": mark}


def socketspec(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "spec_tests", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=CEILING, env=environment()
    )


SEVEN = ("--server", "tcp://127.0.0.1:7")
LAUNCHED = ("--launch", ECHO)

BAD_CALLS = [
    ((), "name a server: --server"),
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
        ("--server", "udp://127.0.0.1:7", "--dialect", "redis"),
        "redis is spoken over TCP",
    ),
    (("--server", "tcp://127.0.0.1:7", "--dialect", "dns"), "dns is spoken over UDP, and the server is TCP"),
    (("--launch", ""), "--launch needs a command"),
    (("--launch", "true {port}"), "ended at once, with status 0"),
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
    done = socketspec(*arguments)
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
    done = socketspec(*arguments)

    assert done.returncode == 2
    assert f"socketspec: error: {complaint}" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_fixed_port_that_is_taken_names_who_holds_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = socketspec("--launch", "sleep 60", "--server", f"tcp://127.0.0.1:{port}")

    assert done.returncode == 2
    assert f"tcp://127.0.0.1:{port} is taken already, by process {os.getpid()}" in done.stderr


def test_a_server_that_listens_elsewhere_is_told_of() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        elsewhere = probe.getsockname()[1]
    program = f"{shlex.quote(sys.executable)} -m reference_servers fork --port {elsewhere}"
    done = socketspec("--launch", program, "--server", "tcp://127.0.0.1:9", "--patience", "1")

    assert done.returncode == 2
    told = f"did not listen at tcp://127.0.0.1:9 within 1 s, but at port {elsewhere} (if it always does: "
    assert f"{told}--server tcp://127.0.0.1:{elsewhere}, and no {{port}})" in done.stderr
    assert f"listening on 127.0.0.1:{elsewhere}" in done.stderr


def test_a_process_that_does_not_hold_the_port_is_told_of() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held, subprocess.Popen(["sleep", "60"]) as sleeper:
        address = f"tcp://127.0.0.1:{held.getsockname()[1]}"
        done = socketspec("--server", address, "--pid", str(sleeper.pid))
        sleeper.kill()

    assert done.returncode == 2
    assert f"--pid {sleeper.pid} (sleep 60) does not hold {address}: {os.getpid()}" in done.stderr


def test_two_workers_share_an_addressed_server() -> None:
    with launched("thread", "--service", "echo", "--quiet") as (address, _):
        done = socketspec("--server", str(address), "--model", "thread", "-n", "2")

    assert done.returncode == 0, done.stdout
    assert "conformant:" in done.stdout


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for a state of the system, which no event announces."""
    deadline = time.monotonic() + CEILING
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def survivors(mark: str) -> list[int]:
    """The processes that a run has left; every one inherits the mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("SOCKETSPEC_TEST_MARK") == mark:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_run_that_is_ended(number: signal.Signals) -> None:
    mark = f"{os.getpid()}-{number}"
    command = [sys.executable, "-c", INTERRUPTIBLE, "--launch", ECHO, "-n", "2"]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(mark)
    ) as run:
        wait_until(lambda: any(is_guardian(pid) for pid in survivors(mark)))
        run.send_signal(number)
        run.wait(CEILING)

    wait_until(lambda: not survivors(mark))


def is_guardian(pid: int) -> bool:
    try:
        return guardian.__file__ in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def test_an_owner_that_is_gone_before_the_launch_leaves_nothing() -> None:
    mark = f"{os.getpid()}-gone"
    status, end = os.pipe()
    os.close(status)
    command = [sys.executable, "-I", "-S", guardian.__file__, str(end), "sleep", "600"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, pass_fds=[end], env=environment(mark)
    ) as process:
        os.close(end)
        _, errors = process.communicate(timeout=CEILING)

    assert errors == b""
    assert survivors(mark) == []


@pytest.mark.timeout(400)
def test_nothing_is_left_of_fifty_runs_that_are_killed_at_any_moment(tmp_path: Path) -> None:
    mark = f"{os.getpid()}-fifty"
    seed = random.randrange(1_000_000)
    dice = random.Random(seed)
    print(f"seed {seed}")
    command = [sys.executable, "-m", "spec_tests", "--launch", ECHO, "--model", "fork", "-n", "2"]
    settings = environment(mark) | {"TMPDIR": str(tmp_path)}
    for _ in range(10):
        runs = [
            subprocess.Popen(
                command,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=settings,
                start_new_session=True,
            )
            for _ in range(5)
        ]
        for run in runs:
            time.sleep(dice.uniform(0, 1.5))  # any moment will do: it is what is tested
            os.kill(dice.choice(victims(run)), signal.SIGKILL)
            run.kill()
            run.wait(CEILING)

    wait_until(lambda: not survivors(mark))
    assert not list(tmp_path.iterdir())


def victims(run: subprocess.Popen[bytes]) -> list[int]:
    """The controller and its workers; which of them dies first is luck."""
    try:
        children = psutil.Process(run.pid).children()
    except psutil.Error:
        children = []
    return [run.pid, *(child.pid for child in children if not is_guardian(child.pid))]
