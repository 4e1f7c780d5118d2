"""Looks whether the server is there at all, before anything is asked, and says in one line if it is not.

A server that runs here is looked up in the system's tables: a visit would be one client too many for a
server that serves only one.
"""

import os
import socket
from contextlib import suppress

import psutil

from client_kit import Address
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.processes import described, holders
from spec_tests.harness.sockets import listening_inodes


class PreflightError(Exception):
    """There is no server to ask; one line says why."""


def check_server(description: Description, limits: Limits) -> None:
    """Raise PreflightError if an addressed server does not listen there; a launch tells by itself."""
    if description.address and not description.launch:
        _look_for(description.address, limits.patience)
        if description.pid:
            _check_pid(description.pid, description.address)


def _check_pid(pid: int, address: Address) -> None:
    """Complain if the process has nothing to do with the address, or may not be looked into."""
    name = described(psutil.Process(pid))
    if not os.access(f"/proc/{pid}/fd", os.R_OK | os.X_OK):
        raise PreflightError(f"--pid {name}: it is another user's, and may not be looked into")
    inodes = listening_inodes(address)
    family = {pid} | {child.pid for child in psutil.Process(pid).children(recursive=True)}
    found = holders(inodes)
    if inodes and found and not family & {one.pid for one in found}:
        raise PreflightError(f"--pid {name} does not hold {address}: {described(found[0])} does")


def _look_for(address: Address, patience: float) -> None:
    try:
        if listening_inodes(address):
            return
    except OSError as error:
        raise PreflightError(f"{address}: its host has no address ({error.strerror})") from error
    kind = socket.SOCK_STREAM if address.transport == "tcp" else socket.SOCK_DGRAM
    family, *_, target = socket.getaddrinfo(address.host, address.port, type=kind)[0]
    with socket.socket(family, kind) as visitor:
        visitor.settimeout(patience)
        try:
            visitor.connect(target)
            if address.transport == "udp":
                _ask_for_refusal(visitor)
        except ConnectionRefusedError as error:
            raise PreflightError(f"nothing listens at {address}: the connection was refused") from error
        except OSError as error:
            reason = error.strerror or os.strerror(error.errno) if error.errno else str(error)
            raise PreflightError(f"{address} cannot be reached: {reason}") from error


def _ask_for_refusal(visitor: socket.socket) -> None:
    """Send a datagram: a port that nobody holds is told by ICMP at once, if at all; udp(7)."""
    visitor.settimeout(0.2)
    visitor.send(b"are you there?")
    with suppress(TimeoutError):
        visitor.recv(1)
