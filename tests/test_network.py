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
    takes = ""

    def __init__(self, *fails: bool) -> None:
        self._fails = iter(fails)

    async def test(self, server: Server) -> None:
        if next(self._fails):
            raise ViolatedError("it was a bad moment")
        await server.exchange_once()


class Meeting:
    """Where those who are asked wait until so many are there."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.now = self.most = 0
        self.is_full = trio.Event()

    async def test(self, server: Server) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now == self.size:
            self.is_full.set()
        await server.exchange_once()
        await self.is_full.wait()
        self.now -= 1


class Met:
    """Stands for a requirement."""

    takes = ""

    def __init__(self, number: int, meeting: Meeting) -> None:
        self.id = f"exchanging.met-{number}"
        self.test = meeting.test


@pytest.mark.parametrize(("name", "size"), [("thread", test_network.AT_A_TIME), ("iterative", 1)])
def test_so_much_is_asked_at_once_as_a_server_has_room_for(
    name: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = Meeting(size)
    asked = [Met(number, meeting) for number in range(test_network.AT_A_TIME + 1)]
    monkeypatch.setattr(test_network, "REGISTRY", {one.id: one for one in asked})
    monkeypatch.setattr(test_network, "is_asked", lambda *_: True)

    async def ask() -> None:
        await server.launch()
        await test_network.test_holds_through_a_faulty_network(server)

    with to_launch(name, "echo") as server:
        run_async(ask, CEILING)
    assert meeting.most == size


@pytest.mark.parametrize(
    ("model", "max_clients", "at_a_time"),
    [
        *(("fork", None, 3), ("event-loop", 100, 3), ("pool", 6, 2), ("pool", 2, 1)),
        *(("pool", None, 1), ("iterative", None, 1), ("unknown", None, 1)),
    ],
)
def test_who_keeps_clients_waiting_is_asked_less_at_once(
    model: str, max_clients: int | None, at_a_time: int
) -> None:
    with to_launch("thread", "echo") as server:
        server.model, server.max_clients = model, max_clients
        assert test_network.at_a_time(server) == at_a_time


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
