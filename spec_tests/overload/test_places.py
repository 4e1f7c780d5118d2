"""Overload of a server that serves so many at once and no more: a place is given back however it is left."""

from contextlib import AsyncExitStack

from client_kit import Client, ClientKitError
from spec_tests.requirement import (
    MUST,
    POLICY,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)

ROUNDS = 3
MOST = 256
"""Clients; a larger bound is not filled."""


@requirement(
    "overload.frees-a-slot-after-an-abnormal-leave",
    level=MUST,
    source="policy (capacity)",
    authority=POLICY,
    accepts="as many clients served at once as before, after all of them reset their connections, and again",
    abilities={Ability.REPEATS},
    disruptive=True,
    alone=True,
    takes="several rounds in which all places are taken",
    once=True,
)
async def test_frees_a_slot_after_an_abnormal_leave(server: Server) -> None:
    """The server, which serves so many clients at once, has all its places again after clients that reset."""
    places = server.max_clients
    if places is None:
        why = "no bound of the clients that it serves at once is known; --max-clients would say it"
        raise NotJudgedError(Verdict.NOT_APPLICABLE, why)
    if places > MOST:
        why = f"{places:,} clients at once are more than the {MOST} with which it is tried"
        raise NotJudgedError(Verdict.NOT_APPLICABLE, why)
    for number in range(1, ROUNDS + 1):
        async with AsyncExitStack() as stack:
            clients = [await take_a_place(server, stack, number, place) for place in range(1, places + 1)]
            await leave_abnormally(server, clients)


async def take_a_place(server: Server, stack: AsyncExitStack, number: int, place: int) -> Client:
    """Let a client come, and come again if it is turned away, until it is served."""

    async def come() -> Client:
        client = await stack.enter_async_context(server.client(f"{number}.{place}"))
        await client.ask(b"hello")
        return client

    try:
        return await server.let_in(come)
    except ClientKitError as error:
        raise _told(server, number, place, error) from error


def _told(server: Server, number: int, place: int, error: ClientKitError) -> Exception:
    if number == 1:
        told = f"it is said to serve {server.max_clients} clients at once, and served {place - 1}: {error}"
        return NotJudgedError(Verdict.NOT_OBSERVED, told)
    gone = (number - 1) * (server.max_clients or 0)
    return ViolatedError(
        f"after {gone} clients had reset their connections, {place - 1} could be served: {error}"
    )


async def leave_abnormally(server: Server, clients: list[Client]) -> None:
    """Reset every connection: some while nothing is owed, some in the middle of a request, some of a reply."""
    request = server.dialect.request(b"I shall not stay")
    for place, client in enumerate(clients):
        if request and place % 3:
            await client.send(request if place % 3 == 1 else request[:1])
        await client.reset()
