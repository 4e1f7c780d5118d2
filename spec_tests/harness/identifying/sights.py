"""What the system shows of a server while clients are held: who serves them, and how its tasks wait.

Read from /proc/PID, as proc(5) describes it; needs the right to look into the processes.
"""

import platform
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from spec_tests.harness.processes import ProcessTree
from spec_tests.harness.sockets import ESTABLISHED, sockets

POLLING = {
    "x86_64": {7, 23, 232, 270, 271, 281, 441},
    "aarch64": {22, 72, 73, 441},
}
"""poll, select, epoll_wait, pselect6, ppoll, epoll_pwait, epoll_pwait2 in /proc/PID/task/TID/syscall."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A moment of a server: its clients, and its processes."""

    held: int
    """Clients that are connected and were not turned away."""
    served: int
    """Clients that were answered; of a dialect without an exchange that lasts, those that were accepted."""
    processes: int
    threads: int
    owners: int = 0
    """Processes that hold a client's connection."""
    watched: int = 0
    """Clients whose connection is in an epoll set."""
    is_polling: bool = False
    """Whether a task of an owner waits in poll, select or epoll_wait."""
    lost: int = 0
    """Clients that were answered, and are connected no longer."""


def look(tree: ProcessTree, port: int, clients: Iterable[int], served: set[int] | None) -> Sight:
    """Look at a server that listens at `port`; its clients have these ports, and it has `served` those."""
    ports = set(clients)
    connections = [one for one in sockets("tcp", port, ESTABLISHED) if one.remote_port in ports]
    connected = {one.remote_port for one in connections}
    accepted = {one.inode for one in connections if one.inode}
    members = [one for one in tree.members() if _is_alive(one)]
    owners: set[int] = set()
    watched: set[int] = set()
    for process in members:
        places = {inode: number for number, inode in _sockets_of(process.pid) if inode in accepted}
        if not places:
            continue
        owners.add(process.pid)
        in_sets = set(_watched(process.pid))
        watched |= {inode for inode, number in places.items() if number in in_sets}
    return Sight(
        held=len(connections),
        served=len(accepted) if served is None else len(served),
        processes=len(members),
        threads=sum(_threads(one) for one in members),
        owners=len(owners),
        watched=len(watched),
        is_polling=any(_polls(pid) for pid in owners),
        lost=len((served or set()) - connected),
    )


def _is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _threads(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.num_threads())
    return 0


def _links(pid: int) -> Iterator[tuple[int, str]]:
    with suppress(OSError):
        for place in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield int(place.name), str(place.readlink())


def _sockets_of(pid: int) -> Iterator[tuple[int, int]]:
    """The descriptors of a process that are sockets, each with its inode."""
    for number, link in _links(pid):
        if link.startswith("socket:["):
            yield number, int(link[8:-1])


def _watched(pid: int) -> Iterator[int]:
    """The descriptors that are in an epoll set of a process; epoll(7), proc_pid_fdinfo(5)."""
    for number, link in _links(pid):
        if "eventpoll" in link:
            with suppress(OSError):
                for row in Path(f"/proc/{pid}/fdinfo/{number}").read_text().splitlines():
                    if row.startswith("tfd:"):
                        yield int(row.split()[1])


def _polls(pid: int) -> bool:
    numbers = POLLING.get(platform.machine(), set())
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                word = (task / "syscall").read_text().split()[0]
                if word.isdigit() and int(word) in numbers:
                    return True
    return False
