"""Exchanging, and silence: a client may say nothing for a while, and a server may say for how long."""

from collections.abc import Awaitable, Callable

import trio

from client_kit import Client, ClientKitError, EndingKind
from spec_tests.requirement import (
    CONCURRENT,
    MUST,
    POLICY,
    SHOULD,
    STANDARD_FOR_ECHO,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)

GAP = 0.25
"""Of the patience: 1.5 s, by default, in which a client says nothing."""
WITHIN = 0.5
"""Of an idle timeout that is shorter than that: a silence that it allows."""
TOLERANCE = 0.25
"""Of the idle timeout; a late end has the patience on top, for it may be looked for now and then only."""
SPEAKS_EVERY = 0.6
"""Of the idle timeout: so often somebody speaks who is not idle."""
WORDS = 3
"""So often: for longer than the idle timeout, even if it is looked for now and then only."""

UNTOLD = "(If it ends silent clients on purpose, say after how long: --idle-timeout SECONDS.)"
HINT = "(The time counts from the accept, and from each exchange anew.)"

Visit = Callable[[Client, float], Awaitable[None]]


@requirement(
    "exchanging.tolerates-an-idle-client",
    level=MUST,
    source="RFC 862",
    authority=STANDARD_FOR_ECHO,
    accepts="a right and complete reply to a request that comes a quarter of the patience after the last, "
    "or half of an --idle-timeout that is shorter",
    abilities={Ability.REPEATS},
    takes="1.5 s of silence",
    once=True,
)
async def test_tolerates_an_idle_client(server: Server) -> None:
    """A client that says nothing for a while, within the idle timeout, is still a client."""
    limit = server.description.idle_timeout
    gap = min(GAP * server.patience, WITHIN * limit) if limit else GAP * server.patience
    async with server.client() as client:
        await client.ask(b"hello")
        spoke = trio.current_time()
        await trio.sleep(gap)  # a quiet period: nothing is waited for
        server.timeline.note(f"A said nothing for {gap:.2g} s")
        await is_still_served(client, spoke, limit)


@requirement(
    "exchanging.enforces-its-idle-timeout",
    level=SHOULD,
    source="UNP 14.2",
    authority=POLICY,
    long=True,
    accepts="after --idle-timeout, give or take a quarter, or a little later: FIN or RST to who is silent; "
    "nothing to who speaks; a right reply to who comes next",
    takes="twice the idle timeout",
)
async def test_enforces_its_idle_timeout(server: Server) -> None:
    """The server ends a connection on which nothing comes when its idle timeout is over, and not before."""
    limit = server.description.idle_timeout
    if limit is None:
        why = "it needs to know after how long the server ends a silent connection: --idle-timeout"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)
    if not limit:
        raise NotJudgedError(Verdict.NOT_APPLICABLE, "it ends no connection for its silence")
    visits: dict[str, Visit] = {"A": never_speaks}
    if Ability.REPEATS in server.dialect.abilities:
        visits |= {"B": falls_silent, "C": speaks_now_and_then}
    many = server.model in CONCURRENT - {"pool"}
    limiter = trio.CapacityLimiter(server.crowd_size(len(visits), at_least=1) if many else 1)
    problems: dict[str, ViolatedError] = {}

    async def visited(name: str, visit: Visit) -> None:
        patience = limit * (1 + TOLERANCE) + server.patience
        async with limiter:
            try:
                async with server.client(name, patience=patience) as client:
                    await client.begin()
                    await visit(client, limit)
                await take_its_place(server, name)
            except ViolatedError as error:
                problems[name] = error

    async with trio.open_nursery() as nursery:
        for name, visit in visits.items():
            nursery.start_soon(visited, name, visit)
    for _, error in sorted(problems.items()):
        raise error


async def take_its_place(server: Server, name: str) -> None:
    """Come after a client, whose descriptor is the next to be given out, while others may still be there."""
    try:
        await server.exchange_once(f"after {name}")
    except ClientKitError as error:
        raise ViolatedError(f"{name} was gone, and who came next was not served: {error}") from error


async def never_speaks(client: Client, limit: float) -> None:
    """Say nothing; who never spoke may be let go earlier than others."""
    await is_let_go(client, limit, "from the beginning, ", at_least=0)


async def falls_silent(client: Client, limit: float) -> None:
    """Have an exchange, and say nothing from then on."""
    await client.ask(b"hello")
    await is_let_go(client, limit, "", at_least=limit * (1 - TOLERANCE))


async def is_let_go(client: Client, limit: float, since: str, *, at_least: float) -> None:
    """Raise ViolatedError unless a silent client is let go, but not too soon."""
    started = trio.current_time()
    ending = await client.receive_until_end()
    waited = trio.current_time() - started
    told = f"nothing came from {client.name} {since}for {waited:.1f} s"
    if ending.kind is EndingKind.SILENCE:
        raise ViolatedError(f"{told}, and it was not let go after {limit:g} s. {HINT}")
    if waited < at_least:
        raise ViolatedError(f"{told}, and it was let go; {limit:g} s were said. {HINT}")


async def speaks_now_and_then(client: Client, limit: float) -> None:
    """Have an exchange before each silence is too long, until more time than that has gone by."""
    spoke = trio.current_time()
    for number in range(WORDS + 1):
        if number:
            await trio.sleep(limit * SPEAKS_EVERY)  # nothing is waited for: it is silent
        await is_still_served(client, spoke, limit)
        spoke = trio.current_time()


async def is_still_served(client: Client, spoke: float, limit: float | None) -> None:
    """Raise ViolatedError unless a client is served that has been silent since it spoke."""
    silent = trio.current_time() - spoke
    try:
        await client.ask(b"I am still here")
    except ClientKitError as error:
        if limit and silent > limit * (1 - TOLERANCE):
            why = f"the kit was kept from speaking for {silent:.1f} s"
            raise NotJudgedError(Verdict.INCONCLUSIVE, why) from error
        hint = UNTOLD if limit is None else f"{limit:g} s were said. {HINT}" if limit else ""
        told = f"{client.name} said nothing for {silent:.2g} s, and was not served any more"
        raise ViolatedError(f"{told}: {error} {hint}".rstrip()) from error
