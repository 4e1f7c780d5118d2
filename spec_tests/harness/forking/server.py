"""The fork server: one process that has imported everything, and becomes each of xdist's workers by fork(2).

A worker that starts as an interpreter of its own spends a second of processor on imports. The fork server is
forked from the process that reports, before that one has any thread, port or instance; execnet is told to
start a stub (stub.py) for each worker, which hands its pipes over. Whatever cannot be done so is done as ever:
the stub becomes the interpreter.

It ends with the process that forked it, and its workers with it.
"""

import gc
import importlib
import os
import random
import secrets
import select
import shlex
import signal
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NoReturn, Protocol

from spec_tests.harness.forking import stub

CREDENTIALS = struct.Struct("3i")
"""struct ucred: process, user, group; unix(7)."""
LEAVING = 10.0
"""Seconds without the end of a worker, after which those that are left are killed."""


class Spec(Protocol):
    """What we set in an `execnet.XSpec`."""

    id: str
    popen: object
    python: str | None


class ForkServer:
    """The fork server, as seen by the process that reports."""

    def __init__(self) -> None:
        self._name = f"acceptspec-workers-{os.getpid()}-{secrets.token_hex(8)}"
        self._lifeline, lifeline = socket.socketpair()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(f"\0{self._name}")
        listener.listen(64)
        self._pid = os.fork()
        if not self._pid:
            self._lifeline.close()
            _never_return(partial(_serve, listener, lifeline))
        lifeline.close()
        listener.close()

    def divert(self, specs: Iterable[Spec]) -> None:
        """Have these workers forked, as far as they were to be interpreters like this one."""
        for spec in specs:
            if spec.popen and not spec.python:
                words = [sys.executable, "-I", "-S", stub.__file__, self._name, spec.id]
                spec.python = shlex.join(words)

    def close(self) -> None:
        """End it, and wait until its workers have gone."""
        self._lifeline.close()
        os.waitpid(self._pid, 0)


def can_fork() -> bool:
    """Whether a fork takes all there is along: it takes but the calling thread."""
    return threading.active_count() == 1


def _never_return(work: Callable[[], None]) -> NoReturn:
    """Do the work of another process than the one whose stack we stand on."""
    status = 1
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - nobody is above us to see it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _serve(listener: socket.socket, lifeline: socket.socket) -> None:
    """Fork a worker for each stub, until the controller ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the workers and their controller
    _import_everything()
    gc.collect()  # not in each worker
    workers: set[int] = set()
    while lifeline not in select.select([listener, lifeline], [], [])[0]:
        connection, _ = listener.accept()
        with connection:
            worker, pipes, *_ = socket.recv_fds(connection, 64, len(stub.PIPES))
            if _is_ours(connection) and len(pipes) == len(stub.PIPES):
                if not (pid := os.fork()):
                    listener.close()
                    lifeline.close()
                    _never_return(partial(_become, worker.decode(), pipes))
                workers.add(pid)
                connection.send(b"forked")
        for descriptor in pipes:
            os.close(descriptor)
        workers = {pid for pid in workers if not _has_ended(pid)}
    _see_off(workers)


def _is_ours(connection: socket.socket) -> bool:
    """Whether a process of our own user connected; SO_PEERCRED of unix(7)."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    return bool(CREDENTIALS.unpack(credentials)[1] == os.geteuid())


def _has_ended(pid: int) -> bool:
    return os.waitpid(pid, os.WNOHANG)[0] == pid


def _see_off(workers: set[int]) -> None:
    """Wait until the workers have ended; kill them when none of them ends for a while."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # kept for sigtimedwait(2)
    while workers := {pid for pid in workers if not _has_ended(pid)}:
        if signal.sigtimedwait([signal.SIGCHLD], LEAVING) is None:
            for pid in workers:
                os.kill(pid, signal.SIGKILL)


def _import_everything() -> None:
    """Import what a worker needs."""
    importlib.import_module("xdist.remote")
    from spec_tests.harness.registry import registry  # noqa: PLC0415 - the plugin stands below the tests

    registry()


def _become(worker: str, pipes: list[int]) -> None:
    """Be a worker, as execnet's bootstrap makes one of a fresh interpreter, until there is nothing to do."""
    execnet: Any = importlib.import_module("execnet.gateway_base")

    signal.signal(signal.SIGINT, signal.default_int_handler)
    for descriptor, standard in zip(pipes, stub.PIPES, strict=True):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    sys.stdin, sys.stdout, sys.stderr = (
        open(0, encoding="utf-8", closefd=False),  # noqa: SIM115 - for as long as the process lives
        open(1, "w", encoding="utf-8", closefd=False),  # noqa: SIM115
        open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False),  # noqa: SIM115
    )
    random.seed()
    _skip_line(0)  # the bootstrap for a fresh interpreter
    io = execnet.init_popen_io(execnet.get_execmodel("main_thread_only"))
    io.write(b"1")
    execnet.serve(io, id=f"{worker}-worker")


def _skip_line(descriptor: int) -> None:
    """Read one line, after which nothing is sent until it is answered."""
    while (data := os.read(descriptor, 65536)) and not data.endswith(b"\n"):
        pass
