"""Exchanging, in records: a request has an end of its own, and the stream knows nothing of it."""

from client_kit import ClientKitError, ServerClosed, ServerReset
from spec_tests.requirement import (
    MUST,
    POLICY,
    PROCESS,
    STANDARD,
    Ability,
    Server,
    ViolatedError,
    requirement,
)
from spec_tests.steps import KEPT, PLENTY, pour

TOGETHER = 3

ENDLESS = b"x" * PLENTY
"""Bytes without the end of a record: more than any server should keep for one client."""


@requirement(
    "exchanging.answers-coalesced-requests",
    level=MUST,
    source="RFC 9293 §2.2, §3.9.1.2; UNP 3.9",
    authority=STANDARD,
    accepts="a right and complete reply to each of three requests that come in one segment, in their order",
    abilities={Ability.HAS_RECORDS, Ability.PIPELINES},
)
async def test_answers_coalesced_requests(server: Server) -> None:
    """The server answers every request of several that come in one segment, in their order."""
    requests = [server.dialect.request(b"request %d" % number) for number in range(TOGETHER)]
    async with server.client() as client:
        await client.begin()
        await client.send(b"".join(requests))
        try:
            await client.receive_reply()
        except ClientKitError as error:
            raise ViolatedError(f"{TOGETHER} requests were sent in one segment. {error}") from error


@requirement(
    "exchanging.ends-an-unterminated-record",
    level=MUST,
    source="recv(2); UNP 3.9",
    authority=POLICY,
    accepts="FIN or RST within the patience, after any reply or none: no text says what half a request is owed",
    abilities={Ability.HAS_RECORDS},
)
async def test_ends_an_unterminated_record(server: Server) -> None:
    """A client that leaves in the middle of a request is let go: the server waits for no more of it."""
    async with server.client() as client:
        await client.begin()
        request = server.dialect.request(b"never ended")
        await client.send(request[: max(1, len(request) // 2)])
        await client.half_close()
        try:
            await client.overhear(server.patience)
        except (ServerClosed, ServerReset):
            return
    raise ViolatedError(f"half a request and FIN were sent, and no end came within {server.patience:g} s")


@requirement(
    "exchanging.bounds-an-endless-record",
    level=MUST,
    source="CWE-770",
    authority=POLICY,
    accepts="an end, no more reading, or growth by less than 16 MiB for up to 96 MiB without a terminator",
    needs=PROCESS,
    abilities={Ability.HAS_RECORDS},
    disruptive=True,
    long=True,
    takes="bulk data",
)
async def test_bounds_an_endless_record(server: Server) -> None:
    """The server does not keep a request without end: it bounds the memory that one may take."""
    async with server.client() as client:
        await client.begin()
        try:
            taken, grown = await pour(server, client, ENDLESS)
        except (ServerClosed, ServerReset):
            return

    assert grown < KEPT, (
        f"{taken:,} bytes without an end were sent, and the server grew by {grown:,} bytes. "
        "(A request needs a limit: answer one that is longer with an error, and end the session.)"
    )
