"""A crowd connects without haste, acts as one, and tells which of it failed."""

import pytest
import trio
from tiny_servers import deaf, echo, fin_at_once, nobody, on_trio, rst, serving, silent

from client_kit import Client, ClientKitError, EndingKind, NoReply, ServerClosed, ServerReset, open_crowd


class Limited:
    """Serves so many connections, and ends the others as `otherwise` does."""

    def __init__(self, most: int, otherwise: object) -> None:
        self.most = most
        self.otherwise = otherwise

    async def __call__(self, stream: trio.SocketStream) -> None:
        self.most -= 1
        if self.most >= 0:
            await echo(stream)
        elif self.otherwise is rst:
            await rst(stream)
        else:
            await fin_at_once(stream)


@on_trio
async def test_every_client_gets_its_own_reply() -> None:
    async with serving(echo) as address, open_crowd(address, 20) as crowd:
        replies = await crowd.ask(lambda place: b"token %d" % place)

        assert replies == [b"token %d" % place for place in range(20)]
        assert [client.name for client in crowd.clients] == [str(number) for number in range(1, 21)]
        assert crowd.refused == []


@on_trio
async def test_clients_share_one_timeline() -> None:
    async with serving(echo) as address, open_crowd(address, 2) as crowd:
        first, second = crowd.clients

        assert first.timeline is second.timeline
        assert "1  connected from" in str(first.timeline)
        assert "2  connected from" in str(first.timeline)


@pytest.mark.parametrize("in_flight", [1, 2, 5])
@on_trio
async def test_only_so_many_clients_are_unconfirmed(in_flight: int) -> None:
    unconfirmed = most = 0

    async def count(stream: trio.SocketStream) -> None:
        nonlocal unconfirmed, most
        unconfirmed += 1
        most = max(most, unconfirmed)
        token = await stream.receive_some()
        unconfirmed -= 1
        await stream.send_all(token)
        await echo(stream)

    async with serving(count) as address, open_crowd(address, 30, in_flight=in_flight) as crowd:
        assert len(crowd.clients) == 30

    assert 0 < most <= in_flight


@on_trio
async def test_a_crowd_need_not_be_confirmed() -> None:
    async with serving(deaf) as address, open_crowd(address, 5, confirm=False) as crowd:
        assert len(crowd.clients) == 5


@on_trio
async def test_a_step_runs_every_client_at_the_same_time() -> None:
    arrived = 0
    everybody = trio.Event()

    async def meet(client: Client) -> str:
        nonlocal arrived
        arrived += 1
        if arrived == 10:
            everybody.set()
        await everybody.wait()
        return client.name

    async with serving(echo) as address, open_crowd(address, 10) as crowd:
        assert await crowd.step(meet) == [str(number) for number in range(1, 11)]


@on_trio
async def test_a_failure_in_a_step_is_raised_as_itself_with_its_client() -> None:
    async def fail(client: Client) -> None:
        if client.name == "3":
            await client.receive()
        await trio.sleep_forever()

    async with serving(echo) as address, open_crowd(address, 5, patience=0.05) as crowd:
        with pytest.raises(NoReply, match=r"^client 3: "):
            await crowd.step(fail)


@on_trio
async def test_an_error_of_the_callers_own_notes_its_client() -> None:
    async def fail(client: Client) -> None:
        if client.name == "2":
            raise LookupError("no luck")
        await trio.sleep_forever()

    async with serving(echo) as address, open_crowd(address, 3) as crowd:
        with pytest.raises(LookupError) as failure:
            await crowd.step(fail)

    assert failure.value.__notes__ == ["This happened to client 2."]


@pytest.mark.parametrize(
    ("end", "kind"), [(rst, EndingKind.RST), (fin_at_once, EndingKind.FIN)], ids=["RST", "FIN"]
)
@on_trio
async def test_a_cap_turns_clients_away(end: object, kind: EndingKind) -> None:
    async with serving(Limited(3, end)) as address, open_crowd(address, 5, may_refuse=True) as crowd:
        assert len(crowd.clients) == 3
        assert len(crowd.refused) == 2
        assert all(ending.kind in {kind, EndingKind.RST} and not ending.is_complete for ending in crowd.refused)
        assert await crowd.ask(lambda place: b"%d" % place) == [b"0", b"1", b"2"]


@pytest.mark.parametrize(
    ("end", "error"), [(rst, ServerReset), (fin_at_once, ServerClosed)], ids=["RST", "FIN"]
)
@on_trio
async def test_a_cap_is_a_failure_where_none_is_expected(end: object, error: type[ClientKitError]) -> None:
    async with serving(Limited(3, end)) as address:
        with pytest.raises((error, ServerReset), match=r"^client [45]: "):
            async with open_crowd(address, 5):
                pass


@on_trio
async def test_a_refused_crowd_is_all_refusals() -> None:
    async with nobody() as address, open_crowd(address, 3, may_refuse=True) as crowd:
        assert [ending.kind for ending in crowd.refused] == [EndingKind.REFUSAL] * 3
        assert crowd.clients == []


@on_trio
async def test_silence_is_no_refusal() -> None:
    async with serving(silent) as address:
        with pytest.raises(NoReply):
            async with open_crowd(address, 3, patience=0.05, may_refuse=True):
                pass


@on_trio
async def test_leaving_the_block_closes_every_client() -> None:
    async with serving(echo) as address:
        async with open_crowd(address, 10) as crowd:
            sockets = [client._witness.connection._socket for client in crowd.clients]

        assert [sock.fileno() for sock in sockets] == [-1] * 10
