"""Concurrency: clients that are connected at the same time, or wait for their turn, and what each is told."""

import random
from math import ceil

import trio

from client_kit import Client, ClientKitError, Crowd, EndingKind, NoReply, ServerClosed
from spec_tests.requirement import (
    CONCURRENT,
    ITERATIVE,
    MUST,
    POLICY,
    SHOULD,
    STANDARD_FOR_ECHO,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)

CLIENTS = 5
"""Fewer than the smallest common backlog holds, so each is connected before any is served."""

MANY = 70
"""More than 64, the commonest size of a table."""


async def meet(server: Server, crowd: Crowd, wanted: int) -> None:
    """Let every client have another exchange while all the others are connected."""
    held = len(crowd.clients)
    server.timeline.note(f"all {held} clients have had an exchange and are held: each has another now")
    try:
        await crowd.ask(lambda _: b"together")
    except ClientKitError as error:
        raise ViolatedError(f"with {held} of {wanted} clients connected at once: {error}") from error


@requirement(
    "concurrency.clients-meet",
    level=MUST,
    source="UNP 30",
    authority=POLICY,
    accepts="a reply to each of 2, and of 5, clients while all of them are connected, and then another",
    abilities={Ability.REPEATS},
    models=CONCURRENT,
    once=True,
)
async def test_clients_meet(server: Server) -> None:
    """Clients that are connected at the same time are all served before any of them leaves."""
    for size in sorted({server.crowd_size(2), server.crowd_size(CLIENTS)}):
        try:
            async with server.crowd(size) as crowd:
                await meet(server, crowd, size)
        except ClientKitError as error:
            raise ViolatedError(f"{size} clients were to be served at the same time: {error}") from error


@requirement(
    "concurrency.many-clients-meet",
    level=SHOULD,
    source="UNP 30",
    authority=POLICY,
    accepts="the same for 70 clients, or a limit that is told: the surplus is refused, or closed at once",
    abilities={Ability.REPEATS},
    models=CONCURRENT,
    disruptive=True,
    once=True,
)
async def test_many_clients_meet(server: Server) -> None:
    """Seventy clients are served at the same time, or those beyond a limit are turned away at once."""
    size = server.crowd_size(MANY, at_least=CLIENTS + 1)
    try:
        async with server.crowd(size, may_refuse=True) as crowd:
            server.timeline.note(f"{len(crowd.refused)} of {size} clients were turned away")
            if len(crowd.clients) < CLIENTS:
                raise ViolatedError(f"of {size} clients only {len(crowd.clients)} were served at the same time")
            await meet(server, crowd, size)
    except ClientKitError as error:
        hint = " (if it is built to serve fewer at once: --max-clients)" if isinstance(error, NoReply) else ""
        raise ViolatedError(f"{size} clients were to be served at the same time: {error}{hint}") from error


@requirement(
    "concurrency.replies-reach-their-own-client",
    level=MUST,
    source="RFC 862",
    authority=STANDARD_FOR_ECHO,
    accepts="to each of 5 clients that send different bytes at the same time: its own bytes, nothing else",
    abilities={Ability.RETURNS_TOKEN, Ability.TAKES_ANY_TEXT},
)
async def test_replies_reach_their_own_client(server: Server) -> None:
    """A client receives the replies to its own requests, and nothing that is another's."""
    size = min(CLIENTS, server.max_clients or CLIENTS)
    server.timeline.note(f"random sizes, seed {server.seed}")
    dice = random.Random(server.seed)
    all_connected = trio.Event()
    connected: set[str] = set()

    async def talk(name: str, sizes: list[int]) -> None:
        async with server.client(name) as client:
            connected.add(name)
            if len(connected) == size:
                all_connected.set()
            await all_connected.wait()
            for count in sizes:
                text = f"{name}:{count};".encode()
                await client.exchange((text * ceil(count / len(text)))[:count])

    async with trio.open_nursery() as nursery:
        for number in range(size):
            name = "ABCDE"[number]
            nursery.start_soon(talk, name, [2 * dice.randrange(8, 2000) for _ in range(5)])


@requirement(
    "concurrency.queued-client-is-served-next",
    level=MUST,
    source="UNP 30.4; listen(2)",
    authority=POLICY,
    accepts="a right and complete reply to B, which connects and asks while A is served, once A has left",
    models=ITERATIVE,
    once=True,
)
async def test_queued_client_is_served_next(server: Server) -> None:
    """A client that comes while another is served is served next, and what it said meanwhile is not lost."""
    lasts = Ability.REPEATS in server.dialect.abilities
    if not lasts and Ability.SPEAKS_FIRST in server.dialect.abilities:
        raise NotJudgedError(Verdict.NOT_APPLICABLE, "a client is let go at once, so nobody has to wait")
    async with server.client("A") as first:
        if lasts:  # else it is silent, for it would be let go
            await first.ask(b"I am first")
        async with server.client("B") as second:
            await second.send_request(b"I wait")
            if await is_served(second, server.quiet_period):
                raise NotJudgedError(
                    Verdict.NOT_APPLICABLE, "B was served beside A: the server is not iterative"
                )
            if not lasts:
                await first.ask(b"I was first")
            await first.half_close()
            if (await first.receive_until_end()).kind is EndingKind.SILENCE:
                raise NotJudgedError(Verdict.NOT_OBSERVED, "the server does not end its connection with A")
            await second.receive_reply()


async def is_served(client: Client, seconds: float) -> bool:
    """Whether a reply comes, and perhaps with it the end of a connection that carries one exchange."""
    try:
        return bool(await client.overhear(seconds))
    except ServerClosed:
        if Ability.REPEATS in client.dialect.abilities:
            raise
        return client.conversation.is_settled
