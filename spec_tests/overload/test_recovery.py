"""Overload is over when it is over: what many clients have cost, later ones do not pay for."""

from dataclasses import dataclass
from math import sqrt

import trio

from spec_tests.requirement import (
    POLICY,
    SHOULD,
    LaunchError,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    machine_load,
    requirement,
)

VISITORS = 300
SAMPLE = 30
"""Exchanges, of which the fastest counts: it is the one that nothing else disturbed."""
SOONER = 1 / 10
"""Of the patience: a slow server is asked less often, but at least once."""
SLOWER = 2
"""Times the fastest exchange before, which is allowed afterwards."""
BY_LUCK = 4
"""Standard deviations from half of the exchanges that are had in turn: no luck makes so many of them slower."""
CROWDED = 2
"""Processes for each processor: with more, who is alone cannot be told from the machine."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The fastest exchange before and afterwards, in seconds, and whether it may be so by luck."""

    before: float
    after: float
    may_be_luck: bool = False

    @property
    def is_slower(self) -> bool:
        """Whether the server has become slower."""
        return self.after > SLOWER * self.before and not self.may_be_luck


@requirement(
    "overload.latency-recovers",
    level=SHOULD,
    source="policy (recovery)",
    authority=POLICY,
    accepts="an exchange that takes, after 300 clients, at most twice as long as the fastest of 30 before, "
    "or as one of a new instance that is asked then, or, in turn with it, no oftener longer than luck explains",
    disruptive=True,
    alone=True,
    takes="exchanges whose latency is measured before and afterwards",
    once=True,
)
async def test_latency_recovers(server: Server) -> None:
    """The server answers as quickly after hundreds of clients as it did before."""
    before = await fastest(server)
    visitors = await let_many_visit(server)
    server.timeline.note(f"{visitors} clients have come and gone")
    seen = Comparison(before, await fastest(server))
    if seen.is_slower:  # is the machine slower now, or the server?
        seen = await (side_by_side(server) if server.is_told_its_port else looked_at_again(server, before))
    told = f"the fastest exchange took {seen.before * 1e3:.2g} ms, "
    told += f"and after {visitors} clients {seen.after * 1e3:.2g} ms"
    if seen.is_slower:
        raise ViolatedError(f"{told}: what does it keep of them, and look through?")
    server.timeline.note(told)


async def looked_at_again(server: Server, before: float) -> Comparison:
    """The same, for longer, of a server that always has the same port: a new one can only come after it."""
    seen, deadline = Comparison(before, float("inf")), trio.current_time() + server.patience
    while seen.is_slower and trio.current_time() < deadline:
        seen = Comparison(before, min(seen.after, await fastest(server)))
    if seen.is_slower and server.launcher:
        await server.launch()
        seen = Comparison(max(before, await fastest(server)), seen.after)
    if seen.is_slower and (load := machine_load()) > CROWDED:
        why = f"it took longer than before, on a machine with {load:.0f} processes for each processor"
        raise NotJudgedError(Verdict.INCONCLUSIVE, why)
    return seen


async def side_by_side(server: Server) -> Comparison:
    """A server that is new and the one that had the visitors, asked in turn."""
    pairs: list[tuple[float, float]] = []
    deadline = trio.current_time() + server.patience
    try:
        async with server.another_instance(server.address.host) as new:
            server.timeline.note("asked in turn with it: is the machine slower now, or the server?")
            while not pairs or trio.current_time() < deadline:
                before = await fastest(server.through(new.address), 1)
                pairs.append((before, await fastest(server, 1)))
    except LaunchError as error:
        raise NotJudgedError(Verdict.NOT_OBSERVED, f"there is no other to compare it with: {error}") from error
    slower = sum(after > before for before, after in pairs)
    server.timeline.note(f"{slower} of {len(pairs)} pairs of exchanges took longer with the one that had them")
    fastest_new, fastest_old = (min(side) for side in zip(*pairs, strict=True))
    return Comparison(fastest_new, fastest_old, may_be_luck(slower, len(pairs)))


def may_be_luck(slower: int, pairs: int) -> bool:
    """Whether so many of two that are equally quick may be the slower one of their pair: the sign test."""
    return slower < min(pairs, pairs / 2 + BY_LUCK * sqrt(pairs) / 2)


async def let_many_visit(server: Server) -> int:
    """Let clients come and go, for half of the patience at the most; return how many it were."""
    deadline = trio.current_time() + server.patience / 2
    for number in range(1, VISITORS + 1):
        await server.exchange_once(f"visitor {number}")
        if trio.current_time() > deadline:
            return number
    return VISITORS


async def fastest(server: Server, sample: int = SAMPLE) -> float:
    """The seconds of the fastest of some visits: from connecting to the reply."""
    least = float("inf")
    deadline = trio.current_time() + SOONER * server.patience
    for _ in range(sample):
        started = trio.current_time()
        await server.exchange_once("timed")
        least = min(least, trio.current_time() - started)
        if trio.current_time() > deadline:
            break
    return least
