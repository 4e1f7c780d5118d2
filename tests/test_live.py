"""The live line: what it says, and that it is there in a terminal and nowhere else."""

import fcntl
import os
import re
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from spec_tests.harness.report.live import told
from spec_tests.harness.verdicts import Verdict

COUNTS = {Verdict.PASSED: 31, Verdict.FAILED: 1, Verdict.NOT_APPLICABLE: 2}
ASKED = [("concurrency.clients-meet", 0.8), ("overload.takes-turns", 3.1)]


def test_it_says_how_far_the_run_is_and_what_each_worker_asks() -> None:
    line = told(72.4, 112, COUNTS, ASKED, width=120)

    assert line == (
        "1:12  34/112 | 31 passed, 1 failed | concurrency.clients-meet 1 s | overload.takes-turns 3 s"
    )


@pytest.mark.parametrize("width", [20, 40, 80])
def test_it_never_reaches_the_last_column(width: int) -> None:
    assert width > len(told(72.4, 112, COUNTS, ASKED, width))


MODULE = (sys.executable, "-m", "spec_tests")
CHOSEN = (
    *("-p", "no:cacheprovider", "-k"),
    "serves_one_exchange or waits_for_the_client_to_speak or tolerates_an_idle_client",
)
COMMAND = (
    *(*MODULE, "--launch", f"{sys.executable} -m reference_servers thread --port {{port}}"),
    *CHOSEN,
)
"""A run that takes longer than the line waits before it is painted first."""


def seen_in_a_terminal(*command: str) -> str:
    """What a run writes to a terminal of 100 columns."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "CI"}}
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as run:
        os.close(theirs)
        seen = b""
        try:
            while piece := os.read(ours, 65_536):
                seen += piece
        except OSError:  # EIO: the other side has closed
            pass
        finally:
            os.close(ours)
        assert 0 == run.wait(60)
    return seen.decode()


def shown(line: str) -> str:
    """What is left of a line in the end: what comes after a carriage return is written over it."""
    left = ""
    for part in re.sub(r"\x1b\[[0-9;]*m", "", line).split("\r"):
        left = part.removeprefix("\x1b[K") if part.startswith("\x1b[K") else part + left[len(part) :]
    return left


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_in_a_terminal_it_is_painted_and_taken_away(options: tuple[str, ...]) -> None:
    seen = seen_in_a_terminal(*COMMAND, *options)
    painted = re.findall(r"\r\x1b\[K([^\r\n]+)", seen)

    assert [line for line in painted if re.match(r"\d:\d\d  \d/3 \|.* [a-z]+\.[a-z-]+ \d s", line)]
    left = [shown(line) for line in seen.split("\n")]
    assert not [line for line in left if re.match(r"\d:\d\d  \d", line)]
    assert 3 == sum("passed" in line for line in left if "/3" in line)


def test_a_run_of_many_servers_shows_it_for_each(tmp_path: Path) -> None:
    file = tmp_path / "servers.toml"
    launch = f"{shlex.quote(sys.executable)} -m reference_servers thread --port {{port}}"
    file.write_text(f"[one]\nlaunch = {launch!r}\n[two]\nlaunch = {launch!r}\n")
    seen = seen_in_a_terminal(*MODULE, "--servers", str(file), *CHOSEN)
    painted = re.findall(r"\r\x1b\[K([^\r\n]+)", seen)

    for label in ("one 1/2", "two 2/2"):
        assert [line for line in painted if re.match(rf"{label} \d:\d\d  \d/3 \|.* [a-z]+\.[a-z-]+ \d s", line)]
    left = [shown(line) for line in seen.split("\n")]
    assert not [line for line in left if re.match(r"(one|two) \d/2 ", line)]
    assert {"one: no failure", "two: no failure"} == {line[:15] for line in left if "no failure" in line}


def test_elsewhere_there_is_nothing_of_it() -> None:
    run = subprocess.run(COMMAND, capture_output=True, text=True, check=True, timeout=60)

    assert "\x1b" not in run.stdout
    assert 3 == sum("passed" in line for line in run.stdout.splitlines() if "/3" in line)
