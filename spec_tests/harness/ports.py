"""Ports for launched servers: one that nobody holds, and not the one that was given out a moment ago."""

import os
import random
import socket
from collections import deque
from functools import cache
from pathlib import Path

from client_kit import ResourcesExhausted, Transport

LOWEST = 10000
HIGHEST = 65535
SHARES = 64
"""So many processes of this machine may launch servers at a time without a port in common."""
CLAIM = "\0acceptspec: ports, share {}"
"""Whoever has bound a socket to this address of unix(7) has that share."""


class Ports:
    """Gives out ports, the one that was given out longest ago first.

    A port that comes back soon may have something of its last server left: a lock file, a connection in
    TIME_WAIT.
    """

    def __init__(self, ports: range, claim: socket.socket | None = None) -> None:
        self._ports = deque(random.sample(ports, len(ports)))
        self.claim = claim  # open for as long as these ports are ours

    def free(self, transport: Transport, host: str) -> int:
        """A port that nobody holds. Raises `ResourcesExhausted`."""
        for _ in range(len(self._ports)):
            port = self._ports[0]
            self._ports.rotate(-1)
            if _is_free(transport, host, port):
                return port
        raise ResourcesExhausted(f"none of {len(self._ports):,} ports of {host} is free")


@cache
def own_ports() -> Ports:
    """The ports of this process: a share of those below the ones that the system gives to clients, ip(7).

    Two processes that launch at the same moment do not pick the same port, and take each other's server for
    their own, since they have none in common. A share is claimed by an address of the abstract namespace,
    unix(7): that belongs to the network namespace, as ports do, and is free again when its process ends.
    """
    lowest_ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = range(LOWEST, lowest_ephemeral if lowest_ephemeral > LOWEST + 2000 else HIGHEST + 1)
    for share in range(SHARES):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(CLAIM.format(share))
        except OSError:
            claim.close()
        else:
            return Ports(ports[share::SHARES], claim)
    return Ports(ports)  # so many processes may get in each other's way


def count_workers() -> int:
    """How many workers launch servers at the same time."""
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


def _is_free(transport: Transport, host: str, port: int) -> bool:
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
