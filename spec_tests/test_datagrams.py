"""Datagrams: each is a request of its own, and each is answered by one of its own."""

from collections import Counter

from client_kit import NoReply, snippet
from spec_tests.requirement import (
    MUST,
    STANDARD,
    STANDARD_FOR_ECHO,
    Ability,
    Server,
    ViolatedError,
    requirement,
)

AWKWARD = b" \t\0" + bytes(range(256)) + b"\0\r\n "
ATTEMPTS = 3
"""UDP may lose a datagram, even on loopback: what did not come is asked for again."""


async def answers(server: Server, requests: list[bytes], *, at_once: bool) -> None:
    """Send these datagrams from a new client; raise unless each is answered once, and nothing else comes."""
    owed = Counter(server.dialect.datagram_reply(request) for request in requests)
    for attempt in range(1, ATTEMPTS + 1):
        came: list[bytes] = []
        async with server.datagram_client(f"A{attempt}") as client:
            for request in requests:
                await client.send(request)
                if not at_once:
                    came += await client.collect(1, server.patience / ATTEMPTS)
            came += await client.collect(len(requests) - len(came), server.patience / ATTEMPTS)
            came += await client.overhear(server.quiet_period)
        if surplus := Counter(came) - owed:
            raise ViolatedError(
                f"sent: {_told(Counter(requests))}; owed: {_told(owed)}; not owed: {_told(surplus)}"
            )
        if not (missing := owed - Counter(came)):
            return
    raise NoReply(f"{ATTEMPTS} times, {_told(Counter(requests))} was sent, and did not come: {_told(missing)}")


def _told(datagrams: Counter[bytes]) -> str:
    return ", ".join(f"{count} times {snippet(data)}" for data, count in datagrams.items())


@requirement(
    "datagrams.answers-exactly-once",
    level=MUST,
    source="RFC 862",
    authority=STANDARD_FOR_ECHO,
    accepts="one right datagram for each of two equal ones that hold every byte value, and none afterwards",
    transport="udp",
)
async def test_answers_exactly_once(server: Server) -> None:
    """The server answers each datagram with exactly one, whatever bytes are in it."""
    await answers(server, [AWKWARD, AWKWARD], at_once=False)


@requirement(
    "datagrams.keeps-boundaries",
    level=MUST,
    source="RFC 862; udp(7)",
    authority=STANDARD_FOR_ECHO,
    accepts="two datagrams for two that are sent one right after the other, each as long as its own",
    transport="udp",
    abilities={Ability.TAKES_ANY_BYTES},
)
async def test_keeps_boundaries(server: Server) -> None:
    """The server answers two datagrams with two, even when they come together."""
    await answers(server, [b"a short one", b"and a longer one" * 20], at_once=True)


@requirement(
    "datagrams.survives-an-empty-datagram",
    level=MUST,
    source="recv(2); RFC 768; UNP 8.2; nginx-tests stream_udp_proxy.t",
    authority=STANDARD,
    accepts="a right reply to a datagram that is sent after an empty one",
    transport="udp",
)
async def test_survives_an_empty_datagram(server: Server) -> None:
    """An empty datagram is no end-of-file: the server goes on answering."""
    async with server.datagram_client("empty") as client:
        await client.send(b"")
        await client.overhear(server.quiet_period)
    async with server.datagram_client("next") as client:
        await client.ask(b"are you still there?")
