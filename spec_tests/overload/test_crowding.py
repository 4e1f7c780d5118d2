"""Overload by clients: many that reset, and some that take their time."""

import trio

from client_kit import ClientKitError
from spec_tests.requirement import (
    CONCURRENT,
    MUST,
    POLICY,
    SHOULD,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)
from spec_tests.steps import serve_the_next

STORM = 500
AT_ONCE = 4
"""As many as the smallest common backlog holds: a SYN that is dropped would cost a second."""

HELD_UP = 0.9
"""Seconds: a SYN that was dropped is sent again after one."""
ENOUGH = 3
"""So many bursts that find the accept queue full are storm enough."""

SLOW = 10
CLIENTS = 5


@requirement(
    "overload.recovers-from-a-reset-storm",
    level=MUST,
    source="policy (recovery)",
    authority=POLICY,
    accepts="a right reply to the next client, after 500 resets, or three times a full accept queue",
    disruptive=True,
    once=True,
)
async def test_recovers_from_a_reset_storm(server: Server) -> None:
    """The server serves the next client after hundreds that reset their connection."""
    held_up = 0
    for number in range(1, STORM // AT_ONCE + 1):
        with trio.move_on_after(HELD_UP) as burst:
            await server.reset_at_once(f"storm {number}", AT_ONCE)
        held_up += burst.cancelled_caught
        if held_up == ENOUGH:
            server.timeline.note(f"after {number * AT_ONCE} its accept queue is full again and again")
            break
    await serve_the_next(server, f"{number * AT_ONCE} clients had connected and reset")


@requirement(
    "overload.slow-clients-stop-nobody",
    level=SHOULD,
    source="UNP 6.8",
    authority=POLICY,
    accepts="right replies to 5 clients while 10 others are in the middle of a request, and to those",
    unless={Ability.ANSWERS_PIECES},
    models=CONCURRENT,
    once=True,
)
async def test_slow_clients_stop_nobody(server: Server) -> None:
    """Clients that take their time over a request do not keep others from being served."""
    size = server.crowd_size(SLOW + 1, at_least=2) - 1
    request = server.dialect.request(b"I take my time over it")
    if not request:
        raise NotJudgedError(Verdict.NOT_APPLICABLE, "it is asked nothing")
    started: set[int] = set()
    all_started, others_served = trio.Event(), trio.Event()

    async def dawdle(number: int) -> None:
        async with server.client(f"slow {number}") as client:
            await client.begin()
            await client.send(request[:1])
            started.add(number)
            if len(started) == size:
                all_started.set()
            await others_served.wait()
            await client.send_segments(request[1:])
            await client.receive_reply()

    async with trio.open_nursery() as nursery:
        for number in range(1, size + 1):
            nursery.start_soon(dawdle, number)
        with trio.move_on_after(server.patience):
            await all_started.wait()
        for number in range(1, CLIENTS + 1):
            try:
                await server.exchange_once(f"quick {number}")
            except ClientKitError as error:
                raise ViolatedError(f"while {size} clients sent their requests slowly: {error}") from error
        others_served.set()
