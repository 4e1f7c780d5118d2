"""Overload: a system call fails for a while, and that costs the server no more than the client concerned."""

import errno
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import trio

from client_kit import Client, ClientKitError, NoReply, ServerReset, WrongReply
from spec_tests.requirement import (
    ACCEPTING,
    LAUNCH,
    MUST,
    POLICY,
    STANDARD,
    STARTING,
    Ability,
    LaunchError,
    NotJudgedError,
    Refusals,
    Server,
    Verdict,
    ViolatedError,
    name_of,
    refusals_of,
    requirement,
)
from spec_tests.steps import serve_the_next

TRANSIENT = (
    *(errno.ECONNABORTED, errno.ENETDOWN, errno.EPROTO, errno.ENOPROTOOPT, errno.EHOSTDOWN, errno.ENONET),
    *(errno.EHOSTUNREACH, errno.EOPNOTSUPP, errno.ENETUNREACH),
)
"""What accept(2) says is to be treated like EAGAIN, and what POSIX says of a client that has gone again."""
CALLS = 3
"""Clients until accept(2) must have been called again: another process may be in a call that began before."""
RETRY = "call it again, as after EAGAIN"


@asynccontextmanager
async def launched_under(
    server: Server, calls: Mapping[str, tuple[int, ...]], *first: int
) -> AsyncIterator[Refusals]:
    """Launch the server so that these calls of it can be refused; the first ones are, with these errors."""
    with refusals_of(calls) as refusals:
        for number in first:
            refusals.next(number)
        try:
            await server.launch_after(refusals.before_exec, "under a seccomp filter that asks us")
        except LaunchError as error:
            if refusals.refused:
                why = f"its first accept(2) failed with {name_of(first[0])} ({RETRY}), and it did not live on"
                raise ViolatedError(f"{why}: {error}") from error
            told = f"the system permits no seccomp filter ({refusals.problem})" if refusals.problem else error
            raise NotJudgedError(Verdict.INCONCLUSIVE, f"it cannot be refused anything: {told}") from error
        try:
            yield refusals
        finally:
            server.kill()


@requirement(
    "overload.survives-fork-refusal",
    level=MUST,
    source="fork(2) EAGAIN",
    authority=POLICY,
    accepts="who could get no process is closed, or served later; who was there and who comes next is served",
    needs=LAUNCH,
    models={"fork"},
    once=True,
)
async def test_survives_fork_refusal(server: Server) -> None:
    """The server lives through a time in which the system gives it no process, and serves again after it."""
    await survive_a_refusal(server, "process", "fork(2) fails with EAGAIN: close that client, and accept on")


@requirement(
    "overload.survives-thread-refusal",
    level=MUST,
    source="pthread_create(3) EAGAIN",
    authority=POLICY,
    accepts="who could get no thread is closed, or served later; who was there and who comes next is served",
    needs=LAUNCH,
    models={"thread"},
    once=True,
)
async def test_survives_thread_refusal(server: Server) -> None:
    """The server lives through a time in which the system gives it no thread, and serves again after it."""
    hint = "pthread_create(3) fails with EAGAIN: close that client, and accept on"
    await survive_a_refusal(server, "thread", hint)


async def survive_a_refusal(server: Server, what: str, hint: str) -> None:
    """Refuse a client its process or thread while another is served, and look at what becomes of all."""
    server.crowd_size(2)
    async with launched_under(server, STARTING) as refusals, server.client("resident") as resident:
        await resident.ask(b"hello")
        async with AsyncExitStack() as stack:
            with refusals.all(errno.EAGAIN):
                refused = await stack.enter_async_context(server.client("refused"))
                with suppress(ServerReset):
                    await refused.send(server.dialect.request(b"let me in") or b"\n")
                if not await server.eventually(lambda: refusals.refused > 0):
                    raise NotJudgedError(Verdict.NOT_OBSERVED, f"it asks for no {what} when a client comes")
                await trio.sleep(server.quiet_period)  # what was refused may have been one of a runtime's own
            server.timeline.note(f"{refusals.refused} times it was refused a {what} (EAGAIN); not any more")
            await is_let_go_or_served(refused, f"it could get no {what} for a client ({hint})")
        if Ability.REPEATS in server.dialect.abilities:
            try:
                await resident.ask(b"I am still here")
            except ClientKitError as error:
                raise ViolatedError(f"it could get no {what} for a client, and another: {error}") from error
        for _ in range(3):
            await serve_in_spite_of_us(server, refusals, f"it could get no {what} for a client", hint)


async def serve_in_spite_of_us(server: Server, refusals: Refusals, after: str, hint: str) -> None:
    """Let a new client be served, or the one after it where it was us who kept the first from it.

    While a call waits for our answer a signal may interrupt it, and nothing else makes fork(2) fail with EINTR.
    """
    before = refusals.interrupted
    try:
        await serve_the_next(server, after, hint)
    except ViolatedError:
        await serve_the_next(server, after, hint)
        if refusals.interrupted == before:
            raise
        server.timeline.note("a signal had interrupted a call that waited for our answer: that is our affair")


async def is_let_go_or_served(client: Client, after: str) -> None:
    """Raise ViolatedError if a client is neither served nor let go."""
    try:
        with suppress(ServerReset, WrongReply):
            await client.receive()
    except NoReply as error:
        why = f"{after}, and then neither served that client nor closed its connection: {error}"
        raise ViolatedError(why) from error


@requirement(
    "overload.retries-transient-accept-errors",
    level=MUST,
    source="accept(2) Error handling; of ECONNABORTED UNP 5.11, as policy",
    authority=STANDARD,
    accepts="right replies to new clients, after accept(2) failed, even the first, with ECONNABORTED, EPROTO …",
    needs=LAUNCH,
    once=True,
)
async def test_retries_transient_accept_errors(server: Server) -> None:
    """The server goes on accepting after an error of accept(2) that concerns the client, not the server."""
    async with launched_under(server, ACCEPTING, errno.ECONNABORTED) as refusals:
        await serve_the_next(server, "its first accept(2) was to fail with ECONNABORTED", RETRY)
        for number in TRANSIENT:
            name = name_of(number)
            refusals.next(number)
            await let_accept_fail(server, refusals, name)
            server.timeline.note(f"accept(2) failed with {name}")
            await serve_the_next(server, f"accept(2) failed with {name}", RETRY)


async def let_accept_fail(server: Server, refusals: Refusals, name: str) -> None:
    """Let clients come until an accept(2) has failed; the first may come out of a call that began before."""
    for _ in range(CALLS):
        await serve_the_next(server, f"accept(2) was to fail with {name}", RETRY)
        if await server.eventually(lambda: refusals.is_spent):
            return
    why = "it does not call accept(2) again once it has served a client"
    raise NotJudgedError(Verdict.NOT_OBSERVED, why)
