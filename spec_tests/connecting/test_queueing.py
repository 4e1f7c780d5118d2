"""Connecting, many at a time: whoever is in the accept queue comes out of it, served."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, nullcontext, suppress
from functools import partial
from math import inf

import trio

from client_kit import Client, ClientKitError, NoReply
from spec_tests.requirement import (
    MUST,
    POLICY,
    PROCESS,
    SHOULD,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)
from spec_tests.steps import serve_the_next, standing_still

QUEUE = 5
"""As many as the smallest common backlog holds: whoever comes sixth would have to send SYN again, after 1 s."""
ROUNDS = 4
TOO_SHORT = f"its accept queue does not hold {QUEUE} clients"
BURST = 200
"""More than the backlog of a server that leaves it at 128: the rest must come in when it can."""
CROWD = 60
"""More than a backlog of 5, and than one of 50."""

IDLE = 0.5
"""Of the patience: 3 s without any client, by default."""


def given(server: Server) -> float:
    """Seconds that who waits with others is given, and is given anew whenever another has been served."""
    return max(server.patience, server.reply_time)


async def in_vain(server: Server, visits: Mapping[str, Callable[[], Awaitable[None]]]) -> list[str]:
    """Let visitors come at once; return who waits in vain: as long as others are served, the rest may wait."""
    waiting = dict.fromkeys(visits)

    async def come(name: str) -> None:
        await visits[name]()
        del waiting[name]
        scope.deadline = trio.current_time() + given(server)

    with trio.move_on_after(given(server)) as scope:
        async with trio.open_nursery() as nursery:
            for name in visits:
                nursery.start_soon(come, name)
    if waiting:
        server.timeline.note(f"nobody was served for {given(server):g} s: {len(waiting)} clients leave")
    return list(waiting)


def told(server: Server, name: str) -> str:
    """What to say of a client who waited in vain."""
    return f"client {name} waited for a reply to b'hello' until nobody had been served for {given(server):g} s"


async def ask(client: Client) -> None:
    """Have an exchange, however long it takes, and leave: an iterative server serves the next one then."""
    client.patience = inf
    await client.ask(b"hello")
    client.close()


def together(server: Server, wanted: int) -> int:
    """How many may come at once."""
    return wanted if server.max_clients is None else min(wanted, server.max_clients)


@requirement(
    "connecting.drains-the-accept-queue",
    level=MUST,
    source="epoll(7)",
    authority=POLICY,
    accepts="a right and complete reply to each of 5 clients that connect in one breath, and nobody later; "
    "who waits may wait while others are served",
    takes="several rounds of a queue of clients",
    once=True,
)
async def test_drains_the_accept_queue(server: Server) -> None:
    """The server serves every client that is in its accept queue, though nobody comes after them."""
    size = together(server, QUEUE)
    for number in range(1, ROUNDS + 1):
        async with AsyncExitStack() as stack:
            tree = server.processes if server.launcher else None  # one that is addressed has other visitors
            with standing_still(server, tree) if tree else nullcontext():
                names = [f"{number}.{place}" for place in range(1, size + 1)]
                try:
                    clients = [await stack.enter_async_context(server.client(name)) for name in names]
                except NoReply as error:
                    raise NotJudgedError(Verdict.NOT_OBSERVED, f"{TOO_SHORT}: {error}") from error
            server.timeline.note(f"all {size} are connected; nobody comes after them")

            if waiting := await in_vain(server, {one.name: partial(ask, one) for one in clients}):
                raise ViolatedError(
                    f"{size} clients connected in one breath, and {len(waiting)} were never served. "
                    f"The first: {told(server, waiting[0])}"
                )


@requirement(
    "connecting.survives-aborted-connections",
    level=MUST,
    source="UNP 5.11, 16.6; accept(2) ECONNABORTED; tiny-http #283",
    authority=POLICY,
    accepts="a right and complete reply to the client after 5 that were reset while a held server queued them",
    needs=PROCESS,
    disruptive=True,
    once=True,
)
async def test_survives_aborted_connections(server: Server) -> None:
    """Connections that are reset while they wait to be accepted do not keep the next client from service."""
    tree = server.process_tree()
    for number in range(1, ROUNDS + 1):
        with standing_still(server, tree):
            try:
                await server.reset_at_once(f"aborted {number}", together(server, QUEUE))
            except NoReply as error:
                raise NotJudgedError(Verdict.NOT_OBSERVED, f"{TOO_SHORT}: {error}") from error
        await serve_the_next(server, f"{QUEUE} connections were reset in its accept queue")


@requirement(
    "connecting.takes-a-burst",
    level=SHOULD,
    source="listen(2); UNP 4.5",
    authority=POLICY,
    accepts="a right and complete reply to each of 200 clients that come at once and leave when they have it; "
    "who waits may wait while others are served",
    disruptive=True,
    takes="a burst of clients",
    once=True,
)
async def test_takes_a_burst(server: Server) -> None:
    """The server serves everybody of two hundred clients that come at the same moment."""
    size = together(server, BURST)
    failures: list[str] = []

    async def visit(name: str) -> None:
        async with server.client(name) as client:
            await ask(client)

    async def come(name: str) -> None:
        try:
            await server.let_in(partial(visit, name))
        except ClientKitError as error:
            failures.append(str(error))

    waiting = await in_vain(server, {name: partial(come, name) for name in map(str, range(1, size + 1))})
    failures += [told(server, name) for name in waiting]
    if failures:
        raise ViolatedError(
            f"{size} came at once, and {len(failures)} were not served. The first: {failures[0]}"
        )


@requirement(
    "connecting.has-no-ghosts",
    level=SHOULD,
    source="listen(2); tcp(7) tcp_syncookies",
    authority=POLICY,
    accepts="of 60 that come at once each is served in its turn, or refused, or its connect is never confirmed",
    disruptive=True,
    once=True,
)
async def test_has_no_ghosts(server: Server) -> None:
    """A client that the system calls connected is connected: the server serves it, or says that it will not."""
    size = together(server, CROWD)
    connected: set[str] = set()

    async def visit(name: str) -> None:
        with suppress(ClientKitError):  # refused, or never connected: then it knows
            async with server.client(name) as client:
                connected.add(name)
                await ask(client)

    waiting = await in_vain(server, {name: partial(visit, name) for name in map(str, range(1, size + 1))})
    ghosts = [name for name in waiting if name in connected]
    if ghosts:
        raise ViolatedError(
            f"{size} came at once, and {len(ghosts)} were connected and never served. "
            f"The first: {told(server, ghosts[0])} "
            "(A backlog of a few lets the system answer for a server that never hears of it.)"
        )


@requirement(
    "connecting.serves-after-an-idle-spell",
    level=MUST,
    source="accept(2)",
    authority=POLICY,
    accepts="a right and complete reply to a client that comes after half the patience (3 s) without any",
    alone=True,
    takes="3 s of silence",
    once=True,
)
async def test_serves_after_an_idle_spell(server: Server) -> None:
    """The server serves a client that comes when nobody has come for a while."""
    await server.exchange_once("before")
    await trio.sleep(IDLE * server.patience)  # a quiet period: nothing is waited for
    await serve_the_next(server, f"nobody came for {IDLE * server.patience:g} s")
