"""What the system shows of a server: from its sockets to the processes behind them, and what these hold.

Read from /proc, as proc(5) describes it. What belongs to another user cannot be seen, and is left out.
"""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import NamedTuple

import psutil

from spec_tests.harness import guardian


def holders(inodes: set[int]) -> list[psutil.Process]:
    """The processes that hold one of these sockets, of those that may be looked into."""
    links = {f"socket:[{inode}]" for inode in inodes}
    return [process for process in psutil.process_iter() if links & set(_descriptors(process.pid).values())]


def root_of(processes: list[psutil.Process]) -> psutil.Process | None:
    """The process that the others descend from: the shallowest, and upwards while the command is the same."""
    depths = []
    for process in processes:
        with suppress(psutil.Error):  # it may have ended since
            depths.append((len(process.parents()), process.pid, process))
    if not depths:
        return None
    root = min(depths)[2]
    with suppress(psutil.Error):
        while (parent := root.parent()) and parent.cmdline() == root.cmdline():
            root = parent
    return root


ProcessError = psutil.Error
"""A process has ended, or may not be looked into or touched."""

STANDARD_ERROR = 2
LOOK = 0.02
"""Seconds between two looks at the members, of which so many are taken at the most."""
LOOKS = 20
UNCONNECTED = (psutil.CONN_LISTEN, psutil.CONN_NONE)


class Zombie(NamedTuple):
    """A child that has ended and that its parent has not waited for; wait(2)."""

    pid: int
    parent: int

    def __str__(self) -> str:
        return f"zombie {self.pid} of process {self.parent}"


class ProcessTree:
    """A server's processes: the root and all that descends from it, at any moment."""

    def __init__(self, root: psutil.Process) -> None:
        self.root = root

    @property
    def name(self) -> str:
        """The name of the root's program; "" if it has ended."""
        with suppress(psutil.Error):
            return str(self.root.name())
        return ""

    def members(self) -> list[psutil.Process]:
        """The processes that are there now; they are not looked for among all that the system has."""
        if not self.root.is_running():
            return []
        found = [self.root]
        for pid in guardian.descendants(self.root.pid):
            with suppress(psutil.Error):
                found.append(psutil.Process(pid))
        return found

    def signal_root(self, number: int) -> None:
        """Send a signal to the root, if it is there still."""
        _send([self.root], [number])

    def signal_all(self, *numbers: int) -> None:
        """Send signals, one after the other, to every member that has not ended."""
        _send([one for one in self.members() if _is_alive(one)], numbers)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Hold the members by SIGSTOP, and let those go on by SIGCONT."""
        held = self.members()
        _send(held, [signal.SIGSTOP])
        try:
            yield
        finally:
            _send(held, [signal.SIGCONT])

    @contextmanager
    def no_descriptor_left(self) -> Iterator[None]:
        """Lower RLIMIT_NOFILE of the members to what they have open; prlimit(2). Raises ProcessError."""
        before: list[tuple[psutil.Process, tuple[int, int]]] = []
        try:
            for process in self._settled():
                with suppress(psutil.NoSuchProcess):  # who serves a client may just have ended
                    limits = process.rlimit(psutil.RLIMIT_NOFILE)
                    before.append((process, limits))
                    process.rlimit(psutil.RLIMIT_NOFILE, (process.num_fds(), limits[1]))
            yield
        finally:
            for process, limits in before:
                with suppress(psutil.Error):
                    process.rlimit(psutil.RLIMIT_NOFILE, limits)

    def _settled(self) -> list[psutil.Process]:
        """The members, once none is being started: it would inherit a limit, and keep it."""
        members = self.members()
        for _ in range(LOOKS):
            time.sleep(LOOK)
            before, members = members, self.members()
            if before == members:
                break
        return members

    def workers(self) -> list[psutil.Process]:
        """The members but the root that have not ended."""
        return [one for one in self.members()[1:] if _is_alive(one)]

    def running(self) -> int:
        """How many members have not ended."""
        return len(self.members()) - len(self.zombies())

    def zombies(self) -> set[Zombie]:
        """The children that have ended and that no member has waited for."""
        found = set()
        for process in self.members():
            with suppress(psutil.Error):
                if process.status() == psutil.STATUS_ZOMBIE:
                    found.add(Zombie(process.pid, process.ppid()))
        return found

    def descriptors(self) -> int:
        """How many descriptors the members hold together."""
        return sum(len(_descriptors(process.pid)) for process in self.members())

    def highest_descriptor(self) -> int:
        """The highest number of a descriptor of any member; -1 if none can be seen."""
        return max((max(_descriptors(one.pid), default=-1) for one in self.members()), default=-1)

    def threads(self) -> int:
        """How many threads the members have together: one at least for each that has not ended."""
        count = 0
        for process in self.members():
            with suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE:
                    count += process.num_threads()
        return count

    def memory(self) -> int:
        """How many bytes of memory the members hold together, resident; what they share counts for each."""
        count = 0
        for process in self.members():
            with suppress(psutil.Error):
                count += process.memory_info().rss
        return count

    def processor_seconds(self) -> float:
        """How much of the processor's time the members have taken until now, in seconds."""
        taken = 0.0
        for process in self.members():
            with suppress(psutil.Error):
                times = process.cpu_times()
                taken += times.user + times.system
        return taken

    def __str__(self) -> str:
        return f"process {described(self.root)}"


def _send(processes: list[psutil.Process], numbers: Sequence[int]) -> None:
    for number, process in product(numbers, processes):
        with suppress(psutil.Error):
            process.send_signal(number)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def ports_of(processes: list[psutil.Process]) -> set[int]:
    """The local ports of their sockets that no connection has: where they listen, or receive datagrams."""
    ports = set()
    for process in processes:
        with suppress(psutil.Error):
            ports |= {one.laddr.port for one in process.net_connections("inet") if one.status in UNCONNECTED}
    return ports


def inheritable_sockets(tree: ProcessTree) -> list[str]:
    """The sockets of the members that stay open across execve(2), in words; standard streams are meant to."""
    found = []
    for process in tree.members():
        for number, what in _descriptors(process.pid).items():
            is_socket = what.startswith("socket:") and number > STANDARD_ERROR
            if is_socket and not _closes_on_exec(process.pid, number):
                found.append(f"descriptor {number} of process {process.pid}")
    return found


def _closes_on_exec(pid: int, number: int) -> bool:
    """What proc_pid_fdinfo(5) says of a descriptor; true if it has gone."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/fdinfo/{number}").read_text(encoding="ascii", errors="replace")
        flags = next((line.split()[1] for line in text.splitlines() if line.startswith("flags:")), "")
        return bool(int(flags or "0", 8) & os.O_CLOEXEC)
    return True


def described(process: psutil.Process) -> str:
    """A process in words: its id and its command."""
    with suppress(psutil.Error):
        words = " ".join(" ".join(process.cmdline()).split())  # a title may be padded with spaces
        return f"{process.pid} ({words[:120] or process.name()})"
    return str(process.pid)


def _descriptors(pid: int) -> dict[int, str]:
    """The descriptors of a process, and what they refer to; nothing if it may not be looked into."""
    found: dict[int, str] = {}
    with suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
    return found
