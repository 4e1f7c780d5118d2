"""However the server ends a connection, the client tells FIN from RST, and what was owed."""

import select

import pytest
import trio
from tiny_servers import (
    Handler,
    deaf,
    fin_at_once,
    on_trio,
    rst,
    says,
    serving,
)

from client_kit import (
    Client,
    EndingKind,
    ServerClosed,
    ServerReset,
    open_client,
)

LARGE = bytes(range(256)) * 64 * 1024  # 16 MiB: more than the socket buffers of both sides hold


@on_trio
async def test_a_fin_in_the_middle_is_server_closed_and_keeps_what_came() -> None:
    async with serving(says(b"hel", fin_at_once)) as address, open_client(address) as client:
        with pytest.raises(
            ServerClosed, match=r"sent FIN; 3 reply bytes had come, owed: 2 bytes: b'lo'"
        ) as end:
            await client.ask(b"hello")

        assert end.value.received == b"hel"


@on_trio
async def test_receive_exactly_keeps_what_came_before_a_fin() -> None:
    async with serving(says(b"hel", fin_at_once)) as address, open_client(address) as client:
        await client.send(b"hello")
        with pytest.raises(ServerClosed) as end:
            await client.receive_exactly(5)

        assert end.value.received == b"hel"


@on_trio
async def test_an_early_fin_is_an_ending_with_something_owed() -> None:
    async with serving(says(b"hel", fin_at_once)) as address, open_client(address) as client:
        await client.send_request(b"hello")
        ending = await client.receive_until_end()

        assert ending.is_orderly
        assert not ending.is_complete
        assert not ending.carries_reply_to(b"hello")
        assert str(ending) == "ended with FIN after 3 reply bytes; still owed: 2 bytes: b'lo'"


@on_trio
async def test_a_reset_raises_server_reset_with_its_cause() -> None:
    async with serving(says(b"", rst)) as address, open_client(address) as client:
        with pytest.raises(ServerReset, match="owed: 5 bytes: b'hello'") as end:
            await client.ask(b"hello")

        assert isinstance(end.value.__cause__, ConnectionResetError)
        assert "← RST" in str(client.timeline)


@on_trio
async def test_a_reset_in_the_middle_is_an_ending_of_its_own_kind() -> None:
    async with serving(says(LARGE[:1000], rst)) as address, open_client(address) as client:
        ending = await client.exchange_to_end(LARGE)

        assert ending.kind is EndingKind.RST
        assert not ending.is_complete
        assert ending.received <= 1000


@on_trio
async def test_a_reset_that_a_send_has_met_is_no_fin_to_the_next_receive() -> None:
    async with serving(says(b"", rst)) as address, open_client(address) as client:
        with pytest.raises(ServerReset):
            await send_without_end(client)

        assert (await client.receive_until_end()).kind is EndingKind.RST
        with pytest.raises(ServerReset):
            await client.send(b"again")


@on_trio
async def test_a_send_after_the_servers_close_is_server_closed() -> None:
    async with serving(fin_at_once) as address, open_client(address) as client:
        assert await client.receive() == b""
        with pytest.raises(ServerClosed, match="takes no more bytes") as end:
            await send_without_end(client)

        assert isinstance(end.value.__cause__, BrokenPipeError)
        assert (await client.receive_until_end()).kind is EndingKind.FIN


@on_trio
async def test_a_half_close_after_a_reset_leaves_it_to_receive_to_tell() -> None:
    async with serving(says(b"", rst)) as address, open_client(address) as client:
        await client.send(b"hello")
        await trio.lowlevel.wait_readable(client._witness.connection._socket)
        await client.half_close()

        assert (await client.receive_until_end()).kind is EndingKind.RST


@pytest.mark.parametrize(
    ("then", "error"), [(rst, ServerReset), (fin_at_once, (ServerClosed, ServerReset))], ids=["RST", "FIN"]
)
@on_trio
async def test_exchange_raises_the_sole_cause(then: Handler, error: type[Exception]) -> None:
    async with serving(says(LARGE[:1000], then)) as address, open_client(address) as client:
        with pytest.raises(error):
            await client.exchange(LARGE)


@pytest.mark.parametrize(
    ("then", "error"), [(rst, ServerReset), (fin_at_once, ServerClosed)], ids=["RST", "FIN"]
)
@on_trio
async def test_overhear_raises_when_the_connection_ends(then: Handler, error: type[Exception]) -> None:
    async with serving(then) as address, open_client(address) as client:
        with pytest.raises(error):
            await client.overhear(30)


@on_trio
async def test_a_fin_ends_exchange_to_end_even_if_the_server_reads_no_more() -> None:
    async def fin_and_deaf(stream: trio.SocketStream) -> None:
        await stream.send_eof()
        await deaf(stream)

    async with serving(fin_and_deaf) as address, open_client(address) as client:
        ending = await client.exchange_to_end(LARGE)

        assert ending.is_orderly
        assert not ending.is_complete


async def send_without_end(client: Client) -> None:
    while True:
        await client.send(b"x" * 1000)


@on_trio
async def test_a_last_request_leaves_together_with_fin() -> None:
    seen: list[tuple[bytes, int]] = []

    async def look(stream: trio.SocketStream) -> None:
        await trio.lowlevel.wait_readable(stream.socket)
        poll = select.poll()
        poll.register(stream.socket, select.POLLRDHUP)
        has_ended = bool(poll.poll(0))
        seen.append((bytes(await stream.receive_some()), has_ended))
        await stream.send_all(b"last words")

    async with serving(look) as address, open_client(address, patience=30) as client:
        await client.send_last_request(b"last words")
        ending = await client.receive_until_end()

    assert seen == [(b"last words", True)]
    assert ending.carries_reply_to(b"last words")
