"""End-of-file: the client's FIN ends one direction only, and the server answers it with its own."""

from functools import partial

from client_kit import ClientKitError, Ending, EndingKind, ServerClosed, ServerReset, numbered
from spec_tests.requirement import (
    MUST,
    POLICY,
    PROCESS,
    STANDARD,
    STANDARD_FOR_ECHO,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    close_waits,
    requirement,
)
from spec_tests.steps import SMALL_BUFFER, fill

LAST_WORDS = b"last words"

LONG = 256 * 1024
"""Its reply is not over when its first byte comes."""

CLIENTS = 20
ROUNDS = 10


@requirement(
    "end-of-file.reply-survives-half-close",
    level=MUST,
    source="RFC 862; RFC 9293 §3.6, §3.6.1; UNP 6.6; vanilla #103",
    authority=STANDARD_FOR_ECHO,
    accepts="the whole reply, whether the FIN came with the request or after it",
    abilities={Ability.ANSWERS_AFTER_HALF_CLOSE},
)
async def test_reply_survives_half_close(server: Server) -> None:
    """A client that has finished sending still receives every reply it is owed."""
    for when in ("after", "together with"):
        async with server.client(when.split()[0]) as client:
            if when == "after":
                await client.send_request(LAST_WORDS)
                await client.half_close()
            else:
                await client.send_last_request(LAST_WORDS)
            try:
                await client.receive_reply()
            except ClientKitError as error:
                raise ViolatedError(f"FIN came {when} the request. {error}") from error


@requirement(
    "end-of-file.large-reply-survives-half-close",
    level=MUST,
    source="RFC 862; RFC 9293 §3.6, §3.6.1",
    authority=STANDARD_FOR_ECHO,
    accepts="the whole reply to what is taken of 32 MiB unread and to 1 MiB more, and FIN",
    abilities={Ability.ANSWERS_AFTER_HALF_CLOSE, Ability.TAKES_ANY_TEXT},
    takes="bulk data",
)
async def test_large_reply_survives_half_close(server: Server) -> None:
    """A client that has finished sending still receives the whole of a large reply."""
    async with server.client(receive_buffer=SMALL_BUFFER) as client:
        rest = await fill(server, client)
        whole = client.sent + len(rest)
        ending = await client.exchange_to_end(rest)
        if ending.kind is EndingKind.SILENCE and client.sent < whole:
            why = f"FIN was not sent: after {client.sent:,} bytes nothing more was taken, and it {ending}"
            raise NotJudgedError(Verdict.NOT_OBSERVED, why)

    assert ending.is_complete, f"FIN came after {whole:,} bytes; the connection {ending}"


async def end_after_an_exchange(server: Server) -> Ending:
    """Have one exchange, send FIN, and wait how the server ends the connection."""
    async with server.client() as client:
        await client.ask(b"goodbye")
        await client.half_close()
        return await client.receive_until_end()


@requirement(
    "end-of-file.closes-after-the-client",
    level=MUST,
    source="RFC 9293 §3.6 (case 2), §3.3.2; UNP 5.7",
    authority=STANDARD,
    accepts="FIN or RST within the patience after the client's FIN, which came when nothing was owed any more",
)
async def test_closes_after_the_client(server: Server) -> None:
    """The server closes its side of a connection after the client has closed its own."""
    ending = await end_after_an_exchange(server)

    assert ending.kind is not EndingKind.SILENCE, f"after the client's FIN the connection {ending}"


@requirement(
    "end-of-file.ends-with-fin",
    level=MUST,
    source="RFC 9293 §3.6, §3.6.1 SHLD-3; RFC 2525 §2.17",
    authority=POLICY,
    accepts="FIN, when the client has sent FIN and nothing is owed or unread any more",
)
async def test_ends_with_fin(server: Server) -> None:
    """The server ends a connection on which all is said with FIN, not with RST."""
    ending = await end_after_an_exchange(server)
    if ending.kind is EndingKind.SILENCE:
        raise NotJudgedError(Verdict.NOT_OBSERVED, "the connection did not end at all")

    assert ending.is_orderly, f"after an exchange and the client's FIN the connection {ending}"


@requirement(
    "end-of-file.notices-a-silent-end",
    level=MUST,
    source="RFC 9293 §3.6; select(2); UNP 6.8",
    authority=STANDARD,
    accepts="FIN or RST within the patience after the FIN of a client that never said anything",
    exchanges=False,
    once=True,
)
async def test_notices_a_silent_end(server: Server) -> None:
    """The server notices the end of a client that has never said anything."""
    async with server.client("silent") as client:
        try:
            await client.overhear(server.quiet_period / 4)
        except (ServerClosed, ServerReset) as error:
            why = f"the server did not let a silent client be: {error}"
            raise NotJudgedError(Verdict.NOT_OBSERVED, why) from error
        await client.half_close()
        try:  # some say a word before they go, such as 400 Bad Request
            await client.overhear(server.patience)
        except (ServerClosed, ServerReset):
            return
    raise ViolatedError(f"after a silent client's FIN nothing ended the connection for {server.patience:g} s")


@requirement(
    "end-of-file.leaves-no-close-wait",
    level=MUST,
    source="RFC 9293 §3.6 (case 2), §3.3.2; srs #633",
    authority=STANDARD,
    accepts="none of 20 connections in CLOSE_WAIT when their clients have closed them, within the patience",
    needs=PROCESS,
    once=True,
)
async def test_leaves_no_close_wait(server: Server) -> None:
    """The server leaves no connection in CLOSE_WAIT whose client has gone."""
    ports = set()
    for number in range(1, CLIENTS + 1):
        async with server.client(str(number)) as client:
            await client.ask(b"hello")
            ports.add(client.local_address.port)
    waiting = partial(close_waits, server.address.port, ports)
    await server.eventually(lambda: not waiting())  # each is there for a moment

    count = waiting()
    assert not count, f"{count} of {CLIENTS} connections are in CLOSE_WAIT: the server has not closed them"


@requirement(
    "end-of-file.survives-reset-mid-reply",
    level=MUST,
    source="UNP 5.12, 5.13; send(2) EPIPE, ECONNRESET; signal(7) SIGPIPE",
    authority=POLICY,
    accepts="a right reply to the client that comes after one that reset its connection in mid-reply",
    abilities={Ability.TAKES_ANY_TEXT},
    disruptive=True,
    once=True,
)
async def test_survives_reset_mid_reply(server: Server) -> None:
    """A client that resets its connection in mid-reply does not keep the next one from service."""
    for number in range(1, ROUNDS + 1):
        await reset_mid_reply(server, f"reset {number}")
        await server.reset_at_once(f"gone {number}", 2, server.dialect.request(LAST_WORDS))
        await server.exchange_once(f"next {number}")


async def reset_mid_reply(server: Server, name: str) -> None:
    """Send much, wait for the first bytes of the reply, and reset the connection."""
    async with server.client(name) as client:
        try:
            await client.send(numbered(LONG))
            await client.receive(1)
        except ClientKitError as error:
            raise NotJudgedError(Verdict.NOT_OBSERVED, f"no reply had begun: {error}") from error
        await client.reset()
