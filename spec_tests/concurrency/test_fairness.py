"""Concurrency: nobody gets all of a server, neither who sends most, nor who came first, nor who comes next."""

from contextlib import suppress
from dataclasses import dataclass, field

import trio

from client_kit import Client, ClientKitError, ServerClosed, WrongReply, numbered
from spec_tests.requirement import (
    CONCURRENT,
    POLICY,
    SHOULD,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    eventually,
    requirement,
)
from spec_tests.steps import PLENTY

EXCHANGES = 10
TURN = 64 * 1024
"""Bytes that the heavy client gets through before the light one asks again."""
MOST = 16 * 1024 * 1024
"""Bytes that it may get through while the light one waits for a reply: more than all buffers hold, and the
server takes the clients in turn."""

RESIDENTS = 5
NEWCOMERS = 200
EARLY = 20
"""So many of them come before it counts: on a busy machine the server hears of them later."""
FEWEST = 25
"""Exchanges of a resident while so many connect: it takes part in one round of eight, at least."""
SHARE = 25
"""Or one exchange of so many that it would have in that time alone, where the machine is too slow for these."""
INTERVAL = 0.0015
"""Seconds from one newcomer to the next."""
ALONE = 40
"""Exchanges that each resident has before anybody else comes: what they take says how many it would have."""


@requirement(
    "concurrency.light-client-is-not-starved",
    level=SHOULD,
    source="epoll(7) Starvation",
    authority=POLICY,
    accepts="ten replies to B, while A, who sends without a pause, gets less than 16 MiB through for each",
    abilities={Ability.TAKES_ANY_TEXT},
    models=CONCURRENT,
    disruptive=True,
    takes="bulk data",
    once=True,
)
async def test_light_client_is_not_starved(server: Server) -> None:
    """A client that asks for little is served beside one that sends as much as it can."""
    server.crowd_size(2)
    most = 0
    trouble: list[ClientKitError] = []
    async with server.client("A") as heavy, server.client("B") as light, trio.open_nursery() as nursery:
        await heavy.ask(b"hello")
        await light.ask(b"hello")
        nursery.start_soon(stream, heavy, trouble)
        for number in range(1, EXCHANGES + 1):
            await gets_on(heavy, trouble)
            if trouble:
                raise NotJudgedError(Verdict.NOT_OBSERVED, f"A could not stream: {trouble[0]}")
            before = heavy.sent
            try:
                await light.ask(b"request %d" % number)
            except ClientKitError as error:
                told = f"A streamed, and got {heavy.sent - before:,} bytes through"
                raise ViolatedError(f"{told}, while B was not served: {error}") from error
            if (meanwhile := heavy.sent - before) > MOST:
                told = f"A streamed, and got {meanwhile:,} bytes through while B waited"
                raise ViolatedError(f"{told} for a reply")
            most = max(most, meanwhile)
        server.timeline.note(f"while B waited for a reply A got {most:,} bytes through at the most")
        nursery.cancel_scope.cancel()


async def gets_on(client: Client, trouble: list[ClientKitError]) -> None:
    """Wait until a client has had its turn, or everything; it need not get either."""
    goal = min(client.sent + TURN, PLENTY)
    await eventually(lambda: client.sent >= goal or bool(trouble), client.patience)


async def stream(client: Client, trouble: list[ClientKitError]) -> None:
    """Send and read, without a pause, and keep what went wrong: how that ends is not asked here."""
    try:
        await client.exchange(numbered(PLENTY))
    except ClientKitError as error:
        trouble.append(error)


@dataclass
class Residents:
    """Clients that ask again and again, and how often each was answered."""

    answered: list[int]
    are_settled: trio.Event = field(default_factory=trio.Event)
    is_over: bool = False

    async def stay(self, server: Server, client: Client, place: int) -> None:
        """Ask until it is over; where the server has had enough of one client's requests, come again."""
        await self._ask_on(client, place)
        while not self.is_over:
            with suppress(ServerClosed):
                async with server.client(f"{client.name} again") as another:
                    await self._ask_on(another, place)

    async def _ask_on(self, client: Client, place: int) -> None:
        """Ask until it is over, or the server ends the session or says that it has had enough of it."""
        before = self.answered[place]
        try:
            while not self.is_over:
                await client.ask(b"again")
                self.answered[place] += 1
                if min(self.answered) >= ALONE:
                    self.are_settled.set()
        except ServerClosed:
            return
        except WrongReply:
            if self.answered[place] == before:  # from the first request on: that is no limit
                raise


@requirement(
    "concurrency.newcomers-and-residents-share",
    level=SHOULD,
    source="epoll(7) Starvation",
    authority=POLICY,
    accepts="25 exchanges of each of 5 clients while 180 of 200 others connect, and a right reply to all 200",
    abilities={Ability.REPEATS},
    models=CONCURRENT - {"pool"},
    disruptive=True,
    takes="two rates, measured one beside the other",
    once=True,
)
async def test_newcomers_and_residents_share(server: Server) -> None:
    """Those who are there are served while others come in numbers, and those who come are served, too."""
    server.crowd_size(RESIDENTS + NEWCOMERS, at_least=RESIDENTS + NEWCOMERS)
    async with server.crowd(RESIDENTS) as crowd, trio.open_nursery() as nursery:
        residents, began = Residents([0] * RESIDENTS), trio.current_time()
        for place, client in enumerate(crowd.clients):
            nursery.start_soon(residents.stay, server, client, place)
        with trio.move_on_after(server.patience):
            await residents.are_settled.wait()
        if max(residents.answered) < ALONE:
            residents.is_over = True
            why = f"{ALONE} replies take more than {server.patience:g} s: what newcomers change cannot be seen"
            raise NotJudgedError(Verdict.NOT_OBSERVED, why)
        alone = ALONE * (NEWCOMERS - EARLY) * INTERVAL / (trio.current_time() - began)
        before: list[int] = []
        async with trio.open_nursery() as coming:
            for number in range(1, NEWCOMERS + 1):
                coming.start_soon(come, server, number)
                await trio.sleep(INTERVAL)  # nothing is waited for: so they come, served or not
                if number == EARLY:
                    before = list(residents.answered)
            fewest = min(now - then for now, then in zip(residents.answered, before, strict=True))
        residents.is_over = True
    enough = min(FEWEST, max(1, int(alone / SHARE)))
    told = f"while clients {EARLY + 1} to {NEWCOMERS} came, one of {RESIDENTS} who were there was served"
    why = "does it accept until nobody comes, and serve nobody meanwhile?"
    assert fewest >= enough, f"{told} {fewest} times, and {enough} would have been enough: {why}"


async def come(server: Server, number: int) -> None:
    """Come, be served, and go."""
    try:
        await server.exchange_once(f"newcomer {number}")
    except ClientKitError as error:
        why = f"{RESIDENTS} clients asked again and again, and who came was not served: {error}"
        raise ViolatedError(why) from error
