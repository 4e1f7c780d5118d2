"""What makes no sense is refused as the caller's mistake; leaving a client always closes it."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from tiny_servers import (
    echo,
    on_trio,
    serving,
    silent,
)
from trio.testing import wait_all_tasks_blocked

from client_kit import (
    Address,
    Client,
    ClientKitError,
    Misuse,
    Timeline,
    open_client,
)

SHORT = 0.05  # seconds of patience where it is to run out


@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.send(b"x"),
        Client.receive,
        Client.half_close,
        Client.reset,
        lambda client: client.exchange(b"x"),
    ],
    ids=["send", "receive", "half_close", "reset", "exchange"],
)
@on_trio
async def test_a_closed_client_is_our_mistake(act: Callable[[Client], Awaitable[object]]) -> None:
    async with serving(echo) as address, open_client(address) as client:
        await client.aclose()
        await client.aclose()

        with pytest.raises(Misuse, match="the client is closed"):
            await act(client)


@on_trio
async def test_nothing_can_be_sent_after_half_close() -> None:
    async with serving(echo) as address, open_client(address) as client:
        await client.half_close()

        with pytest.raises(Misuse, match="nothing can be sent after half_close"):
            await client.send(b"x")


@on_trio
async def test_senseless_arguments_are_our_mistake() -> None:
    async with serving(echo) as address, open_client(address) as client:
        with pytest.raises(Misuse, match="an empty request"):
            await client.ask(b"")
        with pytest.raises(Misuse, match="at least 1 byte"):
            await client.send_segments(b"x", size=0)


@pytest.mark.parametrize(
    ("address", "dialect", "reason"),
    [("udp://127.0.0.1:7", "echo", "no TCP address"), ("tcp://127.0.0.1:7", "irc", "no dialect 'irc'")],
)
@on_trio
async def test_a_client_that_cannot_be_is_our_mistake(address: str, dialect: str, reason: str) -> None:
    with pytest.raises(Misuse, match=reason):
        async with open_client(Address.parse(address), dialect):
            pass


@on_trio
async def test_a_task_that_waits_for_a_client_learns_that_it_was_closed() -> None:
    async with serving(silent) as address, open_client(address) as client, trio.open_nursery() as nursery:

        async def close() -> None:
            await wait_all_tasks_blocked()
            await client.aclose()

        nursery.start_soon(close)
        with pytest.raises(Misuse, match="was closed while a task waited"):
            await client.receive()


@on_trio
async def test_two_tasks_that_receive_at_once_are_our_mistake() -> None:
    async with serving(silent) as address, open_client(address) as client, trio.open_nursery() as nursery:
        nursery.start_soon(client.overhear, 30)
        await wait_all_tasks_blocked()

        with pytest.raises(Misuse, match="two tasks wait"):
            await client.receive()
        nursery.cancel_scope.cancel()


@on_trio
async def test_reset_reaches_the_server_as_rst() -> None:
    ended: list[BaseException] = []
    done = trio.Event()

    async def note_end(stream: trio.SocketStream) -> None:
        try:
            await echo(stream)
        except trio.BrokenResourceError as error:
            ended.append(error)
        done.set()

    async with serving(note_end) as address, open_client(address) as client:
        await client.ask(b"x")
        await client.reset()
        await done.wait()

    assert isinstance(ended[0].__cause__, ConnectionResetError)
    assert "→ RST" in str(client.timeline)


@on_trio
async def test_leaving_the_block_reaches_the_server_as_fin() -> None:
    done = trio.Event()

    async def note_end(stream: trio.SocketStream) -> None:
        await echo(stream)  # raises unless the end is orderly
        done.set()

    async with serving(note_end) as address:
        async with open_client(address) as client:
            await client.ask(b"x")
        await done.wait()


@on_trio
async def test_a_cancelled_client_is_closed() -> None:
    async with serving(silent) as address:
        with trio.move_on_after(SHORT) as scope:
            async with open_client(address) as client:
                await client.ask(b"x")

        assert scope.cancelled_caught
        assert client._witness.connection._socket.fileno() == -1


@on_trio
async def test_a_cancelled_exchange_does_not_return() -> None:
    async with serving(silent) as address, open_client(address) as client:
        with trio.move_on_after(SHORT) as scope:
            await client.exchange(b"x")
            pytest.fail("the exchange returned as if it had been complete")

        assert scope.cancelled_caught


@on_trio
async def test_a_client_that_never_waits_lets_others_run() -> None:
    async with serving(echo) as address, open_client(address) as client, trio.open_nursery() as nursery:
        turns = 0

        async def count_turns() -> None:
            nonlocal turns
            while True:
                await trio.lowlevel.checkpoint()
                turns += 1

        nursery.start_soon(count_turns)
        await client.send_segments(b"x" * 100)
        nursery.cancel_scope.cancel()

    assert turns > 3


@pytest.mark.parametrize("kind", ClientKitError.__subclasses__())
def test_an_error_is_one_sentence_that_names_its_client(kind: type[ClientKitError]) -> None:
    assert str(kind("it happened")) == "it happened"
    assert str(kind("it happened", client="B")) == "client B: it happened"


@on_trio
async def test_an_urgent_byte_is_one_and_no_part_of_the_stream() -> None:
    timeline = Timeline()
    async with serving(echo) as address, open_client(address, timeline=timeline) as client:
        assert await client.ask(b"before") == b"before"
        await client.send_urgent(b"!")
        assert await client.ask(b"after") == b"after"
        with pytest.raises(Misuse, match="one byte can be urgent, not 2"):
            await client.send_urgent(b"!!")

    assert "→ urgent" in str(timeline)
