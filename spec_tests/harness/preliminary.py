"""Before the rest: two clients, one after the other. What keeps a server from serving them is told once.

One cause is one failure: it is told under the requirement that it violates, and all else is blocked.
"""

from dataclasses import dataclass

import trio

from client_kit import ClientKitError, ResourcesExhausted, ServerClosed, Timeline, WrongReply, snippet
from spec_tests.harness.asynchronous import Pulse, TooLongError, run_async
from spec_tests.harness.launching import LaunchError
from spec_tests.harness.ports import count_workers
from spec_tests.harness.server import Server
from spec_tests.harness.starvation import why_starved
from spec_tests.harness.verdicts import Verdict

FIRST = {"tcp": "connecting.serves-one-exchange", "udp": "datagrams.answers-exactly-once"}
SECOND = {"tcp": "connecting.serves-one-after-another", "udp": "datagrams.answers-exactly-once"}
SPEAKS = "connecting.waits-for-the-client-to-speak"

CEILING = 1.25
"""Both clients together are given so many times the patience."""
BESIDE = " ({} workers launch it at the same time: if it keeps files where they all find them, -n 0)"

SOME = 8
"""Clients that a server must serve, one after another, so that there is a point in asking on."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why there is no point in asking further, and the requirement under which that is told."""

    reason: str
    culprit: str
    timeline: Timeline
    verdict: Verdict = Verdict.BLOCKED
    """What is said of all other requirements."""
    output: tuple[str, ...] = ()
    """What a launched server had printed at last."""


def look_for_obstacle(server: Server) -> Obstacle | None:
    """Launch the server, if it is to be launched, and let it serve two clients. Return what is in the way."""
    transport = server.description.transport
    culprit = FIRST[transport]

    async def serve_two() -> None:
        nonlocal culprit
        if server.launcher and not server.is_running:
            await server.launch()
        for name in ("first", "second"):
            began = trio.current_time()
            await server.exchange_once(name)
            server.took(trio.current_time() - began)
            culprit = SECOND[transport]

    pulse = Pulse()
    try:
        run_async(serve_two, CEILING * server.patience, pulse=pulse)
    except (ClientKitError, LaunchError, TooLongError) as error:
        if isinstance(error, ResourcesExhausted) or why_starved(error, pulse, server.patience):
            return None  # our own trouble is in nobody's way: each test will say what it met
        which = "first" if culprit == FIRST[transport] else "second"
        reason = f"the {which} client was not served: {error}"
        if isinstance(error, WrongReply) and (said := _said_unasked(server)):
            culprit = SPEAKS
            reason = f"before the client had said anything, the server sent {snippet(said)}"
        if isinstance(error, LaunchError) and count_workers() > 1:
            reason += BESIDE.format(count_workers())
        if end := server.end:
            reason = f"{reason}; the server ended with {end}"
        return Obstacle(reason, culprit, server.timeline, output=tuple(server.last_output()))
    return None


def serves_afresh(server: Server) -> bool:
    """Whether a launched server, started anew, serves some clients: what ends it then is the test's affair."""

    async def serve_some() -> None:
        await server.launch()
        for number in range(1, SOME + 1):
            await server.exchange_once(f"afresh {number}")

    if not server.launcher:
        return False
    try:
        run_async(serve_some, CEILING * server.patience)
    except (ClientKitError, LaunchError, TooLongError):
        return False
    return True


def _said_unasked(server: Server) -> bytes:
    """What the server sends to a client that says nothing."""
    said = b""

    async def listen() -> None:
        nonlocal said
        async with server.client("silent") as client:
            try:
                said = await client.overhear(server.quiet_period)
            except ServerClosed as error:
                said = error.received

    if server.description.transport == "udp":
        return b""
    try:
        run_async(listen, server.patience)
    except (ClientKitError, TooLongError):
        return said
    return said
