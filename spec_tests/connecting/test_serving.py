"""Connecting: whoever knocks is served, and nobody's way of leaving closes the door for the next."""

from client_kit import ServerClosed, ServerReset, snippet
from spec_tests.requirement import (
    MUST,
    POLICY,
    STANDARD_FOR_ECHO,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    requirement,
)

VISITS = 5
BURSTS = 25
"""Whether an accept finds its connection reset already is luck, so it is tried so often."""
BURST = 4
"""Fewer than the smallest common backlog: a SYN that is dropped would cost a second."""


@requirement(
    "connecting.serves-one-exchange",
    level=MUST,
    source="RFC 862; listen(2)",
    authority=STANDARD_FOR_ECHO,
    accepts="a right and complete reply to one request",
)
async def test_serves_one_exchange(server: Server) -> None:
    """The server answers a request at the address that it announces."""
    async with server.client() as client:
        await client.ask(b"hello")


@requirement(
    "connecting.serves-one-after-another",
    level=MUST,
    source="UNP 4.6, 30.4",
    authority=POLICY,
    accepts="a right and complete reply to each of 50 clients, each of which leaves before the next comes",
)
async def test_serves_one_after_another(server: Server) -> None:
    """The server serves client after client for as long as clients come."""
    for number in range(1, 51):
        async with server.client(str(number)) as client:
            await client.ask(b"client %d" % number)


@requirement(
    "connecting.waits-for-the-client-to-speak",
    level=MUST,
    source="RFC 862",
    authority=STANDARD_FOR_ECHO,
    accepts="nothing is sent to a client that says nothing, for the quiet period",
    exchanges=False,
    unless={Ability.SPEAKS_FIRST},
    takes="a quiet period",
)
async def test_waits_for_the_client_to_speak(server: Server) -> None:
    """The server sends nothing before the client has spoken."""
    async with server.client("silent") as client:
        try:
            said = await client.overhear(server.quiet_period)
        except (ServerClosed, ServerReset) as error:
            said = error.received if isinstance(error, ServerClosed) else b""
            if not said:
                why = f"the server did not let a silent client be: {error}"
                raise NotJudgedError(Verdict.NOT_OBSERVED, why) from error
        if not said and Ability.EXCHANGES in server.dialect.abilities:
            await client.ask(b"hello")

    assert not said, f"the client had said nothing, and the server sent {snippet(said)}"


@requirement(
    "connecting.survives-a-silent-visitor",
    level=MUST,
    source="UNP 5.7",
    authority=POLICY,
    accepts="a right and complete reply to the client that comes after four that left without a word",
    once=True,
)
async def test_survives_a_silent_visitor(server: Server) -> None:
    """A client that leaves without having said anything does not keep the next one from being served."""
    for number in range(1, VISITS + 1):
        for place in range(1, BURST + 1):
            async with server.client(f"silent {number}.{place}"):
                pass
        await server.exchange_once(f"next {number}")


@requirement(
    "connecting.survives-an-instant-reset",
    level=MUST,
    source="UNP 5.11; accept(2) ECONNABORTED; getpeername(2) ENOTCONN; tiny-http #180, #283",
    authority=POLICY,
    accepts="a right and complete reply to the client that comes after four that reset theirs at once",
    disruptive=True,
    once=True,
)
async def test_survives_an_instant_reset(server: Server) -> None:
    """A client that resets its connection at once does not keep the next one from being served."""
    for number in range(1, BURSTS + 1):
        await server.reset_at_once(f"burst {number}", BURST)
        await server.exchange_once(f"next {number}")
