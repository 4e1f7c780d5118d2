"""End-of-file, the server's: what it owes is delivered before it, and nobody else keeps it from its client."""

from contextlib import suppress

import trio

from client_kit import Client, ClientKitError, Ending, EndingKind, NoReply, ServerReset
from spec_tests.requirement import (
    CONCURRENT,
    MUST,
    POLICY,
    SHOULD,
    Ability,
    Server,
    ViolatedError,
    requirement,
)
from spec_tests.steps import SMALL_BUFFER

WHILE = 0.3
"""Seconds that a reply takes: longer than the FIN takes to come."""

REQUESTS = {30: 4096, 2000: SMALL_BUFFER}
"""How many at once, and the client's buffer, in bytes: the replies to the first wait in the server's buffer."""
TOKEN = b"x" * 500
MORE = 64
"""Requests after the one that ends the session, so that some input is unread when the server closes."""

SIP = 32 * 1024
PAUSE = 0.004
"""Seconds between two reads: what the server has sent last is on its way still when it closes."""


@requirement(
    "end-of-file.late-reply-survives-half-close",
    level=SHOULD,
    source="RFC 9293 §3.6.1; ioxide #164",
    authority=POLICY,
    accepts="the whole reply to a request that takes 0.3 s, though the client's FIN came at once",
    abilities={Ability.TAKES_TIME, Ability.ANSWERS_AFTER_HALF_CLOSE},
    takes="a slow request",
)
async def test_late_reply_survives_half_close(server: Server) -> None:
    """A client that has finished sending still receives a reply that takes the server a while."""
    async with server.client() as client:
        await client.begin()
        await client.send(server.dialect.slow_request(b"late", WHILE))
        await client.half_close()
        try:
            await client.receive_reply()
        except ClientKitError as error:
            raise ViolatedError(f"FIN came while the server was at work on the reply. {error}") from error


@requirement(
    "end-of-file.close-reaches-the-client",
    level=MUST,
    source="UNP 4.8, 4.9; fork(2); close(2)",
    authority=POLICY,
    accepts="FIN or RST to A, who asked for the end of the session, while B and C are connected",
    abilities={Ability.ENDS_SESSION, Ability.REPEATS},
    models=CONCURRENT,
)
async def test_close_reaches_the_client(server: Server) -> None:
    """When the server ends a session the client sees the end, though others are connected."""
    server.crowd_size(3)
    async with server.client("B") as before, server.client("A") as leaving, server.client("C") as after:
        for client in before, leaving, after:
            await client.ask(b"hello")
        await leaving.send(server.dialect.goodbye)
        ending = await leaving.receive_until_end()

        assert ending.kind is not EndingKind.SILENCE, (
            f"A asked the server to end the session, B and C are connected; A's connection {ending}. "
            "(Who else holds the socket of A: the parent, or a child that was forked later?)"
        )


@requirement(
    "end-of-file.delivers-before-closing",
    level=MUST,
    source="RFC 9293 §3.6.1 SHLD-3; RFC 9112 §9.6 (HTTP); UNP 7.5; spdystream #112",
    authority=POLICY,
    accepts="the replies to all requests before the one that ends the session, and an end, though more came",
    abilities={Ability.ENDS_SESSION, Ability.PIPELINES, Ability.RETURNS_TOKEN},
    takes="a quiet period, and bulk data",
)
async def test_delivers_before_closing(server: Server) -> None:
    """What the server owes when it ends a session reaches the client, though some input is left unread."""
    for count, buffer in REQUESTS.items():
        await leave_some_unread(server, count, buffer)


async def leave_some_unread(server: Server, count: int, buffer: int) -> None:
    """Send so many requests, the end of the session and more; read late and slowly, and look for all."""
    wanted = b"".join(server.dialect.request(b"%d" % number + TOKEN) for number in range(count))
    more = server.dialect.request(b"too late" + TOKEN) * MORE
    data = wanted + server.dialect.goodbye + more
    async with server.client(receive_buffer=buffer) as client, trio.open_nursery() as nursery:
        await client.begin()
        taken = await client.send_until_stall(data, stall_after=server.quiet_period / 4)
        server.timeline.note(f"{taken:,} of {len(data):,} bytes are sent; the client begins to read, slowly")
        await trio.sleep(server.quiet_period / 4)  # a right server loses nothing, whenever it closes
        nursery.start_soon(send_what_is_taken, client, data[taken:])
        ending = await sip(client)

    sent = f"{count} requests, the end of the session, and {MORE} requests were sent"
    assert ending.kind is not EndingKind.SILENCE, (
        f"{sent}; the connection {ending}. (After the last reply FIN has to follow: shut down for writing.)"
    )
    assert ending.is_complete, (
        f"{sent}; the connection {ending}. "
        "(To close over unread input is to reset: first shut down for writing, and read to the client's end.)"
    )


async def send_what_is_taken(client: Client, data: bytes) -> None:
    """Send while the server takes it: after the end of the session it need not."""
    with suppress(ClientKitError):
        await client.send(data)


async def sip(client: Client) -> Ending:
    """Receive slowly until the end."""
    while True:
        try:
            data = await client.receive(SIP)
        except ServerReset:
            return client.ending(EndingKind.RST)
        except NoReply as error:
            return client.ending(EndingKind.SILENCE, error.seconds)
        if not data:
            return client.ending(EndingKind.FIN)
        await trio.sleep(PAUSE)  # nothing is waited for: it reads slowly
