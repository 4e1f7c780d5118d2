"""Datagrams: each is a request of its own, and each is answered by one of its own."""

from collections import Counter
from collections.abc import Iterable

from client_kit import ClientKitError, NoReply, numbered, snippet
from spec_tests.requirement import (
    MUST,
    SHOULD,
    STANDARD,
    STANDARD_FOR_ECHO,
    Ability,
    Server,
    ViolatedError,
    requirement,
)

AWKWARD = b" \t\0" + bytes(range(256)) + b"\0\r\n "
SIZES = (1, 1472, 5, 512, 1023, 1024, 1025, 1472)
"""An Ethernet packet holds 1,472 bytes beside the headers of IP and UDP. A long one comes after a short one."""

LARGEST = 65507
"""Bytes: 65,535 without the headers of IP and of UDP."""

ATTEMPTS = 3
"""UDP may lose a datagram, even on loopback: what did not come is asked for again."""


async def answers(server: Server, requests: list[bytes], *, at_once: bool) -> None:
    """Send these datagrams from a new client; raise unless each is answered once, and nothing else comes."""
    for attempt in range(1, ATTEMPTS + 1):
        came: list[bytes] = []
        async with server.datagram_client(f"A{attempt}") as client:
            for request in requests:
                await client.send(request)
                if not at_once:
                    came += await client.collect(1, server.patience / ATTEMPTS)
            came += await client.collect(len(requests) - len(came), server.patience / ATTEMPTS)
            came += await client.overhear(server.quiet_period)
        missing = [server.dialect.datagram_reply(request) for request in requests]
        for data in came:
            if not (met := next((one for one in missing if one.is_met_by(data)), None)):
                others = _told(one.words for one in missing)
                why = f"sent: {_told(map(snippet, requests))}; not owed: {snippet(data)}; owed still: {others}"
                raise ViolatedError(why)
            missing.remove(met)
        if not missing:
            return
    sent, lost = _told(map(snippet, requests)), _told(one.words for one in missing)
    raise NoReply(f"{ATTEMPTS} times, {sent} was sent, and did not come: {lost}")


def _told(datagrams: Iterable[str]) -> str:
    told = ", ".join(f"{count} times {words}" for words, count in Counter(datagrams).items())
    return told or "nothing"


@requirement(
    "datagrams.answers-exactly-once",
    level=MUST,
    source="RFC 862",
    authority=STANDARD_FOR_ECHO,
    accepts="one right datagram for each of two equal ones (of every byte value, if it takes any), and no more",
    transport="udp",
    takes="a quiet period",
)
async def test_answers_exactly_once(server: Server) -> None:
    """The server answers each datagram with exactly one, whatever bytes are in it."""
    takes_any = Ability.TAKES_ANY_BYTES in server.dialect.abilities
    request = AWKWARD if takes_any else server.dialect.request(b"twice")
    await answers(server, [request, request], at_once=False)


@requirement(
    "datagrams.keeps-boundaries",
    level=MUST,
    source="RFC 862; udp(7)",
    authority=STANDARD_FOR_ECHO,
    accepts="two datagrams for two that are sent one right after the other, each as long as its own",
    transport="udp",
    abilities={Ability.TAKES_ANY_BYTES},
    takes="a quiet period",
)
async def test_keeps_boundaries(server: Server) -> None:
    """The server answers two datagrams with two, even when they come together."""
    await answers(server, [b"a short one", b"and a longer one" * 20], at_once=True)


@requirement(
    "datagrams.never-truncates",
    level=MUST,
    source="RFC 862; udp(7) MSG_TRUNC; UNP 22.3",
    authority=STANDARD_FOR_ECHO,
    accepts="whole replies to datagrams of 1 to 1,472 bytes, whatever the size of the one before",
    transport="udp",
    abilities={Ability.TAKES_ANY_BYTES, Ability.RETURNS_TOKEN},
)
async def test_never_truncates(server: Server) -> None:
    """The server answers datagrams of every size that fits into one packet, with all their bytes."""
    for size in SIZES:
        try:
            async with server.datagram_client(f"{size} bytes") as client:
                await client.ask(numbered(size))
        except ClientKitError as error:
            raise ViolatedError(f"a datagram of {size:,} bytes: {error}") from error


@requirement(
    "datagrams.survives-an-empty-datagram",
    level=MUST,
    source="recv(2); RFC 768; UNP 8.2; nginx-tests stream_udp_proxy.t",
    authority=STANDARD,
    accepts="a right reply to a datagram that is sent after an empty one",
    transport="udp",
    takes="a quiet period",
)
async def test_survives_an_empty_datagram(server: Server) -> None:
    """An empty datagram is no end-of-file: the server goes on answering."""
    async with server.datagram_client("empty") as client:
        await client.send(b"")
        await client.overhear(server.quiet_period)
    async with server.datagram_client("next") as client:
        await client.ask(b"are you still there?")


@requirement(
    "datagrams.answers-an-empty-datagram",
    level=SHOULD,
    source="RFC 862",
    authority=STANDARD_FOR_ECHO,
    accepts="one datagram for an empty one, as for any other: of an echo server an empty one",
    transport="udp",
    abilities={Ability.TAKES_ANY_BYTES},
)
async def test_answers_an_empty_datagram(server: Server) -> None:
    """The server answers an empty datagram, for that is a datagram, too."""
    async with server.datagram_client() as client:
        await client.ask(b"")


@requirement(
    "datagrams.carries-the-largest-datagram",
    level=SHOULD,
    source="RFC 862; RFC 768 Length; RFC 791 §3.1",
    authority=STANDARD_FOR_ECHO,
    accepts="for 65,507 bytes the whole reply, or none",
    transport="udp",
    abilities={Ability.TAKES_ANY_BYTES, Ability.RETURNS_TOKEN},
)
async def test_carries_the_largest_datagram(server: Server) -> None:
    """The server answers the largest datagram that there is wholly or not at all."""
    request = numbered(LARGEST)
    owed = server.dialect.datagram_reply(request)
    for attempt in range(1, ATTEMPTS + 1):
        async with server.datagram_client(f"A{attempt}") as client:
            await client.send(request)
            for data in await client.collect(1, server.patience / ATTEMPTS):
                if not owed.is_met_by(data):
                    raise ViolatedError(f"{LARGEST:,} bytes were sent, and {len(data):,} came: {snippet(data)}")
                return
