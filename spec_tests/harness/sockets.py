"""The sockets of this machine: who listens at an address, which connections of a port are in which state.

Asked of the kernel by sock_diag(7), which looks at nothing but what is asked for; /proc/net/tcp, proc_net(5),
has the kernel walk through all connections that there are. Where sock_diag is missing, /proc is read.
"""

import ipaddress
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from client_kit import Address, Transport

ESTABLISHED = 1
TIME_WAIT = 6
CLOSE_WAIT = 8
LISTEN = {"tcp": 10, "udp": 7}
"""The states of RFC 9293 as Linux counts them (tcp_states.h); an unconnected UDP socket counts as closed."""

KEEPALIVE = 2
"""A timer of a connection, in the words of inet_diag.h and proc_net(5)."""

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST_AND_DUMP = 0x301
NLMSG_ERROR, NLMSG_DONE = 2, 3
HEADER = struct.Struct("=LHHLL")
REQUEST = struct.Struct("=BBBBL")
SOCKET_ID = struct.Struct("!HH16s16s12s")
FIGURES = struct.Struct("=LLLLL")

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket of a known local port and state. One that nobody has accepted yet has inode 0."""

    host: IpAddress
    remote_port: int
    inode: int
    unread: int
    """Bytes that have come and that its process has not received; of a listening one, the connections."""
    has_keepalive: bool
    """Whether its keepalive timer runs; SO_KEEPALIVE of socket(7)."""


def listening_inodes(address: Address) -> set[int]:
    """The inodes of the sockets that listen at an address; several with SO_REUSEPORT."""
    hosts = {ipaddress.ip_address(host) for host in resolved(address)}
    return {
        one.inode
        for one in sockets(address.transport, address.port, LISTEN[address.transport])
        if one.host in hosts or one.host.is_unspecified
    }


def hosts_listening(address: Address) -> set[IpAddress]:
    """The hosts at which sockets listen on the port of an address of this machine; the address's among them."""
    if not listening_inodes(address):
        return set()
    return {one.host for one in sockets(address.transport, address.port, LISTEN[address.transport])}


def is_free(address: Address) -> bool:
    """Whether nobody listens at an address of this machine."""
    return not listening_inodes(address)


def has_time_wait(port: int) -> bool:
    """Whether a connection of this local port is in TIME_WAIT."""
    return bool(sockets("tcp", port, TIME_WAIT))


def established(port: int) -> list[Socket]:
    """The connections of this local port that are established."""
    return sockets("tcp", port, ESTABLISHED)


def has_read_all(port: int, remote_port: int) -> bool:
    """Whether a connection of this local port was accepted, and all that has come on it was received."""
    return any(one.inode and not one.unread for one in established(port) if one.remote_port == remote_port)


def close_waits(port: int, remote_ports: set[int]) -> int:
    """How many connections of this local port, with one of these peers, are in CLOSE_WAIT."""
    return sum(one.remote_port in remote_ports for one in sockets("tcp", port, CLOSE_WAIT))


def resolved(address: Address) -> list[str]:
    """The numeric hosts of an address. Raises OSError when its name has none."""
    kind = socket.SOCK_STREAM if address.transport == "tcp" else socket.SOCK_DGRAM
    return [str(found[4][0]) for found in socket.getaddrinfo(address.host, address.port, type=kind)]


def sockets(transport: Transport, port: int, state: int) -> list[Socket]:
    """The sockets of a local port that are in a state, in this network namespace."""
    try:
        return list(_from_sock_diag(transport, port, state))
    except OSError:
        return list(_from_proc(transport, port, state))


def _from_sock_diag(transport: Transport, port: int, state: int) -> Iterator[Socket]:
    protocol = socket.IPPROTO_TCP if transport == "tcp" else socket.IPPROTO_UDP
    wanted = SOCKET_ID.pack(port, 0, b"", b"", b"")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as kernel:
        for family in (socket.AF_INET, socket.AF_INET6):
            request = REQUEST.pack(family, protocol, 0, 0, 1 << state) + wanted
            length = HEADER.size + len(request)
            kernel.send(HEADER.pack(length, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_AND_DUMP, 0, 0) + request)
            for message in _messages(kernel):
                local, remote, host, *_ = SOCKET_ID.unpack_from(message, 4)
                _, unread, _, _, inode = FIGURES.unpack_from(message, 4 + SOCKET_ID.size)
                if local == port:
                    own = _host(host[:4] if family == socket.AF_INET else host)
                    yield Socket(own, remote, inode, unread, message[2] == KEEPALIVE)


def _messages(kernel: socket.socket) -> Iterator[bytes]:
    while True:
        answer = kernel.recv(65536)
        while answer:
            length, kind, *_ = HEADER.unpack_from(answer)
            if kind == NLMSG_DONE:
                return
            if kind == NLMSG_ERROR:
                raise OSError("sock_diag does not answer that")
            yield answer[HEADER.size : length]
            answer = answer[(length + 3) & ~3 :]


def _from_proc(transport: Transport, port: int, state: int) -> Iterator[Socket]:
    row = rf"^ *\d+: ([0-9A-F]+):{port:04X} [0-9A-F]+:([0-9A-F]{{4}}) {state:02X} (.*)"
    for name in (transport, f"{transport}6"):
        with suppress(OSError):
            rows = Path(f"/proc/thread-self/net/{name}").read_text("ascii")
            for host, remote_port, rest in re.findall(row, rows, re.MULTILINE):
                # 32-bit words, each in the byte order of the machine
                words = [bytes.fromhex(host[start : start + 8])[::-1] for start in range(0, len(host), 8)]
                queues, timer, _, _, _, inode, *_ = rest.split()
                own = _host(b"".join(words))
                unread, has_keepalive = int(queues[9:], 16), int(timer[:2], 16) == KEEPALIVE
                yield Socket(own, int(remote_port, 16), int(inode), unread, has_keepalive)


def _host(packed: bytes) -> IpAddress:
    host = ipaddress.ip_address(packed)
    return getattr(host, "ipv4_mapped", None) or host
