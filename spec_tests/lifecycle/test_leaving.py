"""Lifecycle: a server that is told to stop while clients are there."""

import signal
from functools import partial

import trio

from client_kit import ClientKitError
from spec_tests.requirement import (
    LAUNCH,
    POLICY,
    SHOULD,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    has_read_all,
    is_free,
    requirement,
)

AT_WORK = (0.6, 2.4)
"""Seconds that the server is at work on a reply; the second where SIGTERM came too late on a busy machine."""
BEGUN = 1 / 6
"""The part of that after which it is at work for sure, and before which no reply comes."""
CLIENTS = 3


@requirement(
    "lifecycle.finishes-the-reply-in-hand",
    level=SHOULD,
    source="nginx-tests http_keepalive_shutdown.t",
    authority=POLICY,
    accepts="the whole reply on which the server is at work when SIGTERM comes; nobody listens from then on",
    needs=LAUNCH,
    abilities={Ability.TAKES_TIME},
)
async def test_finishes_the_reply_in_hand(server: Server) -> None:
    """The server, told to stop, still sends the reply that it has in hand, and accepts nobody any more."""
    for at_work in AT_WORK:
        if await time_from_signal_to_reply(server, at_work) > BEGUN * at_work:
            break
    else:
        raise NotJudgedError(Verdict.INCONCLUSIVE, "the reply had come before SIGTERM did")
    if not await server.eventually(partial(is_free, server.address)):
        raise ViolatedError(f"SIGTERM came, and somebody listens at {server.address} still")


async def time_from_signal_to_reply(server: Server, at_work: float) -> float:
    """Launch the server, give it `at_work` seconds of work, and SIGTERM; return when the whole reply came."""
    await server.launch()
    instance, port = server.instance, server.address.port
    assert instance
    async with server.client("A") as client:
        await client.begin()
        await client.send(server.dialect.slow_request(b"in hand", at_work))
        if not await server.eventually(partial(has_read_all, port, client.local_address.port)):
            raise NotJudgedError(Verdict.NOT_OBSERVED, "the server does not read the request")
        await trio.sleep(BEGUN * at_work)  # no event tells when what was read is begun; it takes longer
        told = trio.current_time()
        server.timeline.note(f"SIGTERM to process {instance.pid}")
        instance.signal(signal.SIGTERM)
        try:
            await client.receive_reply()
        except ClientKitError as error:
            raise ViolatedError(f"SIGTERM came while the server was at work on a reply: {error}") from error
        return trio.current_time() - told


@requirement(
    "lifecycle.leaves-no-session-behind",
    level=SHOULD,
    source="Maelstrom README",
    authority=POLICY,
    accepts="no process of the server is left within the patience after SIGTERM, though clients were connected",
    needs=LAUNCH,
    once=True,
)
async def test_leaves_no_session_behind(server: Server) -> None:
    """The server, stopped while clients are connected, leaves no process behind that serves them on."""
    await server.launch()
    instance = server.instance
    assert instance
    size = 1 if server.model == "iterative" else server.crowd_size(CLIENTS, at_least=1)
    async with server.crowd(size):
        if not await server.stop(signal.SIGTERM):
            raise NotJudgedError(Verdict.NOT_OBSERVED, "the server does not stop on SIGTERM")
        if not await server.eventually(lambda: not instance.descendants()):
            left = ", ".join(instance.described_descendants()[:3])
            raise ViolatedError(f"the server has ended, and these of its processes serve on: {left}")
