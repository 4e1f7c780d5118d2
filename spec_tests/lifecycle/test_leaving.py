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
    eventually,
    has_read_all,
    is_free,
    requirement,
)

AT_WORK = 0.6
"""Seconds that the server is at work on a reply."""
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
    await server.launch()
    instance, address = server.instance, server.address
    assert instance
    async with server.client("A") as client:
        await client.begin()
        request = server.dialect.slow_request(b"in hand", AT_WORK)
        await client.send(request)
        has_read = partial(has_read_all, address.port, client.local_address.port)
        if not await server.eventually(has_read):
            raise NotJudgedError(Verdict.NOT_OBSERVED, "the server does not read the request")
        await trio.sleep(
            AT_WORK / 6
        )  # no event tells when what was read is begun; it is not done before AT_WORK
        started = trio.current_time()
        server.timeline.note(f"SIGTERM to process {instance.pid}")
        instance.signal(signal.SIGTERM)
        is_closed = await eventually(partial(is_free, address), AT_WORK / 3)
        try:
            await client.receive_reply()
        except ClientKitError as error:
            raise ViolatedError(f"SIGTERM came while the server was at work on a reply: {error}") from error
        took = trio.current_time() - started
    if took < AT_WORK / 6:
        raise NotJudgedError(Verdict.INCONCLUSIVE, "the reply had come before SIGTERM did")
    if not is_closed and not await server.eventually(partial(is_free, address)):
        raise ViolatedError(f"SIGTERM came, and somebody listens at {address} still")


@requirement(
    "lifecycle.leaves-no-session-behind",
    level=SHOULD,
    source="Maelstrom README",
    authority=POLICY,
    accepts="no process of the server is left within the patience after SIGTERM, though clients were connected",
    needs=LAUNCH,
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
