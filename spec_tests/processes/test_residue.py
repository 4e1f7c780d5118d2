"""Processes: what a client has cost the server is given back when it has gone."""

import signal
from collections.abc import Awaitable, Callable

from client_kit import ClientKitError
from spec_tests.requirement import (
    CONCURRENT,
    MUST,
    POLICY,
    PROCESS,
    NotJudgedError,
    ProcessTree,
    Server,
    Verdict,
    ViolatedError,
    Zombie,
    eventually,
    requirement,
)
from spec_tests.steps import at_most

CLIENTS = 20
GRACE = 2.0
"""Seconds that a zombie may stay: every good server has some for a moment."""

ROUND_GRACE = 0.6
"""Seconds until a round of clients must have left nothing; the last is given the patience."""

WARM_UP = 3
ROUNDS = 5


@requirement(
    "processes.no-zombies-after-a-queue-of-clients",
    level=MUST,
    source="wait(2); CPython #90093",
    authority=POLICY,
    accepts="no zombie of a process that was there before 20 clients came, but one that the next client clears",
    needs=PROCESS,
    once=True,
)
async def test_no_zombies_after_a_queue_of_clients(server: Server) -> None:
    """The server collects the children that served its clients: it leaves no zombie."""
    tree = server.process_tree()
    parents = {process.pid for process in tree.members()}
    for number in range(1, CLIENTS + 1):
        async with server.client(str(number)) as client:
            await client.ask(b"hello")
    zombies = await lasting_zombies(server, tree, parents)

    assert not zombies, f"{len(zombies)} zombies stayed, such as {min(zombies)}: it never waits for them"


async def lasting_zombies(server: Server, tree: ProcessTree, parents: set[int]) -> set[Zombie]:
    """Return the zombies of these processes that neither time nor another client makes go away.

    Who serves a client may have a child, too: if it stays for a while, so does that, and goes with it.
    """

    def zombies() -> set[Zombie]:
        return {one for one in tree.zombies() if one.parent in parents}

    await eventually(lambda: not zombies(), GRACE)
    if found := zombies():
        await server.exchange_once("one more")  # many a server collects when somebody comes
        await server.eventually(lambda: not found & zombies())
    return found & zombies()


@requirement(
    "processes.no-zombies-after-simultaneous-exits",
    level=MUST,
    source="UNP 5.10; signal(7)",
    authority=POLICY,
    accepts="no zombie after 20 children ended while their parent was held, but what the next client clears",
    needs=PROCESS,
    models=CONCURRENT,
    disruptive=True,
    once=True,
)
async def test_no_zombies_after_simultaneous_exits(server: Server) -> None:
    """The server collects all children that end at the same moment."""
    tree = server.process_tree()
    size = server.crowd_size(CLIENTS)
    before, old = tree.running(), tree.zombies()
    parents = {process.pid for process in tree.members()}
    try:
        async with server.crowd(size) as crowd:
            server.timeline.note(f"SIGSTOP to {tree}; then all {len(crowd.clients)} clients leave")
            tree.signal_root(signal.SIGSTOP)
            await crowd.step(lambda client: client.aclose())
            await eventually(lambda: tree.running() <= before, GRACE)
    except ClientKitError as error:
        why = f"{size} clients cannot be held at the same time: {error}"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why) from error
    finally:
        tree.signal_root(signal.SIGCONT)
    server.timeline.note("SIGCONT")
    zombies = await lasting_zombies(server, tree, parents) - old

    assert not zombies, f"{len(zombies)} of {size} children stayed as zombies, such as {min(zombies)}"


@requirement(
    "processes.descriptors-return-to-baseline",
    level=MUST,
    source="proc(5) /proc/pid/fd; UNP 4.9; CPython refleak.py",
    authority=POLICY,
    accepts="a round of 8 clients, of 5 after 3 to warm up, that leaves no more descriptors than there were",
    needs=PROCESS,
    once=True,
)
async def test_descriptors_return_to_baseline(server: Server) -> None:
    """The server closes every descriptor that it opened for a client when that client has gone."""
    tree = server.process_tree()
    if not tree.descriptors():
        raise NotJudgedError(Verdict.NOT_OBSERVED, "the descriptors of its processes may not be looked at")
    await comes_back(server, tree.descriptors, "descriptors open")


@requirement(
    "processes.descriptors-return-after-abnormal-ends",
    level=MUST,
    source="proc(5) /proc/pid/fd; CPython refleak.py",
    authority=POLICY,
    accepts="a round of 9 clients that reset or leave half-way, of 5 after 3, that leaves no descriptor more",
    needs=PROCESS,
    disruptive=True,
    once=True,
)
async def test_descriptors_return_after_abnormal_ends(server: Server) -> None:
    """The server closes the descriptors of clients that reset their connection or leave half-way, too."""
    tree = server.process_tree()
    if not tree.descriptors():
        raise NotJudgedError(Verdict.NOT_OBSERVED, "the descriptors of its processes may not be looked at")
    await comes_back(server, tree.descriptors, "descriptors open", go_badly)


@requirement(
    "processes.threads-return-to-baseline",
    level=MUST,
    source="pthread_create(3); CPython #81374",
    authority=POLICY,
    accepts="a round of 8 clients, of 5 after 3 to warm up, that leaves no more threads than there were",
    needs=PROCESS,
    once=True,
)
async def test_threads_return_to_baseline(server: Server) -> None:
    """The server ends every thread and process that it started for a client when that client has gone."""
    await comes_back(server, server.process_tree().threads, "threads or processes running")


async def come_and_go(server: Server, number: int) -> None:
    """A round of clients that behave."""
    for place in range(1, 9):
        async with server.client(f"{number}.{place}") as client:
            await client.ask(b"hello")


async def go_badly(server: Server, number: int) -> None:
    """A round of clients that reset at once, while they are served, and that leave in the middle."""
    await server.reset_at_once(f"{number}.hasty", 3)
    for place in range(1, 4):
        async with server.client(f"{number}.{place}") as client:
            await client.ask(b"hello")
            await client.reset()
        async with server.client(f"{number}.{place} half") as client:
            await client.begin()
            await client.send(server.dialect.request(b"never ended")[:1])
            if place % 2:
                await client.reset()
            else:
                await client.half_close()


async def comes_back(
    server: Server,
    count: Callable[[], int],
    what: str,
    visit: Callable[[Server, int], Awaitable[None]] = come_and_go,
) -> None:
    """Raise if every round of clients leaves more than there was; a single round may leave something."""
    counts = [count()]
    for number in range(1, WARM_UP + ROUNDS + 1):
        await visit(server, number)
        grace = ROUND_GRACE if number < WARM_UP + ROUNDS else server.patience
        has_settled = await eventually(at_most(count, counts[-1]), grace)
        counts.append(count())
        server.timeline.note(f"round {number}: {counts[-1]} {what}")
        if has_settled and number > WARM_UP:
            return

    told = ", ".join(map(str, counts))
    raise ViolatedError(f"every round of clients left {what}: there were {told}")
