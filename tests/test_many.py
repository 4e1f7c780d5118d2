"""`--servers FILE`: many servers in one run, a matrix, and what is wrong with the file in one line."""

import json
import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from spec_tests.harness.many.catalogue import read_catalogue
from spec_tests.harness.registry import registry
from spec_tests.harness.values import BadOptionError

ROOT = Path(__file__).parents[1]
PYTHON = shlex.quote(sys.executable)
IDS = [one.id for one in registry()]

FILE = f"""
[healthy]
version = "echo one; echo two"
launch = "{PYTHON} -m reference_servers thread --port {{port}} --quiet"

[faulty]
prepare = "echo 3 > prepared"
launch = "sh -c 'test -f prepared && exec {PYTHON} -m reference_servers fork --port {{port}} --quiet --fault forgets-its-children'"

[[faulty.expected]]
id = "processes.no-zombies-after-a-queue-of-clients"
reason = "nobody told it about <wait>"
message = "N zombie"

[[faulty.expected]]
id = "processes.no-zombies-after-simultaneous-exits"
reason = "the same"
message = "after N rounds"

[unprepared]
prepare = "echo no luck >&2; false"
launch = "true {{port}}"

[absent]
programs = ["no-such-program"]
launch = "no-such-program {{port}}"
"""  # noqa: E501 - a command is one line


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    file = folder / "servers.toml"
    file.write_text(FILE)
    return subprocess.run(
        [sys.executable, "-m", "spec_tests", "--servers", str(file), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.timeout(240)
def test_many_servers_in_one_run(tmp_path: Path) -> None:
    page, report = tmp_path / "matrix.md", tmp_path / "report.json"
    done = run(tmp_path, "--report-markdown", str(page), "--report-json", str(report), "-k", "processes")
    told = json.loads(report.read_text())

    assert ["healthy", "faulty"] == [one["name"] for one in told["servers"]]
    assert ["one", ""] == [one["version"] for one in told["servers"]]
    assert ["unprepared", "absent"] == [one["name"] for one in told["not_run"]]
    assert "no luck" in told["not_run"][0]["reason"]
    assert "not installed: no-such-program" in done.stdout
    assert "| healthy | one | ack | thread |" in page.read_text()
    assert "nobody told it about &lt;wait>" in page.read_text()
    assert 1 == done.returncode, "what cannot be prepared is a failure"


@pytest.mark.timeout(240)
def test_those_that_are_named_by_their_addresses(tmp_path: Path) -> None:
    done = run(tmp_path, "healthy", "--by-address", "-k", "serves or restarts")

    assert "healthy: no failure in what was run" in done.stdout
    assert "not observed" in done.stdout, "an address gives no power to start and stop"
    assert "faulty" not in done.stdout
    assert 0 == done.returncode


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[a\n", "Expected ']'"),
        ("a = 5\n", "a: wanted a table, [a]"),
        ("[a]\nlaunch = 'x {port}'\ncolour = 'red'\n", "a: 'colour' is none of address, "),
        ("[a]\n", "a: wanted either launch or address"),
        ("[a]\nlaunch = 'x'\naddress = 'y'\n", "a: wanted either launch or address"),
        ("[a]\nlaunch = 'x'\nexpected = [{id = 'none.such'}]\n", "each [[expected]] has id, reason, message"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(text: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "servers.toml"
    file.write_text(text)

    with pytest.raises(BadOptionError) as told:
        read_catalogue(file, [], IDS)
    assert complaint in str(told.value)


def test_a_name_that_the_file_does_not_have_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "nobody")

    assert 2 == done.returncode
    assert "has no server 'nobody'; it has healthy, faulty" in done.stderr


def test_a_name_that_stands_where_pytest_would_take_it_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "-k", "serves_one_exchange", "healthy")

    assert 2 == done.returncode
    assert "healthy: the names of servers come first: --servers " in done.stderr


def test_the_public_servers_are_described_well() -> None:
    file = ROOT / "compatibility" / "servers.toml"
    entries = read_catalogue(file, [], IDS)

    assert len(entries) >= 16
    for name, values in tomllib.loads(file.read_text()).items():
        assert "version" in values, name
        for word in shlex.split(values["launch"]):
            if "{here}" in word and word.endswith((".sh", ".py", ".js")):
                assert Path(word.replace("{here}", str(file.parent))).exists(), word
