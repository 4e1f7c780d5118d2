"""What the system shows of a server: from its address to the processes behind it, and what these hold.

Read from /proc, as proc(5) describes it. What belongs to another user cannot be seen, and is left out.
"""

import ipaddress
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from client_kit import Address, Transport

LISTEN = {"tcp": "0A", "udp": "07"}
"""The state of a listening (UDP: an unconnected) socket in /proc/net; proc_net(5)."""
TIME_WAIT = "06"
CLOSE_WAIT = "08"

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Socket:
    """A row of /proc/net/tcp or /proc/net/udp. A socket that nobody has accepted yet has inode 0."""

    host: IpAddress
    port: int
    remote_port: int
    state: str
    inode: int


def sockets(transport: Transport) -> Iterator[Socket]:
    """All sockets of a transport in this network namespace."""
    for name in (transport, f"{transport}6"):
        with suppress(OSError):
            for row in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
                _, local, remote, state, *rest = row.split()
                host, _, port = local.partition(":")
                remote_port = int(remote.rpartition(":")[2], 16)
                yield Socket(_host(host), int(port, 16), remote_port, state, int(rest[5]))


def listening_inodes(address: Address) -> set[int]:
    """The inodes of the sockets that listen at an address; several with SO_REUSEPORT."""
    hosts = {ipaddress.ip_address(host) for host in resolved(address)}
    return {
        one.inode
        for one in sockets(address.transport)
        if one.port == address.port
        and one.state == LISTEN[address.transport]
        and (one.host in hosts or one.host.is_unspecified)
    }


def is_free(address: Address) -> bool:
    """Whether nobody listens at an address of this machine."""
    return not listening_inodes(address)


def has_time_wait(port: int) -> bool:
    """Whether a connection of this local port is in TIME_WAIT."""
    return any(one.port == port and one.state == TIME_WAIT for one in sockets("tcp"))


def close_waits(port: int, remote_ports: set[int]) -> int:
    """How many connections of this local port, with one of these peers, are in CLOSE_WAIT."""
    return sum(
        one.port == port and one.remote_port in remote_ports and one.state == CLOSE_WAIT
        for one in sockets("tcp")
    )


def resolved(address: Address) -> list[str]:
    """The numeric hosts of an address. Raises OSError when its name has none."""
    kind = socket.SOCK_STREAM if address.transport == "tcp" else socket.SOCK_DGRAM
    return [str(found[4][0]) for found in socket.getaddrinfo(address.host, address.port, type=kind)]


def holders(inodes: set[int]) -> list[psutil.Process]:
    """The processes that hold one of these sockets, of those that may be looked into."""
    links = {f"socket:[{inode}]" for inode in inodes}
    return [process for process in psutil.process_iter() if links & set(_descriptors(process.pid))]


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


class ProcessTree:
    """A server's processes: the root and all that descends from it, at any moment."""

    def __init__(self, root: psutil.Process) -> None:
        self.root = root

    def members(self) -> list[psutil.Process]:
        """The processes that are there now."""
        with suppress(psutil.Error):
            return [self.root, *self.root.children(recursive=True)]
        return []

    def signal(self, number: int) -> None:
        """Send a signal to the root, if it is there still."""
        with suppress(psutil.Error):
            self.root.send_signal(number)

    def running(self) -> int:
        """How many members have not ended."""
        return len(self.members()) - len(self.zombies())

    def zombies(self) -> list[str]:
        """The children that have ended and that no member has waited for, each in words; wait(2)."""
        found = []
        for process in self.members():
            with suppress(psutil.Error):
                if process.status() == psutil.STATUS_ZOMBIE:
                    found.append(f"zombie {process.pid} of process {process.ppid()}")
        return found

    def descriptors(self) -> int:
        """How many descriptors the members hold together."""
        return sum(len(_descriptors(process.pid)) for process in self.members())

    def threads(self) -> int:
        """How many threads the members have together: one at least for each that has not ended."""
        count = 0
        for process in self.members():
            with suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE:
                    count += process.num_threads()
        return count

    def __str__(self) -> str:
        return f"process {described(self.root)}"


def described(process: psutil.Process) -> str:
    """A process in words: its id and its command."""
    with suppress(psutil.Error):
        return f"{process.pid} ({' '.join(process.cmdline())[:120] or process.name()})"
    return str(process.pid)


def _descriptors(pid: int) -> list[str]:
    """What the descriptors of a process refer to; nothing if it may not be looked into."""
    found = []
    with suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
    return found


def _host(text: str) -> IpAddress:
    """Read an address as /proc/net prints it: 32-bit words, each in the byte order of the machine."""
    words = [bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8)]
    host = ipaddress.ip_address(b"".join(words))
    if isinstance(host, ipaddress.IPv6Address) and host.ipv4_mapped:
        return host.ipv4_mapped
    return host
