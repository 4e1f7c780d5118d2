"""Concurrency: many clients at once, each served as if it were alone."""

import random
from contextlib import closing
from math import ceil

import trio

from client_kit import ClientKitError, Crowd, EndingKind
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
from spec_tests.steps import deaf_client

CLIENTS = 5
"""Fewer than the smallest common backlog holds, so each is connected before any is served."""

GROUP = 32

MANY = 70
"""More than 64, the commonest size of a table."""


@requirement(
    "concurrency.idle-client-blocks-nobody",
    level=MUST,
    source="UNP 4.8; CS:APP proxylab driver.sh, nop-server.py",
    authority=POLICY,
    accepts="a right and complete reply to B, while A is connected and says nothing",
    models=CONCURRENT,
)
async def test_idle_client_blocks_nobody(server: Server) -> None:
    """A client that is connected and says nothing does not keep another from being served."""
    server.crowd_size(2)
    async with server.client("A") as idle, server.client("B") as talker:
        try:
            await talker.ask(b"hello")
        except ClientKitError as error:
            raise ViolatedError(f"while A was connected and silent, B was not served. {error}") from error
        await idle.ask(b"hello, at last")


@requirement(
    "concurrency.half-a-request-blocks-nobody",
    level=MUST,
    source="UNP 6.8",
    authority=POLICY,
    accepts="a right and complete reply to B, while A has sent one byte and no more",
    models=CONCURRENT,
)
async def test_half_a_request_blocks_nobody(server: Server) -> None:
    """A client that has sent half a request does not keep another from being served."""
    server.crowd_size(2)
    async with server.client("A") as halting, server.client("B") as talker:
        await halting.begin()
        if not (request := server.dialect.request(b"half a request")):
            raise NotJudgedError(Verdict.NOT_APPLICABLE, "it is asked nothing")
        await halting.send(request[:1])
        await halting.overhear(server.quiet_period / 4)
        try:
            await talker.ask(b"hello")
        except ClientKitError as error:
            raise ViolatedError(f"while A had sent one byte, B was not served. {error}") from error
        if rest := request[1:]:
            await halting.send(rest)
        await halting.receive_reply()


@requirement(
    "concurrency.deaf-client-blocks-nobody",
    level=MUST,
    source="send(2)",
    authority=POLICY,
    accepts="a right and complete reply to B, while A has sent until nothing more was taken and reads nothing",
    models=CONCURRENT,
    abilities={Ability.TAKES_ANY_TEXT},
    disruptive=True,
    takes="bulk data, until the buffers are full",
)
async def test_deaf_client_blocks_nobody(server: Server) -> None:
    """A client that does not read its replies does not keep another from being served."""
    server.crowd_size(2)
    async with deaf_client(server):
        try:
            await server.exchange_once("B")
        except ClientKitError as error:
            raise ViolatedError(f"while A read nothing, B was not served. {error}") from error


@requirement(
    "concurrency.a-failure-stays-with-its-client",
    level=MUST,
    source="UNP 5.11",
    authority=POLICY,
    accepts="a right and complete reply to B, on a connection that was there when A reset its own",
    abilities={Ability.REPEATS},
    models=CONCURRENT,
)
async def test_a_failure_stays_with_its_client(server: Server) -> None:
    """A client that resets its connection takes no other client with it."""
    server.crowd_size(2)
    async with server.client("B") as bystander:
        await bystander.ask(b"I was here before")
        for name in ("A1", "A2", "A3"):
            await fail(server, name)
        try:
            await bystander.ask(b"I am here still")
        except ClientKitError as error:
            raise ViolatedError(f"after A had reset its connection, B was not served: {error}") from error


async def fail(server: Server, name: str) -> None:
    """Let a client have an exchange and reset its connection; the next one shows that the server knows."""
    try:
        async with server.client(name) as failing:
            await failing.ask(b"I shall fail")
            await failing.reset()
        await server.exchange_once(f"after {name}")
    except ClientKitError as error:
        raise NotJudgedError(Verdict.NOT_OBSERVED, f"beside B, {name} was not served: {error}") from error


@requirement(
    "concurrency.one-departure-ends-one-client",
    level=MUST,
    source="UNP 6.8",
    authority=POLICY,
    accepts="a right reply to each of 31 clients after one of 32 has left",
    abilities={Ability.REPEATS},
    models=CONCURRENT,
)
async def test_one_departure_ends_one_client(server: Server) -> None:
    """When one of many clients leaves, the others stay."""
    size = server.crowd_size(GROUP, at_least=3)
    try:
        async with server.crowd(size) as crowd:
            with closing(crowd.clients.pop(size // 2)) as leaving:
                await leaving.half_close()
                if (await leaving.receive_until_end()).kind is EndingKind.SILENCE:
                    raise NotJudgedError(Verdict.NOT_OBSERVED, f"client {leaving.name} left, and was kept")
            server.timeline.note(f"client {leaving.name} has left; the others have an exchange each")
            try:
                await crowd.ask(lambda _: b"still here")
            except ClientKitError as error:
                raise ViolatedError(f"client {leaving.name} of {size} left, and then: {error}") from error
    except ClientKitError as error:
        why = f"{size} clients cannot be held at the same time: {error}"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why) from error


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
        raise ViolatedError(f"{size} clients were to be served at the same time: {error}") from error


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
)
async def test_queued_client_is_served_next(server: Server) -> None:
    """A client that comes while another is served is served next, and what it said meanwhile is not lost."""
    async with server.client("A") as first:
        await first.ask(b"I am first")
        async with server.client("B") as second:
            await second.send_request(b"I wait")
            if await second.overhear(server.quiet_period):
                raise NotJudgedError(
                    Verdict.NOT_APPLICABLE, "B was served beside A: the server is not iterative"
                )
            await first.half_close()
            if (await first.receive_until_end()).kind is EndingKind.SILENCE:
                raise NotJudgedError(Verdict.NOT_OBSERVED, "the server does not end its connection with A")
            await second.receive_reply()
