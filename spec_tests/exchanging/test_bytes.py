"""Exchanging: every byte that is sent is answered, whatever its value and however many there are."""

from contextlib import suppress

from client_kit import ClientKitError, NoReply, ServerClosed, ServerReset, numbered, snippet
from spec_tests.requirement import (
    MUST,
    POLICY,
    STANDARD,
    STANDARD_FOR_ECHO,
    Ability,
    Server,
    ViolatedError,
    requirement,
)
from spec_tests.steps import PLENTY, SMALL_BUFFER

AWKWARD = {
    "white space at its ends": b" \t\r\nwhite space\r\n\t ",
    "NUL inside and at its ends": b"\0NUL\0inside\0",
    "bytes that are not valid UTF-8": bytes(range(0x80, 0x100)),
    "all 256 byte values": bytes(range(256)),
}

LARGE = 8 * 1024 * 1024
BYTE_BY_BYTE = b"byte-by-byte"

SIZES = (1, 1023, 1024, 1025, 65537)
"""One byte; one receive of 1,024, and one byte less and more; more than a 16-bit count."""


@requirement(
    "exchanging.keeps-every-byte-value",
    level=MUST,
    source="RFC 862; Protohackers 0",
    authority=STANDARD_FOR_ECHO,
    accepts="a right and complete reply to each request, whatever the values of its bytes",
    abilities={Ability.TAKES_ANY_BYTES},
)
async def test_keeps_every_byte_value(server: Server) -> None:
    """The server answers a request whatever byte values are in it, and where they stand."""
    for what, request in AWKWARD.items():
        async with server.client() as client:
            try:
                await client.ask(request)
            except ClientKitError as error:
                raise ViolatedError(f"the request had {what}: {snippet(request)}.\n{error}") from error


@requirement(
    "exchanging.accepts-one-byte-segments",
    level=MUST,
    source="RFC 9293 §2.2, §3.9.1.2; UNP 3.9",
    authority=STANDARD,
    accepts="a right and complete reply to a request whose bytes are sent one by one; to each, if it is one",
    unless={Ability.ANSWERS_PIECES},
)
async def test_accepts_one_byte_segments(server: Server) -> None:
    """The server answers a request that comes byte by byte, each in a segment of its own."""
    async with server.client() as client:
        if Ability.TAKES_ANY_TEXT not in server.dialect.abilities:
            await client.begin()
            await client.send_segments(server.dialect.request(BYTE_BY_BYTE))
            await client.receive_reply()
            return
        for number, byte in enumerate(BYTE_BY_BYTE, 1):
            try:
                await client.ask(bytes([byte]))
            except ClientKitError as error:
                raise ViolatedError(f"byte {number} was sent, in a segment of its own. {error}") from error


@requirement(
    "exchanging.delivers-only-true-bytes",
    level=MUST,
    source="RFC 862; RFC 9293 §2.2",
    authority=STANDARD_FOR_ECHO,
    accepts="what comes is a beginning of what is owed, though nobody reads until the buffers are full",
    abilities={Ability.TAKES_ANY_TEXT, Ability.RETURNS_TOKEN},
    takes="bulk data, until the buffers are full",
)
async def test_delivers_only_true_bytes(server: Server) -> None:
    """The server delivers no byte that is not owed, and none twice, at whatever pace it is read."""
    async with server.client(receive_buffer=SMALL_BUFFER) as client:
        with suppress(NoReply, ServerClosed, ServerReset):  # what is missing is another requirement's business
            await client.send_until_stall(numbered(PLENTY), stall_after=server.quiet_period)
            server.timeline.note("the client begins to read")
            for size in (1, 7, 100, 1500):
                await client.receive_exactly(size)
            await client.receive_reply()


@requirement(
    "exchanging.keeps-order",
    level=MUST,
    source="RFC 862; RFC 9293 §2.2",
    authority=STANDARD_FOR_ECHO,
    accepts="the replies to 400 numbered requests, of which 8 are under way at a time, in their order",
    abilities={Ability.TAKES_ANY_TEXT, Ability.RETURNS_TOKEN},
)
async def test_keeps_order(server: Server) -> None:
    """The server answers requests in the order in which they were sent."""
    async with server.client() as client:
        await client.pipeline((b"<request %d>" % number for number in range(400)), depth=8)


@requirement(
    "exchanging.lasts-many-exchanges",
    level=MUST,
    source="RFC 862",
    authority=STANDARD_FOR_ECHO,
    accepts="right replies to 4,000 requests on one connection, of which 4 are under way at a time",
    abilities={Ability.TAKES_ANY_TEXT},
    takes="4,000 exchanges",
)
async def test_lasts_many_exchanges(server: Server) -> None:
    """The server answers request after request on one connection, for as long as it lasts."""
    async with server.client() as client:
        await client.pipeline((b"<%d>" % number for number in range(4_000)), depth=4)


@requirement(
    "exchanging.carries-a-large-payload",
    level=MUST,
    source="RFC 862; UNP 3.9; write(2)",
    authority=STANDARD_FOR_ECHO,
    accepts="a right and complete reply to 8 MiB that are sent and whose reply is read at the same time",
    abilities={Ability.TAKES_ANY_TEXT},
    takes="bulk data",
)
async def test_carries_a_large_payload(server: Server) -> None:
    """The server answers 8 MiB on one connection to the last byte."""
    async with server.client() as client:
        await client.exchange(numbered(LARGE))


@requirement(
    "exchanging.acknowledges-every-byte",
    level=MUST,
    source="the tutorial's fork and thread servers; RFC 9293 §2.2",
    authority=POLICY,
    accepts="between ⌈n/receive size⌉ and n acknowledgements of n bytes and nothing else",
    abilities={Ability.ACKNOWLEDGES_BYTES},
)
async def test_acknowledges_every_byte(server: Server) -> None:
    """The server acknowledges every byte that it is sent, once for each receive call and no more."""
    for size in SIZES:
        for segment in (size, max(1, size // 40)):
            async with server.client() as client:
                await client.send_segments(b"x" * size, segment)
                await client.half_close()
                ending = await client.receive_until_end()

            assert ending.is_complete, (
                f"{size:,} bytes, sent in segments of {segment:,}: {ending}. "
                "(A server that receives more than 1,024 bytes at once is tested with --receive-size.)"
            )
