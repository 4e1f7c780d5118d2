"""Concurrency of departures: many at once, and of a worker that did not want to go."""

import trio

from client_kit import ClientKitError, Crowd
from spec_tests.requirement import (
    CONCURRENT,
    MUST,
    POLICY,
    PROCESS,
    Ability,
    NotJudgedError,
    ProcessTree,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)
from spec_tests.steps import at_most, serve_the_next, standing_still

GROUP = 32
DEPARTURES = 3
"""So often a group leaves, if each time more stay: a runtime may start threads of its own meanwhile, and a
worker that is replaced is not held for a while, and comes back."""
HELD = 3


@requirement(
    "concurrency.mass-departure-releases-all",
    level=MUST,
    source="UNP 5.10",
    authority=POLICY,
    accepts="no more descriptors and threads than before, one of three times that 32 clients left at once",
    needs=PROCESS,
    abilities={Ability.REPEATS},
    models=CONCURRENT,
    disruptive=True,
    takes="quiet periods between two looks",
    once=True,
)
async def test_mass_departure_releases_all(server: Server) -> None:
    """When many clients leave at the same moment the server lets go of every one of them."""
    tree = server.process_tree()
    size = server.crowd_size(GROUP)
    try:
        async with server.crowd(size, may_refuse=True):
            pass  # what is made once, and kept, is made by these, who leave one after the other
        for number in range(1, DEPARTURES + 1):
            for one in "ab":  # many a server tidies up when somebody comes
                await server.exchange_once(f"between {number}{one}")
            before = await settled(server, tree)
            await leave_at_once(server, tree, size)
            if await server.eventually(at_most(lambda: held_by(tree), before)):
                return
            more = held_by(tree) - before
            server.timeline.note(f"{more} descriptors and threads more than before stay")
    except ClientKitError as error:
        why = f"{size} clients cannot be held at the same time: {error}"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why) from error
    told = f"{DEPARTURES} times {size} clients left at the same moment"
    raise ViolatedError(f"{told}: each time descriptors and threads stay, {more} the last time")


async def leave_at_once(server: Server, tree: ProcessTree, size: int) -> None:
    """Let so many clients come, and leave while the server is held."""
    async with server.crowd(size, may_refuse=True) as crowd:
        with standing_still(server, tree):
            await crowd.step(lambda client: client.aclose())
            server.timeline.note(f"all {size} clients have left")


async def settled(server: Server, tree: ProcessTree) -> int:
    """How much its processes hold when two looks, a quiet period apart, show the same.

    Too early a rest can hide a leak, or miss a worker that is still to come: so no single departure decides.
    """
    before, now = -1, held_by(tree)
    with trio.move_on_after(server.patience):
        while now != before:
            await trio.sleep(server.quiet_period)  # between two looks: no event tells when it has come to rest
            before, now = now, held_by(tree)
    return now


def held_by(tree: ProcessTree) -> int:
    """How many descriptors and threads its processes have."""
    return tree.descriptors() + tree.threads()


@requirement(
    "concurrency.a-worker-death-stays-with-its-client",
    level=MUST,
    source="UNP 5.9",
    authority=POLICY,
    accepts="service of a new client, and of the others, after SIGKILL to a child or a launched pool's worker",
    needs=PROCESS,
    abilities={Ability.REPEATS},
    models={"fork", "pool"},
    disruptive=True,
    takes="starting a pool afresh, which need not replace its worker",
    once=True,
)
async def test_a_worker_death_stays_with_its_client(server: Server) -> None:
    """When a process that serves clients is killed the others, and the server, go on."""
    tree = server.process_tree()
    size = server.crowd_size(HELD)
    try:
        async with server.crowd(size) as crowd:
            lost = await clients_lost(server, tree, crowd)
    except ClientKitError as error:
        why = f"{size} clients cannot be held at the same time: {error}"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why) from error
    await serve_the_next(server, "a process that serves a client was killed")
    if server.model == "fork" and lost > 1:
        raise ViolatedError(f"one process that serves a client was killed, and {lost} clients were lost")
    if server.model == "pool":  # what is asked next is to find all its workers
        server.start_over()
        await server.launch()


async def clients_lost(server: Server, tree: ProcessTree, crowd: Crowd) -> int:
    """Kill one of the processes that serve clients; return how many clients are not served any more."""
    workers = tree.workers()
    if not workers:
        is_pool = server.model == "pool"  # of threads, then
        verdict = Verdict.NOT_APPLICABLE if is_pool else Verdict.NOT_OBSERVED
        raise NotJudgedError(verdict, "no process but the first serves its clients")
    if server.model == "pool" and not server.launcher:
        why = "a pool that runs already might have a worker less ever after: it needs --launch"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)
    server.timeline.note(f"SIGKILL to process {workers[-1].pid}, one of {len(workers)} workers")
    workers[-1].kill()
    lost = 0
    for client in crowd.clients:
        try:
            await client.ask(b"still here")
        except ClientKitError:
            lost += 1
    return lost
