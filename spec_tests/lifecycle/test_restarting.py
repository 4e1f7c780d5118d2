"""Lifecycle: a server starts where it was, stops when it is told to, and leaves nothing behind."""

import re
import signal
from functools import partial

from client_kit import ClientKitError, ConnectionRefused, Ending
from spec_tests.requirement import (
    LAUNCH,
    MUST,
    POLICY,
    Instance,
    LaunchError,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    has_time_wait,
    is_free,
    requirement,
)
from spec_tests.steps import refuse_a_second_instance

LOOKS = 3
"""Where the client's FIN is sent twice, on a busy machine, the late one ends TIME_WAIT: the answer to it finds
no client any more, and is reset; RFC 1337."""
RESTARTS = 20


@requirement(
    "lifecycle.restarts-over-time-wait",
    level=MUST,
    source="ip(7), socket(7) SO_REUSEADDR; RFC 9293 §3.6.1 MUST-13; UNP 7.5",
    authority=POLICY,
    accepts="it listens on the port of its predecessor and answers, while a connection of that is in TIME_WAIT",
    needs=LAUNCH,
    once=True,
)
async def test_restarts_over_time_wait(server: Server) -> None:
    """The server can be started again at once on the port where it has just been stopped."""
    for _ in range(LOOKS):
        await server.launch()
        address = server.address
        ending = await _end_under_a_client(server)
        has_one = partial(has_time_wait, address.port)
        if has_one() or (ending.is_orderly and await server.eventually(has_one)):
            break
    else:
        why = f"no connection of the server stayed in TIME_WAIT: the last one {ending}"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)
    server.timeline.note(f"a connection of {address} is in TIME_WAIT; the server is started there again")
    try:
        await server.launch(at=address)
    except LaunchError as error:
        raise ViolatedError(f"{error}. SO_REUSEADDR, set before bind, permits it.") from error
    await server.exchange_once("B")


async def _end_under_a_client(server: Server) -> Ending:
    """End an instance while it serves a client, so that the server's side closes first."""
    async with server.client() as client:
        await client.ask(b"hello")
        await server.stop(signal.SIGTERM)
        server.close()  # whatever is left of it is killed
        return await client.receive_until_end()


@requirement(
    "lifecycle.ready-means-listening",
    level=MUST,
    source="policy (readiness)",
    authority=POLICY,
    accepts="a right and complete reply to a client that connects as soon as the ready line has come",
    needs=LAUNCH,
    once=True,
)
async def test_ready_means_listening(server: Server) -> None:
    """The server says that it is ready only when it listens."""
    if server.description.ready_line is None:
        why = "it needs to know how the server says that it is ready: --ready-line"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)
    pattern = re.compile(server.description.ready_line)
    for number in range(1, 4):
        instance = server.begin()
        await server.eventually(partial(_is_ready_or_over, instance, pattern))
        if not instance.output.has(pattern):
            why = f"no line that matches {pattern.pattern!r} came (a pipe needs flushing)"
            if instance.end:
                why = f"the server ended with {instance.end} before it was ready"
            raise NotJudgedError(Verdict.NOT_OBSERVED, why)
        server.timeline.note("the ready line has come")
        try:
            await server.exchange_once(str(number))
        except ConnectionRefused as error:
            raise ViolatedError(f"the ready line had come, and then: {error}") from error


def _is_ready_or_over(instance: Instance, pattern: re.Pattern[str]) -> bool:
    return instance.output.has(pattern) or bool(instance.end)


@requirement(
    "lifecycle.restarts-after-a-kill",
    level=MUST,
    source="socket(7) SO_REUSEADDR",
    authority=POLICY,
    accepts="it listens where it listened and answers, after SIGKILL to all its processes while it served",
    needs=LAUNCH,
    once=True,
)
async def test_restarts_after_a_kill(server: Server) -> None:
    """The server can be started again where all its processes have been killed."""
    await server.launch()
    address = server.address
    async with server.client() as client:
        await client.ask(b"hello")
        server.kill()
        try:
            await server.launch(at=address)
        except LaunchError as error:
            raise ViolatedError(f"it had been killed while it served a client. {error}") from error
        await server.exchange_once("B")


@requirement(
    "lifecycle.restarts-while-a-child-serves",
    level=MUST,
    source="UNP 4.8, 7.5; mongoose #1302",
    authority=POLICY,
    accepts="it listens where it listened and answers, while the client of its predecessor is still connected",
    needs=LAUNCH,
    once=True,
)
async def test_restarts_while_a_child_serves(server: Server) -> None:
    """The server, stopped while it serves a client, can be started again before that client has left."""
    await server.launch()
    address = server.address
    async with server.client() as client:
        await client.ask(b"hello")
        if not await server.stop(signal.SIGTERM):
            why = "with a client connected, the server does not stop on SIGTERM"
            raise NotJudgedError(Verdict.NOT_OBSERVED, why)
        server.set_aside()
        if not await server.eventually(partial(is_free, address)):
            raise ViolatedError(
                f"the server has ended, and a process that it left holds the listening socket of {address}: "
                "connections go there and are never served"
            )
        try:
            await server.launch(at=address)
        except LaunchError as error:
            raise ViolatedError(f"{error}. SO_REUSEADDR, set before bind, permits it.") from error
        await server.exchange_once("B")


@requirement(
    "lifecycle.restarts-twenty-times",
    level=MUST,
    source="policy (reuse)",
    authority=POLICY,
    accepts="20 instances, one after another, that listen at one address, answer, and end on SIGTERM",
    needs=LAUNCH,
    takes="starting the server twenty times",
    once=True,
)
async def test_restarts_twenty_times(server: Server) -> None:
    """The server can be started, used and stopped again and again at one address."""
    address = None
    for number in range(1, RESTARTS + 1):
        try:
            await server.launch(at=address)
            address = server.address
            await server.exchange_once(str(number))
        except (ClientKitError, LaunchError) as error:
            raise ViolatedError(f"{number - 1} times it was started, used and stopped. {error}") from error
        if not await server.stop(signal.SIGTERM):
            raise NotJudgedError(Verdict.NOT_OBSERVED, "the server does not stop on SIGTERM")


@requirement(
    "lifecycle.refuses-a-second-instance",
    level=MUST,
    source="bind(2), listen(2) EADDRINUSE",
    authority=POLICY,
    accepts="a second instance at the same address ends with a status other than 0, and the first serves on",
    needs=LAUNCH,
    once=True,
)
async def test_refuses_a_second_instance(server: Server) -> None:
    """The server refuses to start where it is running already, and the one that runs is not disturbed."""
    await refuse_a_second_instance(server)


@requirement(
    "lifecycle.stops-on-request",
    level=MUST,
    source="signal(7)",
    authority=POLICY,
    accepts="after SIGTERM, and after SIGINT: its process ends, with whatever status, and nobody listens then",
    needs=LAUNCH,
    once=True,
)
async def test_stops_on_request(server: Server) -> None:
    """The server ends on SIGTERM and on SIGINT, and its port is free then."""
    for number in (signal.SIGTERM, signal.SIGINT):
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
    once=True,
)
async def test_leaves_no_process_behind(server: Server) -> None:
    """The server, stopped when no client is connected, leaves no process behind."""
    await server.launch()
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
