"""Exchanging: every byte that is sent is answered, whatever its value and however many there are."""

from client_kit import ClientKitError, snippet
from spec_tests.requirement import MUST, POLICY, STANDARD_FOR_ECHO, Ability, Server, ViolatedError, requirement

AWKWARD = {
    "white space at its ends": b" \t\r\nwhite space\r\n\t ",
    "NUL inside and at its ends": b"\0NUL\0inside\0",
    "bytes that are not valid UTF-8": bytes(range(0x80, 0x100)),
    "all 256 byte values": bytes(range(256)),
}

LARGE = b"".join(b"%015d." % number for number in range(512 * 1024))
"""8 MiB, printable, no two 16-byte pieces alike."""

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
    "exchanging.carries-a-large-payload",
    level=MUST,
    source="RFC 862; UNP 3.9; write(2)",
    authority=STANDARD_FOR_ECHO,
    accepts="a right and complete reply to 8 MiB that are sent and whose reply is read at the same time",
    abilities={Ability.TAKES_ANY_BYTES},
)
async def test_carries_a_large_payload(server: Server) -> None:
    """The server answers 8 MiB on one connection to the last byte."""
    async with server.client() as client:
        await client.exchange(LARGE)


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
