"""Servers that do their worst: a verdict for every requirement, in bounded time and memory."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.alone

CEILING = 150
"""Seconds that a run is given on a busy machine; on a quiet one none needs more than a minute."""

MEMORY = 400 * 1024
"""KiB that any process of a run may take at the most: against an ordinary server it is 240 MiB."""

NOT_SERVED = "connecting.serves-one-exchange"

ONE_CAUSE = {
    "floods": ("connecting.waits-for-the-client-to-speak", "the server sent b'flood flood"),
    "never-reads": (NOT_SERVED, "sent nothing for 6 s"),
    "drips": ("connecting.serves-one-after-another", "it was not decided within 7.5 s"),
    "sends-a-gibibyte": (NOT_SERVED, "wrong reply at offset 0"),
    "never-answers": (NOT_SERVED, "sent nothing for 6 s"),
    "closes-at-once": (NOT_SERVED, "the first client was not served"),
    "resets-at-once": (NOT_SERVED, "reset the connection"),
    "dies-in-mid-reply": (NOT_SERVED, "2 reply bytes had come"),
}
"""Each of these fails one requirement, with these words, and all else is blocked."""

MANY = {
    "dies-after-three": ("connecting.serves-one-after-another", "it ended with status 3"),
    "closes-its-listener": ("concurrency.many-clients-meet", "refused"),
    "forks-without-end": ("", "it forks without end, and was killed"),
    "hoards-zombies": ("processes.no-zombies-after-a-queue-of-clients", "zombie"),
    "answers-another": ("concurrency.replies-reach-their-own-client", "wrong reply at offset"),
    "hangs-later": ("", "the server no longer answers"),
    "ignores-sigterm": ("lifecycle.stops-on-request", "after SIGTERM the server is still running"),
}
"""Each of these fails this requirement (or any, where luck decides), with these words, among others perhaps."""

WELL = ("daemonises", "writes-a-gigabyte")


def run(name: str, folder: Path) -> tuple[dict[str, dict[str, Any]], int, str]:
    """Test a server that misbehaves; return its findings, the exit status and what was printed."""
    server = f"{shlex.quote(sys.executable)} {ROOT / 'tests' / 'misbehaving.py'} {name} {{port}}"
    report, log = folder / "report.json", folder / "log"
    command = [sys.executable, "-m", "spec_tests", "--launch", server, "--dialect", "echo", "--model", "thread"]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*command, "--report-json", str(report)],
            stdout=output,
            stderr=output,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as process,
    ):
        try:
            status = process.wait(CEILING)
        finally:
            process.kill()
    printed = log.read_text()
    found = {row["id"]: row for row in json.loads(report.read_text())["requirements"]}
    assert "Traceback" not in printed.replace("tests/misbehaving.py", ""), printed
    assert "not run" not in {row["verdict"] for row in found.values()}
    return found, status, printed


@pytest.mark.timeout(CEILING + 30)
@pytest.mark.parametrize("name", ONE_CAUSE)
def test_one_cause_is_told_once(name: str, tmp_path: Path) -> None:
    culprit, message = ONE_CAUSE[name]
    found, status, _ = run(name, tmp_path)
    failed = [row["id"] for row in found.values() if row["verdict"] == "failed"]
    verdicts = {row["verdict"] for row in found.values()}

    assert [culprit] == failed
    assert verdicts == {"failed", "blocked", "not applicable"}
    assert message in found[culprit]["reason"]
    assert 1 == status


@pytest.mark.timeout(CEILING + 30)
@pytest.mark.parametrize("name", MANY)
def test_what_it_did_is_said(name: str, tmp_path: Path) -> None:
    requirement, message = MANY[name]
    found, status, _ = run(name, tmp_path)

    wrong = [row["id"] for row in found.values() if row["verdict"] in ("failed", "advised", "blocked")]
    assert requirement in wrong if requirement else wrong, found.get(requirement)
    assert message in "\n".join(row["reason"] for row in found.values())
    assert 1 == status


@pytest.mark.timeout(CEILING + 30)
@pytest.mark.parametrize("name", WELL)
def test_what_is_unusual_but_right_passes(name: str, tmp_path: Path) -> None:
    found, status, printed = run(name, tmp_path)

    assert not [row for row in found.values() if row["verdict"] in ("failed", "blocked")], printed
    assert 0 == status


@pytest.mark.timeout(CEILING + 30)
@pytest.mark.parametrize("name", ["floods", "sends-a-gibibyte", "writes-a-gigabyte"])
def test_what_a_server_sends_does_not_fill_our_memory(name: str, tmp_path: Path) -> None:
    # Not RUSAGE_SELF: Linux begins ru_maxrss of a new process with the peak of the one that started it, pytest.
    code = "import resource, sys; from spec_tests.__main__ import main; main(sys.argv[1:]);"
    code += "own = next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM:'));"
    code += "print('KiB', max(int(own), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))"
    server = f"{shlex.quote(sys.executable)} {ROOT / 'tests' / 'misbehaving.py'} {name} {{port}}"
    done = subprocess.run(
        [sys.executable, "-c", code, "--launch", server, "-n", "2", "-q"],
        capture_output=True,
        text=True,
        check=False,
        timeout=CEILING,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
    )

    assert int(done.stdout.split()[-1]) < MEMORY
