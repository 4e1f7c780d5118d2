"""Overload: the system refuses something, and the server waits until it can be had again."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress

import trio

from client_kit import ClientKitError, ServerClosed, ServerReset
from spec_tests.requirement import (
    BUSY,
    CONCURRENT,
    LAUNCH,
    MUST,
    POLICY,
    PROCESS,
    SHOULD,
    Ability,
    LaunchError,
    NotJudgedError,
    ProcessError,
    ProcessTree,
    Server,
    Verdict,
    ViolatedError,
    eventually,
    is_free,
    least_load,
    requirement,
)
from spec_tests.steps import serve_the_next

WAITING = 2
"""A server that is blocked in accept(2) has reserved a descriptor for the first."""

CLIENTS = 5

FIRST = "before"
"""By whom what a server loads for its first client is loaded: whether that fails is another question."""

REOPENS = 12.0
"""Seconds in which a server opens its port again that closed it at EMFILE: xinetd(8) does, after the `cps` of
xinetd.conf(5), which is ten seconds."""


@asynccontextmanager
async def no_descriptor_left(server: Server, tree: ProcessTree) -> AsyncIterator[None]:
    """Let the server's processes open nothing meanwhile. Raises NotJudgedError where that is not permitted.

    A server that closed its port for that time is waited for.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(tree.no_descriptor_left())
        except (OSError, ProcessError) as error:
            why = f"the limits of its processes may not be changed: {error}"
            raise NotJudgedError(Verdict.INCONCLUSIVE, why) from error
        server.timeline.note("its processes may not open anything any more (RLIMIT_NOFILE)")
        yield
    server.timeline.note("they may again")
    if is_free(server.address):
        server.timeline.note("the server has closed its port")
        await eventually(lambda: not is_free(server.address) or not tree.running(), REOPENS)


async def knock(server: Server, stack: AsyncExitStack) -> None:
    """Let clients come whom nobody can accept; one who is served after all leaves."""
    for number in range(1, WAITING + 1):
        with suppress(ClientKitError):  # if it does not survive, the next client tells
            client = await stack.enter_async_context(server.client(f"waiting {number}"))
            with trio.move_on_after(server.quiet_period):
                await client.ask(b"let me in")
                client.close()


@requirement(
    "overload.survives-descriptor-exhaustion",
    level=MUST,
    source="accept(2) EMFILE; wai #830",
    authority=POLICY,
    accepts="a right and complete reply to a new client, once it may open again; who waited may be closed, and "
    "the port for some seconds",
    needs=PROCESS,
    disruptive=True,
    long=True,
    takes="quiet periods in which nobody can be accepted",
    once=True,
)
async def test_survives_descriptor_exhaustion(server: Server) -> None:
    """The server lives through a time in which it cannot open any descriptor, and serves again after it."""
    tree = server.process_tree()
    await server.exchange_once(FIRST)
    async with AsyncExitStack() as stack, no_descriptor_left(server, tree):
        await knock(server, stack)
    after = "it could not open any descriptor for a while"
    hint = "where accept(2) fails with EMFILE it is to be tried again a little later"
    try:
        await serve_the_next(server, after, hint)
    except ViolatedError as error:
        if not isinstance(error.__cause__, (ServerClosed, ServerReset)):
            raise
        server.timeline.note("the server may have been closing those who waited")
        await serve_the_next(server, after, hint)


async def come_too_early(server: Server) -> None:
    """Have an exchange, or none: the server may be closing those who waited, and who comes with them."""
    with suppress(ClientKitError):
        await server.exchange_once("early")


@requirement(
    "overload.serves-residents-during-exhaustion",
    level=MUST,
    source="accept(2) EMFILE",
    authority=POLICY,
    accepts="a right and complete reply to a client that was there before, while nobody can be accepted",
    needs=PROCESS,
    abilities={Ability.REPEATS},
    models=CONCURRENT,
    disruptive=True,
    long=True,
    takes="quiet periods in which nobody can be accepted",
    once=True,
)
async def test_serves_residents_during_exhaustion(server: Server) -> None:
    """The server serves those who are there while it cannot accept those who come."""
    server.crowd_size(2)
    tree = server.process_tree()
    async with AsyncExitStack() as stack, server.client("resident") as resident:
        await resident.ask(b"hello")
        async with no_descriptor_left(server, tree):
            await knock(server, stack)
            for number in range(1, CLIENTS + 1):
                try:
                    await resident.ask(b"request %d" % number)
                except ClientKitError as error:
                    why = f"while it could not accept anybody (EMFILE), who was there was not served: {error}"
                    raise ViolatedError(why) from error
    await come_too_early(server)


@requirement(
    "overload.does-not-spin-during-exhaustion",
    level=SHOULD,
    source="wai #928; bun #32705",
    authority=POLICY,
    accepts="less than a quarter of a processor in 0.3 s, while clients wait whom it cannot accept",
    needs=PROCESS,
    disruptive=True,
    long=True,
    takes="quiet periods in which CPU time is measured",
    once=True,
)
async def test_does_not_spin_during_exhaustion(server: Server) -> None:
    """The server does not try again and again, without a pause, to accept whom it cannot accept."""
    tree = server.process_tree()
    await server.exchange_once(FIRST)
    async with AsyncExitStack() as stack, no_descriptor_left(server, tree):
        await knock(server, stack)
        share = await least_load(tree, server.patience / 2)
    await come_too_early(server)

    told = f"while it could not accept anybody it took {share:.0%} of a processor"
    assert share < BUSY, f"{told}: it tries again without a pause"


@requirement(
    "overload.survives-a-full-log-device",
    level=SHOULD,
    source="write(2) ENOSPC; full(4)",
    authority=POLICY,
    accepts="right replies of a server that prints to /dev/full, where every write fails",
    needs=LAUNCH,
    once=True,
)
async def test_survives_a_full_log_device(server: Server) -> None:
    """The server starts and serves though the device to which it prints is full."""
    try:
        await server.launch_printing_to("/dev/full")
    except LaunchError as error:
        raise ViolatedError(f"printing to /dev/full, it does not start: {error}") from error
    for number in range(1, CLIENTS + 1):
        try:
            await server.exchange_once(str(number))
        except ClientKitError as error:
            raise ViolatedError(f"printing to /dev/full, it did not serve client {number}: {error}") from error
