"""Connecting: whoever knocks is served, and nobody's way of leaving closes the door for the next."""

from spec_tests.requirement import MUST, POLICY, STANDARD_FOR_ECHO, Server, requirement

BURSTS = 5
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
    "connecting.survives-an-instant-reset",
    level=MUST,
    source="UNP 5.11; accept(2) ECONNABORTED; getpeername(2) ENOTCONN; tiny-http #180, #283",
    authority=POLICY,
    accepts="a right and complete reply to the client that comes after four that reset theirs at once",
)
async def test_survives_an_instant_reset(server: Server) -> None:
    """A client that resets its connection at once does not keep the next one from being served."""
    for number in range(1, BURSTS + 1):
        for place in range(1, BURST + 1):  # a burst: an accept must find a connection that is reset already
            await server.reset_at_once(f"reset {number}.{place}")
        async with server.client(f"next {number}") as client:
            await client.ask(b"after burst %d" % number)
