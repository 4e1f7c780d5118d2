"""One run of a launched server: its process or the daemon that it left, how it ends, and what it leaves.

Every server is launched through a guardian (guarding.py), so nothing that was started here outlives us. Its
output is always drained (output.py).
"""

import os
import re
import signal
from collections.abc import Mapping
from contextlib import suppress

import psutil

from client_kit import Address
from spec_tests.harness import guarding
from spec_tests.harness.asynchronous import eventually
from spec_tests.harness.output import Output
from spec_tests.harness.processes import described, holders, root_of
from spec_tests.harness.sockets import listening_inodes

LONGEST_BUSY = 0.5
"""Seconds until one that never falls asleep is not waited for any more: well below any ceiling, for it may be
meant to poll, and nobody's bytes show meanwhile that a test gets on.
"""


class Instance:
    """One run of a server. Ended or not, it must be closed."""

    def __init__(
        self,
        command: list[str],
        address: Address,
        cwd: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.address = address
        self._guarded = guarding.launch(command, cwd, environment)
        self.output = Output(self._guarded.output)
        os.set_blocking(self._guarded.status, False)
        self._told = b""
        self._is_closed = False
        self._daemon: psutil.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process id of what was launched, once it is known; of the daemon that it left, if it did."""
        return self._daemon.pid if self._daemon else self._number("started")

    @property
    def failed(self) -> int | None:
        """The errno with which the launch failed, if it did."""
        return self._number("failed")

    @property
    def end(self) -> str:
        """How the launched process ended: "status 1", "signal SIGKILL"; "" while it runs."""
        if self._daemon:
            return "" if self._daemon.is_running() else "a status that nobody knows, for it was a daemon"
        if count := self._number("overgrown"):
            return f"{count:,} processes: it forks without end, and was killed"
        status = self._number("ended")
        if status is None:
            return ""
        if os.WIFSIGNALED(status):
            return f"signal {signal.Signals(os.WTERMSIG(status)).name}"
        has_read = any("EOF when reading a line" in line for line in self.output.last(5))
        hint = " (it read from its standard input, which is /dev/null)" if has_read else ""
        return f"status {os.WEXITSTATUS(status)}{hint}"

    @property
    def is_decided(self) -> bool:
        """Whether it listens, and its process is known (it may be faster than its guardian); or never will."""
        # what was launched may have ended, and its daemon not: the guardian knows when nothing is left
        is_over = self._number("alone") or self._number("overgrown") or self.failed
        return bool((self.pid and listening_inodes(self.address)) or is_over)

    @property
    def listeners(self) -> int:
        """How many sockets listen at its address: several with SO_REUSEPORT."""
        return len(listening_inodes(self.address))

    @property
    def is_daemon(self) -> bool:
        """Whether it went into the background: what was launched has ended, and a descendant listens."""
        return self._daemon is not None

    def find_daemon(self) -> None:
        """Look, once it listens, whether it went into the background."""
        pid = self._number("started")
        if self._number("ended") is not None or (pid and not psutil.pid_exists(pid)):
            self._daemon = root_of(holders(listening_inodes(self.address)))

    async def fall_asleep(self) -> None:
        """Wait until its first process waits for something, or has ended; not for ever, if it never does."""
        await eventually(lambda: self.is_asleep, LONGEST_BUSY)

    @property
    def is_asleep(self) -> bool:
        """Whether its first process waits for something, or has ended."""
        try:
            return self.pid is None or _is_asleep(psutil.Process(self.pid))
        except psutil.NoSuchProcess:
            return True

    async def all_fall_asleep(self) -> None:
        """The same for all of its processes: children may be sent a signal when the first one ends."""
        await eventually(lambda: self.is_asleep and all(map(_is_asleep, self.descendants())), LONGEST_BUSY)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server's first process, not to its children."""
        if self.pid and not self.end:
            os.kill(self.pid, number)

    def descendants(self) -> list[psutil.Process]:
        """All processes that were started by the launched one, and itself, wherever they have gone."""
        try:
            return psutil.Process(self._guarded.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def described_descendants(self) -> list[str]:
        """The same in words."""
        return [described(process) for process in self.descendants()]

    def close(self) -> None:
        """Kill what is left, and wait until it has gone."""
        os.close(self._guarded.lifeline)
        os.set_blocking(self._guarded.status, True)
        while told := os.read(self._guarded.status, 4096):
            self._told += told
        self.output.wait_for_end(1)
        os.close(self._guarded.status)
        self._is_closed = True

    def _number(self, event: str) -> int | None:
        if not self._is_closed:
            with suppress(BlockingIOError):
                self._told += os.read(self._guarded.status, 4096)
        found = re.search(rb"%s (\d+)\n" % event.encode(), self._told)
        return int(found[1]) if found else None


def _is_asleep(process: psutil.Process) -> bool:
    try:
        return process.status() in (psutil.STATUS_SLEEPING, psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
