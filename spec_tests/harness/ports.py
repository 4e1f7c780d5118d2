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


class Ports:
    """Gives out ports, the one that was given out longest ago first.

    A port that comes back soon may have something of its last server left: a lock file, a connection in
    TIME_WAIT.
    """

    def __init__(self, ports: range) -> None:
        self._ports = deque(random.sample(ports, len(ports)))  # random against other runs on this machine

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
    """The ports of this process: below those that the system gives to clients, ip(7), and shared out by worker.

    Two workers that launch at the same moment do not pick the same port, since they have none in common.
    """
    lowest_ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    highest = lowest_ephemeral - 1 if lowest_ephemeral > LOWEST + 2000 else HIGHEST
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return Ports(range(LOWEST + worker % count_workers(), highest, count_workers()))


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
