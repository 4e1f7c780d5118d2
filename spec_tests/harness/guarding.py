"""Has a server launched by the guardian of this process, which is started with the first request."""

import atexit
import errno
import marshal
import os
import resource
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from typing import NamedTuple

from spec_tests.harness import guardian

CONTROL = 3
"""The descriptor by which the guardian knows its end of the socket."""
LIMITS = sorted({getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")})


class Guarded(NamedTuple):
    """The guardian of one server: its process id, and our ends of the pipes to it."""

    pid: int
    status: int
    """Tells what happens; its end is the guardian's."""
    output: int
    """What the server prints."""
    lifeline: int
    """Who closes it has everything killed."""


def launch(command: list[str], cwd: str | None, environment: Mapping[str, str] | None) -> Guarded:
    """Have a command run with our limits, in our network. Raises OSError, as where there is no such folder."""
    try:
        return _guardian_of(os.getpid()).launch(command, cwd, environment)
    except ConnectionError:  # somebody has killed it
        _guardian_of(os.getpid()).close()
        _guardian_of.cache_clear()
        return _guardian_of(os.getpid()).launch(command, cwd, environment)


@cache
def _guardian_of(owner: int) -> "Guardian":  # noqa: ARG001 - after a fork there is another owner
    return Guardian()


class Guardian:
    """The process that forks a guardian for each server; it ends with its owner."""

    def __init__(self) -> None:
        self._control, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        atexit.register(self.close)
        with end:
            os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", guardian.__file__, str(CONTROL)],
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, end.fileno(), CONTROL),
                ],
                setsid=True,
            )

    def close(self) -> None:
        """Have it end; the servers that it guards go on."""
        self._control.close()

    def launch(self, command: list[str], cwd: str | None, environment: Mapping[str, str] | None) -> Guarded:
        """Have a command run. Raises OSError, ConnectionError if the guardian has ended."""
        with ExitStack() as sent, ExitStack() as kept:
            folder = os.open(cwd or ".", os.O_PATH | os.O_DIRECTORY)
            sent.callback(os.close, folder)
            network = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            sent.callback(os.close, network)
            request = _request(command, environment)
            sent.callback(os.close, request)
            (status, its_status), (output, its_output), (its_lifeline, lifeline) = (os.pipe() for _ in range(3))
            for descriptor in its_status, its_output, its_lifeline:
                sent.callback(os.close, descriptor)
            for descriptor in status, output, lifeline:
                kept.callback(os.close, descriptor)
            theirs = [request, its_status, its_output, its_lifeline, folder, network]
            socket.send_fds(self._control, [b"."], theirs)
            sent.close()
            pid = _pid_told(status)
            kept.pop_all()
        return Guarded(pid, status, output, lifeline)


def _request(command: list[str], environment: Mapping[str, str] | None) -> int:
    """A file of memory with a `guardian.Request`: it may be longer than a datagram."""
    limits = [(number, resource.getrlimit(number)) for number in LIMITS]
    own = dict(os.environ if environment is None else environment)
    file = os.memfd_create("request")
    os.write(file, marshal.dumps((command, own, limits)))
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _pid_told(status: int) -> int:
    """Read the first line, to its end and no further."""
    line = b""
    while (one := os.read(status, 1)) not in (b"\n", b""):
        line += one
    if not line:
        raise OSError(errno.EAGAIN, "no guardian could be forked")
    return int(line.split()[1])
