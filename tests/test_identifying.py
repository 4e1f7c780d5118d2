"""What nobody said of a server is found out: what it speaks, and how it handles clients."""

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from launched import launched

from client_kit import DIALECTS
from client_kit.dialects import RAW
from reference_servers import SERVERS
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.identifying import holding
from spec_tests.harness.identifying.identity import FOUND_OPTIONS, Identity, find_out
from spec_tests.harness.server import Server

HERE = Path(__file__).parent
PYTHON = shlex.quote(sys.executable)

TEXTBOOKS: dict[str, dict[str, object]] = {
    "echoes": {"dialect": "echo"},
    "capitalises": {"dialect": "upper"},
    "capitalises-lines": {"dialect": "line-upper"},
    "reverses-lines": {"dialect": "line-reverse"},
    "reverses": {"dialect": "reverse"},
    "wraps": {"dialect": "wrapped", "reply": r"You said: {request}!\n"},
    "acknowledges": {"dialect": "ack", "reply": "收到了"},
    "acknowledges-late": {"dialect": "ack", "reply": "OK"},
    "acknowledges-4096": {"dialect": "ack", "reply": "OK", "receive_size": "4096"},
    "acknowledges-at-length-4096": {
        "dialect": "ack",
        "reply": "it is a long story, and this is its beginning" * 200,
        "receive_size": "4096",
    },
    "never-ends-a-reply": {},
    "greets-and-echoes": {"dialect": "echo", "greeting": r"Welcome!\n"},
    "greets-each-anew": {"dialect": "echo", "greeting": r"Welcome,\ guest\ [0-9]+\n"},
    "greets-by-name": {"dialect": "echo", "greeting": r"Welcome,\ .+"},
    "echoes-lines": {"dialect": "line"},
    "acknowledges-once": {"dialect": "ack", "reply": "OK", "closes_after_reply": True},
    "greets-and-echoes-once": {"dialect": "echo", "greeting": r"Welcome!\n", "closes_after_reply": True},
    "echoes-a-line": {"dialect": "line", "closes_after_reply": True},
    "acknowledges-lines": {"exchange": [r"{token}\n", r"250\ thank\ you\r\n"]},
    "wraps-lines": {"exchange": [r"{token}\n", r"\({token}\)\n"]},
    "says-nothing": {"dialect": "discard"},
    "greets-and-says-nothing": {"dialect": "raw", "greeting": r"Welcome!\n"},
    "encrypts": {"dialect": "tls"},
    "echoes-blocks": {},
    "joins-and-chats": {},
    "tells-the-time": {},
    "counts-lines": {"exchange": [r"{token}\n", r"request\ [0-9]+\n"]},
    "numbers-lines": {"exchange": [r"{token}\n", r"[0-9]+\ {token}\n"]},
    "tells-who-said-it": {"exchange": [r"{token}\n", r"\[[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+:[0-9]+\]\ {token}\n"]},
    "acknowledges-with-a-number": {"exchange": [r"{token}\n", r"OK\ [0-9]+\n"]},
    "counts-without-an-end": {},
    "asks-for-the-password": {"greeting": r"login:\ ", "dialect": "raw"},
    "wants-eight-bytes": {},
    "calculates": {},
    "rambles": {},
}


def unsaid() -> argparse.Namespace:
    """A command line that says nothing of what may be found out."""
    return argparse.Namespace(**dict.fromkeys(FOUND_OPTIONS))


def identity(command: str, transport: str = "tcp") -> tuple[Identity, argparse.Namespace]:
    options = unsaid()
    description = Description("it", "udp" if transport == "udp" else "tcp", RAW, launch=command)
    server = Server(description, Limits())
    try:
        found = find_out(server, options)
    finally:
        server.close()
    assert isinstance(found, Identity), found
    return found, options


