"""Datagrams of several clients: each client is answered, where it asked and when it is its turn."""

from contextlib import AsyncExitStack
from dataclasses import replace

import trio

from client_kit import ClientKitError, DatagramClient, NoReply, open_datagram_client, snippet
from spec_tests.requirement import (
    LAUNCH,
    MUST,
    POLICY,
    SHOULD,
    STANDARD,
    STANDARD_FOR_ECHO,
    Ability,
    LaunchError,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)

CLIENTS = 16
EVERY_ADDRESS = ("0.0.0.0", "::")
"""The second is IPv4's, too, if the system is not told otherwise."""

ATTEMPTS = 3
"""UDP may lose a datagram, even on loopback: what did not come is asked for again."""

WHILE = 0.3
"""Seconds that a slow request takes at first."""


@requirement(
    "datagrams.answers-each-client",
    level=MUST,
    source="RFC 862",
    authority=STANDARD_FOR_ECHO,
    accepts="to each of 16 clients that send at the same time: its own reply, and no other's",
    transport="udp",
)
async def test_answers_each_client(server: Server) -> None:
    """The server answers each datagram to the client that sent it."""
    requests = {str(number): server.dialect.request(b"client %d" % number) for number in range(CLIENTS)}
    owed = {name: server.dialect.datagram_reply(request) for name, request in requests.items()}
    missing = set(owed)
    for _ in range(ATTEMPTS):
        came = await ask_at_once(server, requests)
        for name, data in came.items():
            if not owed[name].is_met_by(data) and any(other.is_met_by(data) for other in owed.values()):
                raise ViolatedError(f"client {name} was sent another's reply, {snippet(data)}")
        missing -= came.keys()
        if not missing:
            return
    told = ", ".join(sorted(missing, key=int))
    raise NoReply(f"{CLIENTS} clients sent at the same time, {ATTEMPTS} times, and never answered were: {told}")


async def ask_at_once(server: Server, requests: dict[str, bytes]) -> dict[str, bytes]:
    """Let each of these clients send a datagram; return the first that each is sent, if it is sent one."""
    came: dict[str, bytes] = {}

    async def collect(client: DatagramClient) -> None:
        for data in await client.collect(1, server.patience / ATTEMPTS):
            came[client.name] = data

    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(server.datagram_client(name)) for name in requests]
        for client in clients:
            await client.send(requests[client.name])
        async with trio.open_nursery() as nursery:
            for client in clients:
                nursery.start_soon(collect, client)
    return came


@requirement(
    "datagrams.replies-from-the-asked-address",
    level=SHOULD,
    source="RFC 1122 §4.1.3.5; RFC 3493 §3.7; UNP 8.8, 22.2",
    authority=STANDARD,
    accepts="a server that is bound to every address (0.0.0.0, ::) answers from that which was asked",
    transport="udp",
    needs=LAUNCH,
    once=True,
)
async def test_replies_from_the_asked_address(server: Server) -> None:
    """The server answers from the address that was asked: a client that is connected sees no other reply."""
    if not server.is_told_its_host:
        why = "it needs a server that is told its address: {host} in the launch command"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)
    await server.launch()
    problems = [await answers_where_asked(server, host) for host in EVERY_ADDRESS]
    if all(problems):
        raise NotJudgedError(Verdict.NOT_OBSERVED, problems[0])


async def answers_where_asked(server: Server, bound: str) -> str:
    """Ask an instance that is bound to every address at two of them; return why that is not possible, or ""."""
    try:
        await server.launch(at=replace(server.address, host=bound))
    except LaunchError as error:
        return f"told to bind {bound}, it does not: {error}"
    for host in ("127.0.0.1", "127.0.0.2"):
        asked = replace(server.address, host=host)
        try:
            async with open_datagram_client(
                asked, server.dialect, name=host, timeline=server.timeline, patience=server.patience
            ) as client:
                await client.ask(b"hello")
        except ClientKitError as error:
            if host == "127.0.0.1":
                return f"bound to {bound}, it did not answer: {error}"
            raise ViolatedError(f"bound to {bound}, it answers at 127.0.0.1, and: {error}") from error
    return ""


@requirement(
    "datagrams.slow-request-delays-nobody",
    level=SHOULD,
    source="UNP 22.7",
    authority=POLICY,
    accepts="the reply to B, who asks after A, before the reply to A, whose request takes a while",
    transport="udp",
    abilities={Ability.TAKES_TIME},
    takes="a slow request",
)
async def test_slow_request_delays_nobody(server: Server) -> None:
    """A request that takes the server a while does not delay the reply to another."""
    late = 0
    for takes in (WHILE, 2 * WHILE, 4 * WHILE):  # both may have waited for us: then it takes longer
        async with server.datagram_client("A") as slow, server.datagram_client("B") as quick:
            await slow.send(server.dialect.slow_request(b"slow", takes))
            await quick.send(server.dialect.request(b"quick"))
            has_come = await quick.collect(1, takes + server.patience / ATTEMPTS)
            if has_come and not await slow.collect(1, takes / 4):
                return
            late += bool(has_come)
    if late < ATTEMPTS:
        raise NotJudgedError(Verdict.NOT_OBSERVED, f"B was answered {late} of {ATTEMPTS} times")
    raise ViolatedError(
        f"{late} times B, who asked after A, was answered only after A, whose request takes a while. "
        "(What takes a while is to be answered later, and more to be received meanwhile.)"
    )
