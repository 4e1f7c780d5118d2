"""Lets the system refuse a server what it asks for: a process, a thread, a connection.

The server runs under a seccomp filter that asks us about a few system calls; seccomp_unotify(2). It needs no
privilege, and to the server a refusal is what it is in earnest: an error of the call.
"""

import errno
import fcntl
import os
import platform
import select
import shlex
import socket
import struct
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from spec_tests.harness.refusals import filtering

RECEIVE = 0xC0502100
SEND = 0xC0182101
"""SECCOMP_IOCTL_NOTIF_RECV and SECCOMP_IOCTL_NOTIF_SEND."""
QUESTION_SIZE = 80
"""Bytes of struct seccomp_notif; its first eight are the id by which it is answered."""
CONTINUE = 1
LOOK = 100
"""Milliseconds between two looks whether it is over."""

STARTING = {"x86_64": (56, 57, 58, 435), "aarch64": (220, 435)}
"""clone, fork, vfork and clone3."""
ACCEPTING = {"x86_64": (43, 288), "aarch64": (202, 242)}
"""accept and accept4."""


class Refusals:
    """What is refused to a server that was launched under the filter, and how often it was."""

    def __init__(self, calls: tuple[int, ...], folder: str) -> None:
        self.refused = 0
        """How many calls were refused until now."""
        self.interrupted = 0
        """How many calls a signal ended while they waited for us; it is known when the next call comes."""
        self.problem = ""
        """Why the system does not permit the filter, if it does not."""
        self._always: int | None = None
        self._next: deque[int] = deque()
        self._last = 0
        self._is_over = threading.Event()
        self._path = str(Path(folder) / "owner")
        self._calls = calls
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self._path)
        self._socket.listen(1)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def before_exec(self) -> str:
        """What a shell does so that it becomes the server under the filter."""
        numbers = map(str, self._calls)
        words = [sys.executable, "-I", "-S", filtering.__file__, self._path, *numbers, "--"]
        return f'set -- {shlex.join(words)} "$@"'

    @contextmanager
    def all(self, number: int) -> Iterator[None]:
        """Refuse every call meanwhile, with this errno."""
        self._always = number
        try:
            yield
        finally:
            self._always = None

    def next(self, number: int) -> None:
        """Refuse the next call, with this errno."""
        self._next.append(number)

    @property
    def is_spent(self) -> bool:
        """Whether all that were to be refused have been."""
        return not self._next

    def close(self) -> None:
        """Stop answering; the server should have ended before."""
        self._is_over.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        if not self._wait_for(self._socket.fileno()):
            return
        with self._socket.accept()[0] as connection:
            message, descriptors, *_ = socket.recv_fds(connection, 1024, 1)
        if not descriptors:
            self.problem = message.decode(errors="replace") or "its launch ended early"
            return
        try:
            while self._wait_for(descriptors[0]):
                self._answer(descriptors[0])
        finally:
            os.close(descriptors[0])

    def _wait_for(self, descriptor: int) -> bool:
        """Wait until something can be read; false when it is over, or all filtered processes have gone."""
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while not self._is_over.is_set():
            if events := poll.poll(LOOK):
                return bool(events[0][1] & select.POLLIN)
        return False

    def _answer(self, descriptor: int) -> None:
        question = bytearray(QUESTION_SIZE)
        with suppress(OSError):  # who asked has gone, or was interrupted and will ask again
            fcntl.ioctl(descriptor, RECEIVE, question)
            own = bytes(question[:8])
            self._count(int.from_bytes(own, sys.byteorder))
            number = self._always or (self._next[0] if self._next else None)
            if number is None:
                fcntl.ioctl(descriptor, SEND, own + struct.pack("qiI", 0, 0, CONTINUE))
                return
            fcntl.ioctl(descriptor, SEND, own + struct.pack("qiI", 0, -number, 0))
            self.refused += 1
            if not self._always:
                self._next.popleft()

    def _count(self, question: int) -> None:
        """Questions have numbers that follow one another: those that we never saw were taken back."""
        if self._last:
            self.interrupted += question - self._last - 1
        self._last = question


@contextmanager
def refusals_of(calls: Mapping[str, tuple[int, ...]]) -> Iterator[Refusals]:
    """What is to be refused: `STARTING` or `ACCEPTING`."""
    with tempfile.TemporaryDirectory(prefix="acceptspec-") as folder:
        refusals = Refusals(calls.get(platform.machine(), ()), folder)
        try:
            yield refusals
        finally:
            refusals.close()


def name_of(number: int) -> str:
    """The name of an errno."""
    return errno.errorcode.get(number, str(number))
