"""The line at the foot of a terminal while a run lasts: how far it is, and what is being asked at the moment.

Each worker asks one requirement at a time, so there is one of them for each worker. The line is painted again
and again by a thread of its own; whoever writes something else hides it meanwhile. A run of many servers lends
its terminal to the run of each.
"""

import os
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from spec_tests.harness.registry import registry
from spec_tests.harness.verdicts import Verdict

EVERY = 0.5
"""Seconds between two paintings."""

TOLD = (
    Verdict.PASSED,
    Verdict.EXPECTED,
    Verdict.FAILED,
    Verdict.BLOCKED,
    Verdict.ADVISED,
    Verdict.INCONCLUSIVE,
)
"""The verdicts that are counted in the line."""

ERASE = "\r\x1b[K"

LENT = "ACCEPTSPEC_TERMINAL"
"""The environment variable that says on which descriptor a terminal is, and how the line is to begin."""


@dataclass(frozen=True, slots=True)
class Pane:
    """Where the line is painted."""

    write: Callable[[str], object]
    width: Callable[[], int]
    label: str = ""


def own_pane(terminal: pytest.TerminalReporter) -> Pane | None:
    """The terminal of this run; None if it has none."""
    if not terminal.isatty:
        return None
    return Pane(lambda text: terminal.write(text, flush=True), lambda: shutil.get_terminal_size().columns)


def lent_pane() -> Pane | None:
    """The terminal that was lent to this run; None if none was."""
    number, _, label = os.environ.pop(LENT, "").partition(":")
    if not number:
        return None
    terminal = int(number)
    return Pane(
        lambda text: os.write(terminal, text.encode()), lambda: os.get_terminal_size(terminal).columns, label
    )


@contextmanager
def lend_terminal(label: str) -> Iterator[dict[str, Any]]:
    """Give what subprocess needs to lend our terminal to a run; nothing if we have none."""
    if not sys.stdout.isatty():
        yield {}
        return
    terminal = os.dup(sys.stdout.fileno())  # the run has another stdout, of the same number
    try:
        os.write(terminal, f"{ERASE}{label}".encode())
        yield {"pass_fds": (terminal,), "env": os.environ | {LENT: f"{terminal}:{label}"}}
    finally:
        os.write(terminal, ERASE.encode())
        os.close(terminal)


def told(
    elapsed: float, total: int, verdicts: Mapping[Verdict, int], asked: Sequence[tuple[str, float]], width: int
) -> str:
    """The line: seconds since the beginning, verdicts so far, and what is asked for how many seconds now."""
    minutes, seconds = divmod(int(elapsed), 60)
    counts = ", ".join(f"{verdicts[one]} {one}" for one in TOLD if verdicts.get(one))
    parts = [f"{minutes}:{seconds:02}  {sum(verdicts.values())}/{total}", counts]
    parts += [f"{name} {since:.0f} s" for name, since in asked]
    line = " | ".join(filter(None, parts))
    return line if len(line) < width else f"{line[: width - 2]}…"


class LiveLine:
    """A plugin of the reporting process, where there is a terminal."""

    def __init__(self, pane: Pane, total: int, servers: int) -> None:
        self._pane = pane
        self._total = total
        self._names_server = servers > 1
        self._ids = {one.test_name: one.id for one in registry()}
        self._asked: dict[str, tuple[str, float]] = {}
        self._verdicts: Counter[Verdict] = Counter()
        self._started = time.monotonic()
        self._lock = threading.RLock()
        self._is_over = threading.Event()
        self._painter = threading.Thread(target=self._paint, name="live line", daemon=True)
        self._painter.start()

    def count(self, verdict: Verdict) -> None:
        """Take note of a verdict."""
        self._verdicts[verdict] += 1

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Take the line away as long as something else is written."""
        with self._lock:
            self._write(ERASE)
            yield

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Take note of what a worker asks now."""
        name, _, server = nodeid.rpartition("::")[2].partition("[")
        if found := self._ids.get(name):
            told_of = f"{found} of {server.rstrip(']')}" if self._names_server else found
            with self._lock:
                self._asked[nodeid] = (told_of, time.monotonic())

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Take note that it has its answer."""
        with self._lock:
            self._asked.pop(nodeid, None)

    def finish(self) -> None:
        """Take the line away for good."""
        self._is_over.set()
        self._painter.join()
        with self.hidden():
            pass

    def _paint(self) -> None:
        while not self._is_over.wait(EVERY):
            now = time.monotonic()
            with self._lock:
                asked = [(name, now - since) for name, since in self._asked.values()]
                label = f"{self._pane.label} " if self._pane.label else ""
                width = self._pane.width() - len(label)
                line = told(now - self._started, self._total, self._verdicts, asked, width)
                self._write(f"{ERASE}{label}{line}")

    def _write(self, text: str) -> None:
        self._pane.write(text)