def specification(launch: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Ask it of a server that is launched."""
    command = [sys.executable, "-m", "spec_tests", "--launch", launch, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=HERE.parent)


@pytest.mark.parametrize("name", TEXTBOOKS)
def test_a_textbook_s_server_is_told_by_its_rule(name: str) -> None:
    found, options = identity(f"{PYTHON} {HERE / 'textbooks.py'} {name} {{port}}")

    assert TEXTBOOKS[name] == found.speech.options, found.speech.evidence
    assert options.dialect == TEXTBOOKS[name].get("dialect", None if "exchange" in TEXTBOOKS[name] else "raw")
    assert "thread" == found.model.name, found.model.evidence


def test_one_that_answers_without_a_head_speaks_http_nevertheless() -> None:
    found, options = identity(f"{PYTHON} -m http.server --bind 127.0.0.1 {{port}}")

    assert ("http-closing", "thread") == (options.dialect, options.model), found.speech.evidence


ONCE = {
    "iterative": f"{PYTHON} {HERE.parent / 'compatibility' / 'programs' / 'socketserver_once.py'} {{port}}",
    "thread": f"{PYTHON} {HERE / 'textbooks.py'} acknowledges-once {{port}}",
}
ASKED_ONCE = (
    *("accepts_one_byte", "lasts_many", "tolerates_an_idle", "half_a_request", "passes_descriptor"),
    *("signals_disturb", "queued_client", "slow_clients", "stop_and_continue"),
)


@pytest.mark.parametrize("model", ONCE)
def test_one_that_closes_after_its_reply_is_asked_for_no_second(model: str) -> None:
    done = specification(ONCE[model], "-k", " or ".join(ASKED_ONCE))

    assert f"model: {model}" in done.stdout
    assert 0 == done.returncode, done.stdout
    assert "advised" not in done.stdout


def test_one_that_says_something_and_ends_need_not_say_the_time_nor_end_a_line() -> None:
    command = f"{PYTHON} {HERE / 'textbooks.py'} thanks-and-ends {{port}}"
    assert "daytime" == identity(command)[1].dialect

    assert "2 passed" in specification(command, "-k", "serves_one").stdout


def test_one_that_dies_at_the_second_request_is_not_said_to_close() -> None:
    found, options = identity(f"{PYTHON} {HERE / 'textbooks.py'} dies-at-the-second {{port}}")

    assert ("echo", None) == (options.dialect, options.closes_after_reply), found.speech.evidence


@pytest.mark.parametrize("service", ["ack", "echo", "line"])
@pytest.mark.parametrize("name", SERVERS)
def test_a_reference_server_is_identified(name: str, service: str) -> None:
    reference = SERVERS[name]
    found, options = identity(
        f"{PYTHON} -m reference_servers {name} --port {{port}} --service {service} --quiet", reference.transport
    )

    assert service == options.dialect
    assert set(options.receive_size or "1024") == set("1024")
    assert DIALECTS[service].abilities == found.dialect.abilities
    assert found.model.name == ("unknown" if reference.transport == "udp" else reference.model)


def test_one_that_speaks_without_end_is_told_in_a_line() -> None:
    found, options = identity(f"{PYTHON} {HERE / 'misbehaving.py'} floods {{port}}")

    assert "raw" == options.dialect
    assert "does not stop" in found.speech.evidence
    assert len(found.speech.evidence) < 1000


def test_a_pool_whose_threads_wait_in_poll_is_no_event_loop() -> None:
    found, options = identity(f"{PYTHON} {HERE / 'textbooks.py'} pools {{port}}")

    assert ("echo", "unknown") == (options.dialect, options.model), found.model.evidence


def test_who_waits_is_no_sign_while_we_are_starved(monkeypatch: pytest.MonkeyPatch) -> None:
    async def late(*_: object) -> str:
        return "the machine is so busy"

    monkeypatch.setattr(holding, "why_late", late)
    found, _ = identity(f"{PYTHON} -m reference_servers iterative --port {{port}} --quiet")

    assert found.model.name == "unknown"
    assert "perhaps for us: the machine is so busy" in found.model.evidence


def test_a_wrong_reply_to_one_of_many_is_no_sign_that_it_waits() -> None:
    faulty = "thread --service echo --fault one-buffer-for-all"
    found, _ = identity(f"{PYTHON} -m reference_servers {faulty} --port {{port}} --quiet")

    assert found.model.name == "unknown"
    assert "with several clients at once, client held" in found.model.evidence


@pytest.mark.parametrize("name", ["serves-one", "has-no-loop"])
def test_one_that_serves_one_client_is_launched_for_each_and_told_so(name: str) -> None:
    done = specification(f"{PYTHON} {HERE / 'textbooks.py'} {name} {{port}}")

    assert "the second client was not served" in done.stdout
    assert "1 failed" in done.stdout
    assert 1 == done.returncode


def test_the_command_identify_says_it_in_five_lines_and_as_json() -> None:
    with launched("fork", "--quiet") as (address, process):
        command = [sys.executable, "-m", "spec_tests", "identify", str(address)]
        told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE.parent).stdout
        as_json = subprocess.run([*command, "--json"], capture_output=True, check=True, cwd=HERE.parent).stdout

        assert ["dialect", "model", "processes", "capacity", "abilities"] == [
            line.split()[0] for line in told.splitlines()
        ]
        assert str(process.pid) in told.splitlines()[2]
    found = json.loads(as_json)
    assert ("ack", "fork", None) == (found["dialect"], found["model"], found["max_clients"])
