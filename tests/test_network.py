"""The network that is slow: what it carries arrives whole and in order, and so do FIN and RST."""

import pytest
import trio
from launched import to_launch
from tiny_servers import Handler, echo, fin_at_once, nobody, on_trio, rst, says, serving

from client_kit import RAW, EndingKind, numbered, open_client
from spec_tests.harness.asynchronous import run_async
from spec_tests.harness.network import faulty_network
from spec_tests.harness.server import Server
from spec_tests.overload import test_network
from spec_tests.requirement import ViolatedError

LARGE = 3_000_001
CEILING = 60


async def echo_in_pieces(stream: trio.SocketStream) -> None:
    """Echo in small pieces, as a server does that receives little at once."""
    async for data in stream:
        for start in range(0, len(data), 1000):
            await stream.send_all(data[start : start + 1000])


@pytest.mark.parametrize("handler", [echo, echo_in_pieces])
@on_trio
async def test_what_it_carries_arrives_whole_and_in_order(handler: Handler) -> None:
    async with (
        serving(handler) as server,
        faulty_network(server) as detour,
        open_client(detour, dialect="echo") as client,
    ):
        await client.exchange(numbered(LARGE))
        await client.exchange(b"and a little more")
        await client.half_close()
        assert (await client.receive_until_end()).kind is EndingKind.FIN


@pytest.mark.parametrize(
    ("handler", "kind"),
    [(fin_at_once, EndingKind.FIN), (rst, EndingKind.RST), (says(b"x", rst), EndingKind.RST)],
    ids=["fin", "rst", "rst after a reply"],
)
@on_trio
async def test_an_end_arrives_as_it_was_sent(handler: Handler, kind: EndingKind) -> None:
    async with (
        serving(handler) as server,
        faulty_network(server) as detour,
        open_client(detour, dialect=RAW) as client,
    ):
        await client.send(b"?")
        assert (await client.receive_until_end()).kind is kind


@on_trio
async def test_who_is_not_there_is_not_there_through_it_either() -> None:
    async with (
        nobody() as server,
        faulty_network(server) as detour,
        open_client(detour, dialect=RAW) as client,
    ):
        assert (await client.receive_until_end()).kind is EndingKind.RST


class AskedAgain:
    """Stands for a requirement: what a server does in turn, and whether it is served."""

    id = "exchanging.in-turn"

    def __init__(self, *fails: bool) -> None:
        self._fails = iter(fails)

    async def test(self, server: Server) -> None:
        if next(self._fails):
            raise ViolatedError("it was a bad moment")
        await server.exchange_once()


def test_a_server_that_was_launched_again_is_reached_at_its_new_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    through_it, loopback_fails, loopback_holds, again = True, True, False, False
    asked = AskedAgain(through_it, loopback_fails, loopback_holds, again)
    monkeypatch.setattr(test_network, "REGISTRY", {asked.id: asked})
    monkeypatch.setattr(test_network, "is_asked", lambda *_: True)

    async def ask() -> None:
        await server.launch()
        await test_network.test_holds_through_a_faulty_network(server)

    with to_launch("thread", "echo") as server:
        run_async(ask, CEILING)
