"""A network of our own, in which a peer can vanish: a network namespace with nothing in it but loopback.

Only the calling thread, and what it starts, is in it; network_namespaces(7). It takes CAP_SYS_ADMIN.
"""

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914
IFF_UP = 1
REQUEST = struct.Struct("16sh14x")
"""struct ifreq: a name and flags."""

IMPATIENT = {"tcp_keepalive_time": 1, "tcp_keepalive_intvl": 1, "tcp_keepalive_probes": 2}
"""Seconds and a count: a peer that is gone is noticed after three seconds, and not after two hours; tcp(7)."""
NOTICED = 3.0
"""Seconds after which keepalive has ended the connection of a vanished peer."""


@contextmanager
def own_network() -> Iterator[None]:
    """Let this thread, and what it starts meanwhile, have a network of its own. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    former = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        if libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        try:
            for name, value in IMPATIENT.items():
                Path(f"/proc/sys/net/ipv4/{name}").write_text(str(value), encoding="ascii")
            set_loopback(is_up=True)
            yield
        finally:
            if libc.setns(former, CLONE_NEWNET) != 0:
                raise RuntimeError("there is no way back into the network of this machine")
    finally:
        os.close(former)


def set_loopback(*, is_up: bool) -> None:
    """Switch loopback on or off: while it is off nothing arrives, and nobody is told."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, SIOCGIFFLAGS, REQUEST.pack(b"lo", 0))
        flags = REQUEST.unpack(answer)[1] & ~IFF_UP | (IFF_UP if is_up else 0)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, REQUEST.pack(b"lo", flags))
