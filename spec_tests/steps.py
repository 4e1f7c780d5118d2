"""Steps that tests of several chapters take."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from client_kit import Client, ClientKitError, numbered
from spec_tests.requirement import NotJudgedError, ProcessTree, Server, Verdict, ViolatedError

PLENTY = 32 * 1024 * 1024
"""Bytes: more than all buffers between a client and a server hold."""

KEPT = PLENTY // 2
"""Bytes by which a server may grow for one client: more than it needs, and half of what it is sent."""
POURS = 3
"""So often a client pours in `PLENTY`, if it is all taken."""
MORE = 1024 * 1024
"""Bytes that a client sends when it reads at last, if full buffers have stopped it before."""

SMALL_BUFFER = 64 * 1024
"""So that a server has to wait for a client that does not read, after fewer bytes than by default."""

TRACES = re.compile(r"Traceback \(most recent call last\)|Sanitizer|panicked at|^panic:|segfault|core dumped")


async def serve_the_next(server: Server, after: str, hint: str = "") -> None:
    """Let a new client be served; where it is not, tell after what, and perhaps what it takes."""
    try:
        await server.exchange_once("next")
    except ClientKitError as error:
        told = f" ({hint})" if hint else ""
        raise ViolatedError(f"{after}, and the next client was not served: {error}{told}") from error


@asynccontextmanager
async def deaf_client(server: Server, name: str = "A") -> AsyncIterator[Client]:
    """A client that has sent until nothing more was taken, and reads nothing."""
    async with server.client(name, receive_buffer=SMALL_BUFFER) as client:
        try:
            taken = await client.send_until_full(numbered(PLENTY), stall_after=server.quiet_period)
        except ClientKitError as error:
            why = f"{name} could not fill the buffers: {error}"
            raise NotJudgedError(Verdict.NOT_OBSERVED, why) from error
        server.timeline.note(f"{taken:,} bytes were taken from {name}, who reads nothing")
        yield client


async def fill(server: Server, client: Client) -> bytes:
    """Send without reading until nothing more is taken; return what is to be sent after that, while reading."""
    payload = numbered(PLENTY)
    taken = await client.send_until_stall(payload, stall_after=server.quiet_period)
    server.timeline.note(f"{taken:,} bytes are sent; the client begins to read")
    return payload[taken : taken + MORE]


async def pour(server: Server, client: Client, data: bytes) -> tuple[int, int]:
    """Send some data again and again; return how much the server took, and by how much it has grown, in bytes.

    It ends when no more is taken, or enough is kept. A process uses memory again that it has had before, so
    what it keeps may show only later.
    """
    tree = server.process_tree()
    before, taken, grown = tree.memory(), 0, 0
    for _ in range(POURS):
        more = await client.send_until_full(data, stall_after=server.quiet_period)
        taken += more
        grown = tree.memory() - before
        if grown >= KEPT or more < len(data):
            break
    return taken, grown


@contextmanager
def standing_still(server: Server, tree: ProcessTree) -> Iterator[None]:
    """Hold the server's processes by SIGSTOP: what happens meanwhile is for it one moment."""
    with tree.standing_still():
        server.timeline.note(f"SIGSTOP to {tree}")
        yield
    server.timeline.note("SIGCONT")


def at_most(count: Callable[[], int], most: int) -> Callable[[], bool]:
    """Whether there are no more than that by now, to wait for it."""
    return lambda: count() <= most


def first_trace(lines: list[str]) -> str:
    """The first of these lines with which a traceback, a panic or a sanitizer's report begins; "" if none."""
    return next((line for line in lines if TRACES.search(line)), "")


async def refuse_a_second_instance(server: Server) -> None:
    """Start the server where it is running already; raise unless the second one ends, and says so."""
    await server.launch()
    instance = server.instance
    if instance is None or instance.is_daemon:
        why = "the server goes into the background, so its status says nothing"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)
    before = instance.listeners
    with server.second_instance() as second:
        await server.eventually(lambda: bool(second.end))  # some listen for a moment, and then end
        if not second.end:
            does = "has not ended, though it does not listen there"
            if instance.listeners > before:
                does = "listens there, too"
            raise ViolatedError(f"a second instance was started at {server.address}, and {does}")
        if second.end == "status 0":
            why = "a second instance could not listen, and ended with status 0 as if all were well"
            raise ViolatedError(why)
    for _ in range(3):
        await serve_the_next(server, "a second instance was refused")
