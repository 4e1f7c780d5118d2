"""Overload of the network: what holds on loopback holds where bytes come late, in small pieces, and slowly."""

import trio

from client_kit import ClientKitError, Timeline
from spec_tests.requirement import (
    ADDRESS,
    CONCURRENT,
    MUST,
    POLICY,
    REGISTRY,
    NotJudgedError,
    Requirement,
    Server,
    Verdict,
    ViolatedError,
    faulty_network,
    requirement,
)

CHAPTERS = ("exchanging", "end-of-file")
BROKEN = (ViolatedError, ClientKitError, AssertionError)

SAME = ("exchanging.tolerates-an-idle-client", "exchanging.lasts-many-exchanges")
"""What silence or number they ask for is the same, however slow the network is."""

TRIES = 3

AT_A_TIME = 3
"""So many questions are asked at once: most of what they take is waiting."""
CLIENTS = 3
"""The most clients that one of them has at once."""


def at_a_time(server: Server) -> int:
    """How many questions a server may be asked at once: some keep all but a few of their clients waiting."""
    if server.model not in CONCURRENT or (server.model == "pool" and server.max_clients is None):
        return 1
    return AT_A_TIME if server.max_clients is None else max(1, min(AT_A_TIME, server.max_clients // CLIENTS))


def is_asked(one: Requirement, server: Server) -> bool:
    """Whether it is a MUST of the two chapters about one connection, and may be asked of this server."""
    if one.chapter not in CHAPTERS or one.level is not MUST or one.needs is not ADDRESS or one.id in SAME:
        return False
    able = server.dialect.abilities
    return one.abilities <= able and not one.unless & able and server.model in one.models


@requirement(
    "overload.holds-through-a-faulty-network",
    level=MUST,
    source="Toxiproxy README, Toxics",
    authority=POLICY,
    accepts="what each MUST of exchanging and end-of-file (not of silence or number) accepts, late, in slices",
    disruptive=True,
    exchanges=False,
    long=True,
    takes="other requirements again, through a slow network",
    once=True,
)
async def test_holds_through_a_faulty_network(server: Server) -> None:
    """What holds of one connection holds through a network that delivers late, in small pieces, and slowly."""
    asked = [one for one in REGISTRY.values() if is_asked(one, server)]
    if not asked:
        raise NotJudgedError(Verdict.NOT_APPLICABLE, "nothing is asked of one connection with this dialect")
    for one in await in_doubt(server, asked):
        await let_it_hold_on_loopback(server, one)
        server.timeline.note(f"through a slow network: {one.id}")
        error = await what_breaks(server, one, server.timeline)
        if error:  # what a busy machine did does not come again
            told = f"{one.id} does not hold through a slow network, though it does on loopback"
            raise ViolatedError(f"{told}: {error}".partition("\nassert ")[0]) from error


async def in_doubt(server: Server, asked: list[Requirement]) -> list[Requirement]:
    """Ask everything once, some of it at the same time; return what has to be asked again, by itself."""
    broken: set[str] = set()
    questions = iter(sorted(asked, key=lambda one: not one.takes))  # what takes long begins first

    async def ask_on() -> None:
        for one in questions:
            error = await what_breaks(server, one, Timeline())
            server.timeline.note(f"through a slow network: {one.id} {'is in doubt' if error else 'holds'}")
            if error:
                broken.add(one.id)

    async with trio.open_nursery() as nursery:
        for _ in range(at_a_time(server)):
            nursery.start_soon(ask_on)
    return [one for one in asked if one.id in broken]


async def what_breaks(server: Server, one: Requirement, timeline: Timeline) -> Exception | None:
    """Ask something through a network in front of the server that runs now; return what breaks it, if any."""
    async with faulty_network(server.address) as detour:
        try:
            await one.test(server.through(detour, timeline))
        except NotJudgedError as error:
            timeline.note(f"{error.verdict}: {error.reason}")
        except BROKEN as error:
            return error
    return None


async def let_it_hold_on_loopback(server: Server, one: Requirement) -> None:
    """Raise NotJudgedError unless the same holds without the network between, once in `TRIES` at least."""
    for tries_left in reversed(range(TRIES)):  # on a busy machine, loopback is slow now and then
        try:
            await one.test(server)
        except (*BROKEN, NotJudgedError) as error:
            if server.launcher:
                await server.launch()  # it may be the worse for the test
            if not tries_left:
                why = f"{one.id} does not hold on loopback either, where it is asked for itself"
                raise NotJudgedError(Verdict.NOT_OBSERVED, why) from error
        else:
            return
