"""Exchanging with clients that do not read, or mark a byte as urgent."""

from client_kit import ClientKitError, ServerClosed, ServerReset, numbered
from spec_tests.requirement import (
    POLICY,
    PROCESS,
    SHOULD,
    STANDARD_FOR_ECHO,
    Ability,
    Server,
    ViolatedError,
    requirement,
)
from spec_tests.steps import KEPT, PLENTY, SMALL_BUFFER, fill, pour


@requirement(
    "exchanging.loses-nothing-under-backpressure",
    level=SHOULD,
    source="RFC 862; send(2) EAGAIN; RFC 9293 §3.9.1.2",
    authority=STANDARD_FOR_ECHO,
    accepts="the whole reply to what is taken of 32 MiB before anything is read, and to 1 MiB more",
    abilities={Ability.TAKES_ANY_TEXT},
    takes="bulk data, until the buffers are full",
    once=True,
)
async def test_loses_nothing_under_backpressure(server: Server) -> None:
    """The server answers to the last byte a client that reads only when it cannot send any more."""
    async with server.client(receive_buffer=SMALL_BUFFER) as client:
        rest = await fill(server, client)
        await client.exchange(rest)


@requirement(
    "exchanging.bounds-memory-for-a-deaf-client",
    level=SHOULD,
    source="RFC 9293 §3.8.6.1; CWE-770",
    authority=POLICY,
    accepts="an end, no more reading, or growth by less than 16 MiB for up to 96 MiB that nobody reads",
    needs=PROCESS,
    abilities={Ability.TAKES_ANY_TEXT},
    disruptive=True,
    long=True,
    takes="bulk data, until the buffers are full",
    once=True,
)
async def test_bounds_memory_for_a_deaf_client(server: Server) -> None:
    """The server does not keep without bound what a client that does not read is owed."""
    async with server.client(receive_buffer=SMALL_BUFFER) as client:
        try:
            taken, grown = await pour(server, client, numbered(PLENTY))
        except (ServerClosed, ServerReset):
            return

    assert grown < KEPT, (
        f"{taken:,} bytes were sent, nothing was read, and the server grew by {grown:,} bytes. "
        "(Who does not read is not to be read from: wait until what was written has drained.)"
    )


@requirement(
    "exchanging.ignores-urgent-data",
    level=SHOULD,
    source="RFC 9293 §3.8.5; tcp(7)",
    authority=POLICY,
    accepts="right and complete replies before and after an urgent byte, which is not part of the stream",
    abilities={Ability.REPEATS},
)
async def test_ignores_urgent_data(server: Server) -> None:
    """A byte that is marked as urgent neither ends a session nor gets into a reply."""
    async with server.client() as client:
        await client.ask(b"before")
        try:
            await client.send_urgent(b"!")
            await client.ask(b"after")
            await client.ask(b"and still")
        except ClientKitError as error:
            raise ViolatedError(f"an urgent byte was sent. {error}") from error
