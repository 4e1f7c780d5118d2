"""Overload is over when it is over: what many clients have cost, later ones do not pay for."""

import trio

from spec_tests.requirement import (
    POLICY,
    SHOULD,
    LaunchError,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)

VISITORS = 500
SAMPLE = 30
"""Exchanges, of which the fastest counts: it is the one that nothing else disturbed."""
SOONER = 1 / 10
"""Of the patience: a slow server is asked less often, but at least once."""
SLOWER = 2
"""Times the fastest exchange before, which is allowed afterwards."""


@requirement(
    "overload.latency-recovers",
    level=SHOULD,
    source="policy (recovery)",
    authority=POLICY,
    accepts="an exchange that takes, after 500 clients, at most twice as long as the fastest of 30 before, "
    "or as one of a new instance that is asked then",
    disruptive=True,
    alone=True,
    takes="exchanges whose latency is measured before and afterwards",
)
async def test_latency_recovers(server: Server) -> None:
    """The server answers as quickly after hundreds of clients as it did before."""
    before = await fastest(server)
    visitors = await let_many_visit(server)
    server.timeline.note(f"{visitors} clients have come and gone")
    after = await fastest(server)
    if after > SLOWER * before:  # is the machine slower now, or the server?
        before, after = await looked_at_again(server, before)
    told = f"the fastest exchange took {before * 1e3:.2g} ms, and after {visitors} clients {after * 1e3:.2g} ms"
    if after > SLOWER * before:
        raise ViolatedError(f"{told}: what does it keep of them, and look through?")
    server.timeline.note(told)


async def looked_at_again(server: Server, before: float) -> tuple[float, float]:
    """The same, for longer; where another can be launched, it is asked beside the one that had the visitors."""
    if server.is_told_its_port:
        return await side_by_side(server)
    after, deadline = float("inf"), trio.current_time() + server.patience
    while after > SLOWER * before and trio.current_time() < deadline:
        after = min(after, await fastest(server))
    if after > SLOWER * before and server.launcher:  # it always has the same port: a new one comes after it
        await server.launch()
        before = max(before, await fastest(server))
    return before, after


async def side_by_side(server: Server) -> tuple[float, float]:
    """The fastest exchanges of a server that is new and of the one that had the visitors, asked in turn."""
    before = after = float("inf")
    deadline = trio.current_time() + server.patience
    try:
        async with server.another_instance(server.address.host) as new:
            server.timeline.note("asked in turn with it: is the machine slower now, or the server?")
            while trio.current_time() < deadline:
                before = min(before, await fastest(server.through(new.address), 1))
                after = min(after, await fastest(server, 1))
    except LaunchError as error:
        raise NotJudgedError(Verdict.NOT_OBSERVED, f"there is no other to compare it with: {error}") from error
    return before, after


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
