"""Lifecycle of a server whose log nobody reads: to print is not what it is for."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from client_kit import ClientKitError
from spec_tests.requirement import (
    LAUNCH,
    MUST,
    POLICY,
    Server,
    ViolatedError,
    requirement,
)

CLIENTS = 5
CHUNK = bytes(4096)


@contextmanager
def a_pipe() -> Iterator[tuple[str, int]]:
    """A named pipe that we hold open, and read only when we like: its path, and our descriptor."""
    with tempfile.TemporaryDirectory(prefix="acceptspec-") as folder:
        path = str(Path(folder) / "log")
        os.mkfifo(path)
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        try:
            yield path, descriptor
        finally:
            with suppress(OSError):
                os.close(descriptor)


async def serve_some(server: Server, while_what: str) -> None:
    """Let some clients be served, of which each might be worth a line."""
    for number in range(1, CLIENTS + 1):
        try:
            await server.exchange_once(str(number))
        except ClientKitError as error:
            raise ViolatedError(f"{while_what}, client {number} was not served: {error}") from error


@requirement(
    "lifecycle.survives-a-blocked-log",
    level=MUST,
    source="pipe(7)",
    authority=POLICY,
    accepts="right replies while the pipe to which it prints is full, and after its reader has closed it",
    needs=LAUNCH,
    once=True,
)
async def test_survives_a_blocked_log(server: Server) -> None:
    """The server goes on serving when nobody reads what it prints, and when nobody can."""
    with a_pipe() as (path, descriptor):
        await server.launch_printing_to(path)
        await server.exchange_once("first")
        with suppress(BlockingIOError):
            while True:
                os.write(descriptor, CHUNK)
        server.timeline.note("the pipe to which it prints is full")
        try:
            await serve_some(server, "nobody reads what it prints")
        finally:
            with suppress(BlockingIOError):
                while True:
                    os.read(descriptor, 65536)
    with a_pipe() as (path, descriptor):
        await server.launch_printing_to(path)
        await server.exchange_once("first")
        os.close(descriptor)
        server.timeline.note("the pipe to which it prints is closed")
        await serve_some(server, "its output is a pipe that nobody holds any more")
