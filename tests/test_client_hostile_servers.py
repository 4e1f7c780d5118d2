"""A server that says the wrong thing, or nothing, costs bounded memory and no more than patience."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from tiny_servers import (
    deaf,
    flood,
    on_trio,
    says,
    serving,
    silent,
)
from trio.testing import MockClock, wait_all_tasks_blocked

from client_kit import (
    Client,
    EndingKind,
    NoReply,
    WrongReply,
    open_client,
)

LARGE = bytes(range(256)) * 64 * 1024  # 16 MiB: more than the socket buffers of both sides hold
SHORT = 0.05  # seconds of patience where it is to run out


@on_trio
async def test_a_wrong_byte_is_named_with_its_offset_and_its_client() -> None:
    async with serving(says(b"heLLo", deaf)) as address, open_client(address, name="B") as client:
        with pytest.raises(WrongReply, match=r"^client B: wrong reply at offset 2: owed was b'llo'"):
            await client.ask(b"hello")


VERBS: dict[str, Callable[[Client], Awaitable[object]]] = {
    "receive": Client.receive,
    "receive_exactly": lambda client: client.receive_exactly(10),
    "receive_until_end": Client.receive_until_end,
    "exchange": lambda client: client.exchange(LARGE),
    "exchange_to_end": lambda client: client.exchange_to_end(LARGE),
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
@on_trio
async def test_a_flood_is_refused_at_its_first_byte(verb: Callable[[Client], Awaitable[object]]) -> None:
    async with serving(flood) as address, open_client(address) as client:
        with pytest.raises(WrongReply) as refusal:
            await verb(client)

        assert refusal.value.offset == 0


@on_trio
async def test_a_flood_is_overheard_in_bounded_memory() -> None:
    async with serving(flood) as address, open_client(address) as client:
        heard = await client.overhear(30)

        assert 1024 * 1024 <= len(heard) < 2 * 1024 * 1024


@on_trio
async def test_silence_ends_with_no_reply_when_patience_runs_out() -> None:
    async with serving(silent) as address, open_client(address, patience=SHORT) as client:
        expected = r"sent nothing for 0.05 s; 0 reply bytes had come, owed: 5 bytes: b'hello'"
        with pytest.raises(NoReply, match=expected) as silence:
            await client.ask(b"hello")

        assert silence.value.seconds == SHORT
        assert "nothing moved for 0.05 s" in str(client.timeline)


@on_trio
async def test_silence_is_an_ending_too() -> None:
    async with serving(silent) as address, open_client(address, patience=SHORT) as client:
        ending = await client.exchange_to_end(b"hello")

        assert ending.kind is EndingKind.SILENCE
        assert ending.seconds == SHORT
        assert not ending.is_complete


@on_trio
async def test_a_server_that_never_reads_exhausts_the_patience_of_a_send() -> None:
    async with serving(deaf) as address, open_client(address, patience=SHORT) as client:
        with pytest.raises(NoReply, match="took no more bytes"):
            await client.send(LARGE)


@on_trio
async def test_a_server_that_never_reads_exhausts_the_patience_of_an_exchange() -> None:
    async with serving(deaf) as address, open_client(address, patience=SHORT) as client:
        with pytest.raises(NoReply):
            await client.exchange(LARGE)


@on_trio
async def test_send_until_stall_counts_what_the_kernel_took() -> None:
    async with serving(deaf) as address, open_client(address) as client:
        accepted = await client.send_until_stall(LARGE, stall_after=SHORT)

        assert 0 < accepted < len(LARGE)
        assert client.conversation.least_missing == accepted


@on_trio
async def test_send_until_full_leaves_no_room() -> None:
    async with serving(deaf) as address, open_client(address) as client:
        taken = await client.send_until_full(LARGE, stall_after=SHORT)

        assert 0 < taken == client.sent < len(LARGE)
        assert await client.send_until_stall(LARGE[taken:], stall_after=SHORT) == 0


@on_trio
async def test_send_until_full_returns_when_all_is_taken() -> None:
    async with serving(deaf) as address, open_client(address) as client:
        assert await client.send_until_full(b"hello", stall_after=30) == 5


@on_trio
async def test_send_until_stall_returns_when_all_is_taken() -> None:
    async with serving(deaf) as address, open_client(address) as client:
        assert await client.send_until_stall(b"hello", stall_after=30) == 5


def test_patience_counts_what_moves_in_either_direction() -> None:
    clock = MockClock()
    given_up = trio.Event()

    async def wait_for_reply(client: Client) -> None:
        with pytest.raises(NoReply):
            await client.receive()
        given_up.set()

    async def pass_time(seconds: float) -> bool:
        clock.jump(seconds)
        await wait_all_tasks_blocked()
        return given_up.is_set()

    async def test() -> None:
        async with (
            serving(silent) as address,
            open_client(address, patience=10) as client,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(wait_for_reply, client)
            await wait_all_tasks_blocked()
            assert not await pass_time(6)
            await client.send(b"one more")
            assert not await pass_time(6)
            assert await pass_time(5)

    trio.run(test, clock=clock)
