"""End-of-file: the client's FIN ends one direction only, and the server answers it with its own."""

from client_kit import ClientKitError, Ending, EndingKind
from spec_tests.requirement import (
    MUST,
    POLICY,
    STANDARD,
    STANDARD_FOR_ECHO,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)

LAST_WORDS = b"last words"


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
