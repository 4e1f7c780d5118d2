"""What a server prints: the ready line, and what its clients sent.

A line goes to write(2) as a whole and at once: a buffer would be inherited by every child and printed by
each. A log that cannot be written is no reason to stop serving.
"""

import contextlib
import os
import socket

STDOUT = 1


def print_line(text: str) -> None:
    """Print one line; do nothing when that fails."""
    with contextlib.suppress(OSError):
        os.write(STDOUT, text.encode() + b"\n")


def announce(listener: socket.socket) -> None:
    """Print the ready line, with the port that the system picked if it was asked to."""
    host, port, *_ = listener.getsockname()
    print_line(f"listening on [{host}]:{port}" if ":" in host else f"listening on {host}:{port}")


def log_received(data: bytes) -> None:
    """Print what a client sent, with every unprintable byte escaped."""
    print_line(repr(data))


def log_nothing(data: bytes) -> None:
    """Print nothing."""
