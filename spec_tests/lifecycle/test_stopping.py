"""Lifecycle: how a server goes, and what happens when its first process goes alone or is held for a while."""

import signal
from functools import partial

import trio

from client_kit import ClientKitError
from spec_tests.requirement import (
    LAUNCH,
    MUST,
    POLICY,
    PROCESS,
    SHOULD,
    Ability,
    LaunchError,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    inheritable_sockets,
    is_free,
    requirement,
)
from spec_tests.steps import first_trace, standing_still


@requirement(
    "lifecycle.stops-without-a-traceback",
    level=SHOULD,
    source="policy (good manners)",
    authority=POLICY,
    accepts="no traceback, panic or sanitizer's report in what it prints when SIGTERM, or SIGINT, ends it",
    needs=LAUNCH,
    transport="any",
    once=True,
)
async def test_stops_without_a_traceback(server: Server) -> None:
    """The server prints no traceback when a signal ends it, for that is how it is meant to end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        await server.launch()
        await server.exchange_once(number.name)
        if not await server.stop(number):
            raise NotJudgedError(Verdict.NOT_OBSERVED, f"the server does not stop on {number.name}")
        if server.instance:
            server.instance.output.wait_for_end(1)
        if trace := first_trace(server.last_output()):
            raise ViolatedError(f"stopped by {number.name}, it printed: {trace}")


@requirement(
    "lifecycle.drain-is-bounded",
    level=SHOULD,
    source="CPython #75416, #77721; nginx-tests worker_shutdown_timeout.t",
    authority=POLICY,
    accepts="after SIGTERM its process ends within the patience, though a client is connected and silent",
    needs=LAUNCH,
    once=True,
)
async def test_drain_is_bounded(server: Server) -> None:
    """The server, told to stop, does not wait for ever for a client that does not leave."""
    await server.launch()
    async with server.client("idle") as client:
        await client.ask(b"hello")
        if not await server.stop(signal.SIGTERM):
            raise ViolatedError(
                f"{server.patience:g} s after SIGTERM the server is still running, for a client is connected"
            )


@requirement(
    "lifecycle.orphans-do-not-serve",
    level=SHOULD,
    source="prctl(2) PR_SET_PDEATHSIG",
    authority=POLICY,
    accepts="nobody listens at the address any more, after SIGKILL to the first process while it served",
    needs=LAUNCH,
    once=True,
)
async def test_orphans_do_not_serve(server: Server) -> None:
    """When the server's first process is killed nobody goes on accepting in its place."""
    await server.launch()
    address = server.address
    async with server.client() as client:
        await client.ask(b"hello")
        await server.stop(signal.SIGKILL)
        if not await server.eventually(partial(is_free, address)):
            raise ViolatedError(
                f"the first process was killed, and a process that it started still listens at {address}"
            )


@requirement(
    "lifecycle.restarts-after-its-root-is-killed",
    level=SHOULD,
    source="socket(7) SO_REUSEADDR; fork(2)",
    authority=POLICY,
    accepts="a new instance listens at the same address and answers, after SIGKILL to the first process alone",
    needs=LAUNCH,
    once=True,
)
async def test_restarts_after_its_root_is_killed(server: Server) -> None:
    """The server can be started again where its first process alone has been killed while it served."""
    await server.launch()
    address = server.address
    async with server.client() as client:
        await client.ask(b"hello")
        await server.stop(signal.SIGKILL)
        server.set_aside()
        await server.eventually(partial(is_free, address))
        try:
            await server.launch(at=address)
        except LaunchError as error:
            raise ViolatedError(f"its first process had been killed while it served. {error}") from error
        await server.exchange_once("B")


@requirement(
    "lifecycle.survives-stop-and-continue",
    level=MUST,
    source="signal(7)",
    authority=POLICY,
    accepts="right replies to a client that was there before SIGSTOP, and to one that came before SIGCONT",
    needs=PROCESS,
    disruptive=True,
    takes="a quiet period",
    once=True,
)
async def test_survives_stop_and_continue(server: Server) -> None:
    """The server, held by SIGSTOP for a while, serves those who were there and those who have come since."""
    tree = server.process_tree()
    async with server.client("A") as resident, server.client("B") as newcomer:
        if Ability.REPEATS in server.dialect.abilities:
            await resident.ask(b"hello")
        with standing_still(server, tree):
            await trio.sleep(server.quiet_period)  # nothing is waited for: nobody can answer
        for client in resident, newcomer:
            try:
                await client.ask(b"hello again")
            except ClientKitError as error:
                raise ViolatedError(f"it was stopped for a while (SIGSTOP, SIGCONT). {error}") from error
            client.close()


@requirement(
    "lifecycle.descriptors-are-not-inherited",
    level=SHOULD,
    source="fcntl(2) FD_CLOEXEC; execve(2); tenzir #3998, mongoose #1302",
    authority=POLICY,
    accepts="close-on-exec on every socket of its processes beyond standard input, output and error",
    needs=PROCESS,
    once=True,
)
async def test_descriptors_are_not_inherited(server: Server) -> None:
    """A program that the server starts gets neither its listening socket nor its clients'."""
    tree = server.process_tree()
    async with server.client() as client:
        await client.ask(b"hello")
        found = inheritable_sockets(tree)
    told = f"without close-on-exec: {'; '.join(found[:3])}"
    assert not found, f"{told}: a program that it starts inherits what it does not close before"
