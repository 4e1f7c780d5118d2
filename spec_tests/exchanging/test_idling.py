"""Exchanging, and silence: a client may say nothing for a while, and a server may say for how long."""

import trio

from client_kit import EndingKind
from spec_tests.requirement import (
    POLICY,
    SHOULD,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)

TOLERANCE = 0.25
"""Of the idle timeout; a late end has the patience on top, for it may be looked for now and then only."""


@requirement(
    "exchanging.enforces-its-idle-timeout",
    level=SHOULD,
    source="UNP 14.2",
    authority=POLICY,
    long=True,
    accepts="FIN or RST to a silent client after --idle-timeout, a quarter sooner or later, or a little more",
)
async def test_enforces_its_idle_timeout(server: Server) -> None:
    """The server ends a connection on which nothing comes when its idle timeout is over, and not before."""
    limit = server.description.idle_timeout
    if limit is None:
        why = "it needs to know after how long the server ends a silent connection: --idle-timeout"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)
    if not limit:
        raise NotJudgedError(Verdict.NOT_APPLICABLE, "it ends no connection for its silence")
    async with server.client(patience=limit * (1 + TOLERANCE) + server.patience) as client:
        if Ability.REPEATS in server.dialect.abilities:
            await client.ask(b"hello")
        else:
            await client.begin()
        started = trio.current_time()
        ending = await client.receive_until_end()
        waited = trio.current_time() - started
    if ending.kind is EndingKind.SILENCE:
        raise ViolatedError(f"nothing came from A for {waited:.1f} s, and it was not let go after {limit:g} s")
    if waited < limit * (1 - TOLERANCE):
        raise ViolatedError(f"nothing came from A for {waited:.1f} s, and let go; {limit:g} s were said")
