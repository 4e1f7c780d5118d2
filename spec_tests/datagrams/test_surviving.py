"""Datagrams that ask nothing, clients that wait for nothing: the server goes on answering the others."""

import random

import trio

from client_kit import ask_and_vanish
from spec_tests.requirement import (
    LAUNCH,
    MUST,
    POLICY,
    PROCESS,
    STANDARD,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    eventually,
    requirement,
)
from spec_tests.steps import at_most, refuse_a_second_instance, serve_the_next

IDLE = 0.5
"""Of the patience: 3 s without any datagram, by default."""

VANISHED = 50
"""Whether a client is gone when its reply comes is luck, so it is tried so often."""

GARBAGE = (1, 2, 3, 7, 11, 12, 13, 100, 511, 512, 513, 1472)

DATAGRAMS = 200
TOGETHER = 20
"""So many are under way at a time."""

WARM_UP = 1
ROUNDS = 5
GRACE = 0.6
"""Seconds until a round of datagrams must have left nothing; the last is given the patience."""


@requirement(
    "datagrams.survives-an-idle-spell",
    level=MUST,
    source="policy (availability)",
    authority=POLICY,
    accepts="a right reply to a datagram that comes after half the patience (3 s, by default) without any",
    transport="udp",
    alone=True,
    takes="3 s of silence",
    once=True,
)
async def test_survives_an_idle_spell(server: Server) -> None:
    """The server answers a datagram that comes when none has come for a while."""
    await server.exchange_once("before")
    await trio.sleep(IDLE * server.patience)  # a quiet period: nothing is waited for
    await serve_the_next(server, f"no datagram came for {IDLE * server.patience:g} s")


@requirement(
    "datagrams.survives-a-vanished-client",
    level=MUST,
    source="RFC 1122 §4.1.3.3; udp(7) Error handling; UNP 8.9, 8.11; rustrtc #36",
    authority=POLICY,
    accepts="a right reply to the next client, after 50 have asked and were gone before their reply came",
    transport="udp",
    once=True,
)
async def test_survives_a_vanished_client(server: Server) -> None:
    """A client that is gone when its reply comes does not keep the next one from being answered."""
    request = server.dialect.request(b"I shall not wait")
    await ask_and_vanish(server.address, request, count=VANISHED, timeline=server.timeline)
    hint = "what the system reports of a client that is gone (ECONNREFUSED) is no reason to end"
    await serve_the_next(server, f"{VANISHED} clients asked and were gone", hint)


@requirement(
    "datagrams.survives-garbage",
    level=MUST,
    source="RFC 1122 §1.2.2",
    authority=STANDARD,
    accepts="a right reply to the next client, after datagrams of random bytes and of 1 to 1,472 of them",
    transport="udp",
    takes="a quiet period",
)
async def test_survives_garbage(server: Server) -> None:
    """Datagrams that mean nothing do not keep the server from answering those that do."""
    server.timeline.note(f"random bytes, seed {server.seed}")
    dice = random.Random(server.seed)
    async with server.datagram_client("garbage") as client:
        for size in GARBAGE:
            await client.send(dice.randbytes(size))
            await client.send(bytes(size))
        await client.overhear(server.quiet_period)
    await serve_the_next(server, f"datagrams of random bytes and of NULs came (seed {server.seed})")


@requirement(
    "datagrams.holds-no-residue",
    level=MUST,
    source="mesh-announce #44; CPython #81374",
    authority=POLICY,
    accepts="a round of 200 datagrams, of 5 after the first, that leaves no thread, process or descriptor more",
    transport="udp",
    needs=PROCESS,
    once=True,
)
async def test_holds_no_residue(server: Server) -> None:
    """The server keeps no thread, no process and no descriptor for a datagram that it has answered."""
    tree = server.process_tree()

    def held() -> int:
        return len(tree.members()) + tree.threads() + tree.descriptors()

    counts = [held()]
    for number in range(1, WARM_UP + ROUNDS + 1):
        async with server.datagram_client(str(number)) as client:
            for _ in range(DATAGRAMS // TOGETHER):
                for _ in range(TOGETHER):
                    await client.send(server.dialect.request(b"hello"))
                answered = len(await client.collect(TOGETHER, server.patience))
                if answered < TOGETHER:
                    why = f"of {TOGETHER} datagrams that came together only {answered} were answered"
                    raise NotJudgedError(Verdict.NOT_OBSERVED, why)
        grace = GRACE if number < WARM_UP + ROUNDS else server.patience
        has_settled = await eventually(at_most(held, counts[-1]), grace)
        counts.append(held())
        if has_settled and number > WARM_UP:
            return
    told = ", ".join(map(str, counts))
    raise ViolatedError(f"every round of {DATAGRAMS} left threads, processes or descriptors: there were {told}")


@requirement(
    "datagrams.refuses-a-second-instance",
    level=MUST,
    source="ip(7); socket(7) SO_REUSEADDR; UNP 7.5",
    authority=POLICY,
    accepts="a second instance at the same address ends with a status other than 0, and the first answers on",
    transport="udp",
    needs=LAUNCH,
    once=True,
)
async def test_refuses_a_second_instance(server: Server) -> None:
    """The server refuses to start where it is running already: a second one would steal its datagrams."""
    await refuse_a_second_instance(server)
