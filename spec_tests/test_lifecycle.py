"""Lifecycle: a server starts where it was, stops when it is told to, and leaves nothing behind."""

import signal
from functools import partial

from client_kit import ClientKitError
from spec_tests.requirement import (
    LAUNCH,
    MUST,
    POLICY,
    LaunchError,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    has_time_wait,
    is_free,
    requirement,
)


@requirement(
    "lifecycle.restarts-over-time-wait",
    level=MUST,
    source="ip(7), socket(7) SO_REUSEADDR; RFC 9293 §3.6.1 MUST-13; UNP 7.5",
    authority=POLICY,
    accepts="it listens on the port of its predecessor and answers, while a connection of that is in TIME_WAIT",
    needs=LAUNCH,
)
async def test_restarts_over_time_wait(server: Server) -> None:
    """The server can be started again at once on the port where it has just been stopped."""
    address = server.address
    async with server.client() as client:
        await client.ask(b"hello")
        await server.stop(signal.SIGTERM)
        server.close()  # whatever is left of it is killed: the server's side closes first
        await client.receive_until_end()
    if not await server.eventually(lambda: has_time_wait(address.port)):
        raise NotJudgedError(Verdict.NOT_OBSERVED, "no connection of the server came into TIME_WAIT")
    server.timeline.note(f"a connection of {address} is in TIME_WAIT; the server is started there again")
    try:
        await server.launch(at=address)
    except LaunchError as error:
        raise ViolatedError(f"{error}. SO_REUSEADDR, set before bind, permits it.") from error
    await server.exchange_once("B")


@requirement(
    "lifecycle.stops-on-request",
    level=MUST,
    source="signal(7)",
    authority=POLICY,
    accepts="after SIGTERM, and after SIGINT: its process ends, with whatever status, and nobody listens then",
    needs=LAUNCH,
)
async def test_stops_on_request(server: Server) -> None:
    """The server ends on SIGTERM and on SIGINT, and its port is free then."""
    for number in (signal.SIGTERM, signal.SIGINT):
        if not server.is_running:
            await server.launch()
        await server.exchange_once(number.name)
        address = server.address
        if not await server.stop(number):
            raise ViolatedError(f"{server.patience:g} s after {number.name} the server is still running")
        if not await server.eventually(partial(is_free, address)):
            raise ViolatedError(
                f"the server ended after {number.name}, but somebody still listens at {address}"
            )
        server.close()


@requirement(
    "lifecycle.leaves-no-process-behind",
    level=MUST,
    source="Maelstrom README",
    authority=POLICY,
    accepts="after SIGTERM, with no client connected: no process that the server started is left",
    needs=LAUNCH,
)
async def test_leaves_no_process_behind(server: Server) -> None:
    """The server, stopped when no client is connected, leaves no process behind."""
    for number in range(1, 4):
        try:
            await server.exchange_once(str(number))
        except ClientKitError as error:
            raise NotJudgedError(Verdict.NOT_OBSERVED, f"client {number} was not served: {error}") from error
    instance = server.instance
    if instance is None or not await server.stop(signal.SIGTERM):
        raise NotJudgedError(Verdict.NOT_OBSERVED, "the server does not stop on SIGTERM")
    if not await server.eventually(lambda: not instance.descendants()):
        left = ", ".join(instance.described_descendants())
        raise ViolatedError(f"the server has ended, and these of its processes have not: {left}")
