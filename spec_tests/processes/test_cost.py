"""Processes: what a server costs while it serves, and while it does not."""

from contextlib import suppress

from client_kit import ClientKitError, numbered
from spec_tests.requirement import (
    BUSY,
    LAUNCH,
    MUST,
    POLICY,
    PROCESS,
    SHOULD,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    eventually,
    least_load,
    requirement,
)
from spec_tests.steps import at_most, first_trace

IDLERS = 32

ROUND = 8 * 1024 * 1024
"""Bytes that a client sends and receives in a round."""
SETTLED = 0.5
"""Seconds until the child that served a client has ended, or need not."""

ROUNDS = 16
"""128 MiB in all: what is collected from time to time has been collected by then."""

ONE_AFTER_ANOTHER = 40
HELD = 5


@requirement(
    "processes.idles-without-cpu",
    level=MUST,
    source="select(2)",
    authority=POLICY,
    accepts="less than a quarter of a processor in 0.3 s, without a client and with 32 that say nothing",
    needs=PROCESS,
    takes="quiet periods in which CPU time is measured",
    once=True,
)
async def test_idles_without_cpu(server: Server) -> None:
    """The server waits without spending the processor's time when nobody asks it anything."""
    tree = server.process_tree()
    share = await least_load(tree, server.patience)
    assert share < BUSY, f"without any client it takes {share:.0%} of a processor: it never waits"
    if server.model in ("iterative", "pool") or Ability.REPEATS not in server.dialect.abilities:
        return
    size = server.crowd_size(IDLERS)
    try:
        async with server.crowd(size, may_refuse=True) as crowd:
            share = await least_load(tree, server.patience)
            held = len(crowd.clients)
    except ClientKitError as error:
        why = f"{size} clients cannot be held at the same time: {error}"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why) from error
    assert share < BUSY, f"with {held} clients that say nothing it takes {share:.0%} of a processor"


@requirement(
    "processes.memory-does-not-climb",
    level=SHOULD,
    source="CPython refleak.py",
    authority=POLICY,
    accepts="a round of 8 MiB, of 16, after which the server holds less than 4 MiB more than before",
    needs=PROCESS,
    abilities={Ability.TAKES_ANY_TEXT},
    long=True,
    takes="bulk data, for as many rounds as the server grows",
)
async def test_memory_does_not_climb(server: Server) -> None:
    """The server does not keep what its clients have sent when they have gone."""
    tree = server.process_tree()
    before = tree.running()
    sizes = [tree.memory()]
    for number in range(1, ROUNDS + 1):
        try:
            async with server.client(str(number)) as client:
                await client.exchange(numbered(ROUND))
        except ClientKitError as error:
            raise NotJudgedError(Verdict.NOT_OBSERVED, f"8 MiB were not answered: {error}") from error
        await eventually(at_most(tree.running, before), SETTLED)
        sizes.append(tree.memory())
        if sizes[-1] - sizes[-2] < ROUND // 2:
            return
    told = ", ".join(f"{size // 2**20}" for size in sizes)
    raise ViolatedError(f"every round of 8 MiB left more than 4 MiB in memory; MiB: {told}")


@requirement(
    "processes.children-are-bounded",
    level=MUST,
    source="UNP 4.8",
    authority=POLICY,
    accepts="with 5 clients held, after 40 others have come and gone: at most 20 processes more than before",
    needs=PROCESS,
    once=True,
)
async def test_children_are_bounded(server: Server) -> None:
    """The server has no more processes than its clients need, however many have been there before."""
    tree = server.process_tree()
    before = tree.running()
    size = 1 if server.model == "iterative" else server.crowd_size(HELD, at_least=1)
    most = before + 2 * HELD + 10
    try:
        for number in range(1, ONE_AFTER_ANOTHER + 1):
            await server.exchange_once(str(number))
        async with server.crowd(size, may_refuse=True):
            await eventually(at_most(tree.running, most), server.patience / 4)
            grown = tree.running() - before
    except ClientKitError as error:
        raise NotJudgedError(Verdict.NOT_OBSERVED, f"not all clients were served: {error}") from error
    assert grown <= most - before, (
        f"{ONE_AFTER_ANOTHER} clients have come and gone, {size} are held, and it has {grown} processes more. "
        "(Does a child go on to accept?)"
    )


@requirement(
    "processes.stderr-is-clean",
    level=SHOULD,
    source="nginx-tests lib/Test/Nginx.pm",
    authority=POLICY,
    accepts="no traceback, panic or sanitizer's report in what it prints, though clients reset and leave",
    needs=LAUNCH,
    once=True,
)
async def test_stderr_is_clean(server: Server) -> None:
    """The server prints no traceback about a client that comes and goes as clients do."""
    await server.launch()
    with suppress(ClientKitError):  # whom it does not serve is another requirement's business
        for number in range(1, 4):
            await server.exchange_once(f"orderly {number}")
            await server.reset_at_once(f"hasty {number}", 4)
            async with server.client(f"failing {number}") as client:
                await client.begin()
                await client.send_request(b"I shall not wait")
                await client.reset()
            async with server.client(f"served {number}") as client:
                await client.ask(b"I shall say no more")
                await client.reset()  # now the server waits for it in recv(2)
            await server.exchange_once(f"next {number}")
    await eventually(lambda: bool(first_trace(server.all_output())), server.quiet_period)
    if trace := first_trace(server.all_output()):
        raise ViolatedError(f"clients came and went, as clients do, and it printed: {trace}")
