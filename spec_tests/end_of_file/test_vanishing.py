"""No end of file at all: the peer vanishes, and nothing will ever come from it."""

from client_kit import Ability
from spec_tests.requirement import (
    LAUNCH,
    NOTICED,
    POLICY,
    SHOULD,
    LaunchError,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    established,
    eventually,
    own_network,
    requirement,
    set_loopback,
)
from spec_tests.steps import serve_the_next


@requirement(
    "end-of-file.releases-a-vanished-peer",
    level=SHOULD,
    source="RFC 1122 §4.2.3.6; RFC 9293 §3.8.4; UNP 7.5",
    authority=POLICY,
    accepts="an end of the connection whose network is gone, by keepalive (here after 3 s) or --idle-timeout",
    needs=LAUNCH,
    takes="starting the server, and 3 s until keepalive has given up",
    once=True,
)
async def test_releases_a_vanished_peer(server: Server) -> None:
    """The server lets a client go in the end that has vanished without a word, and serves the next."""
    try:
        with own_network():
            await let_a_peer_vanish(server)
    except OSError as error:
        why = f"we may not have a network of our own, in which a peer could vanish: {error.strerror}"
        raise NotJudgedError(Verdict.INCONCLUSIVE, why) from error


async def let_a_peer_vanish(server: Server) -> None:
    """Launch the server in this network, connect, and take the network away."""
    limit = server.description.idle_timeout
    try:
        await server.launch()
    except LaunchError as error:
        why = f"where there is no network but loopback it does not start: {error}"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why) from error
    port = server.address.port
    try:
        async with server.client("A") as client:
            if Ability.REPEATS in server.dialect.abilities:
                await client.ask(b"hello")
            else:
                await client.begin()  # what it says first has come, and waits for no acknowledgement
                await server.eventually(lambda: bool(established(port)))
            has_keepalive = any(one.has_keepalive for one in established(port))
            set_loopback(is_up=False)
            server.timeline.note("the network is gone, and nobody is told")
            ceiling = NOTICED + server.patience + (limit or 0)
            is_released = await eventually(lambda: not established(port), ceiling)
            set_loopback(is_up=True)
        if not is_released:
            tell_what_holds_it(has_keepalive=has_keepalive, limit=limit, ceiling=ceiling)
        await serve_the_next(server, "a peer had vanished")
    finally:
        server.kill()


def tell_what_holds_it(*, has_keepalive: bool, limit: float | None, ceiling: float) -> None:
    """Raise, unless keepalive is on and only slower than we can wait."""
    if has_keepalive:
        return
    told = f"A vanished, and {ceiling:g} s later its connection is still there: SO_KEEPALIVE is not set"
    if limit is None:
        why = f"{told}; whether the server looks after silent clients itself, --idle-timeout says (or none)"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)
    raise ViolatedError(f"{told}, nor is there a timeout")
