"""With an honest server, each verb of a client does what its name says."""

import socket

import pytest
import trio
from tiny_servers import (
    Handler,
    ack,
    deaf,
    echo,
    echo_byte_by_byte,
    on_trio,
    serving,
    silent,
)

from client_kit import (
    Address,
    open_client,
)

LARGE = bytes(range(256)) * 64 * 1024  # 16 MiB: more than the socket buffers of both sides hold
SHORT = 0.05  # seconds of patience where it is to run out


@on_trio
async def test_ask_returns_the_reply() -> None:
    async with serving(echo) as address, open_client(address) as client:
        assert await client.ask(b"hello") == b"hello"


@on_trio
async def test_a_dialect_may_be_named() -> None:
    async with serving(ack) as address, open_client(address, "ack") as client:
        assert await client.ask(b"hello") == b"OK"


@on_trio
async def test_receive_exactly_returns_that_many_bytes() -> None:
    async with serving(echo) as address, open_client(address) as client:
        await client.send(b"hello world")

        assert await client.receive_exactly(5) == b"hello"
        assert await client.receive_exactly(6) == b" world"
        assert await client.receive_exactly(0) == b""


@on_trio
async def test_each_segment_has_a_send_of_its_own() -> None:
    async with serving(echo) as address, open_client(address) as client:
        await client.send_segments(b"abcdefg", size=3)

        assert await client.receive_reply() == b"abcdefg"
        assert "7 bytes b'abcdefg', in 3 pieces" in str(client.timeline)


@on_trio
async def test_receive_reply_returns_at_once_when_nothing_is_owed() -> None:
    async with serving(deaf) as address, open_client(address) as client:
        assert await client.receive_reply() == b""


@pytest.mark.parametrize(
    ("handler", "dialect", "size"),
    [
        (echo, "echo", len(LARGE)),
        (echo_byte_by_byte, "echo", 5000),
        (ack, "ack", 1_000_000),
        (deaf, "echo", 0),
    ],
    ids=["echo", "byte by byte", "ack", "nothing to say"],
)
@on_trio
async def test_exchange_ends_when_all_is_sent_and_nothing_is_owed(
    handler: Handler, dialect: str, size: int
) -> None:
    async with serving(handler) as address, open_client(address, dialect) as client:
        await client.exchange(LARGE[:size])

        assert client.conversation.is_settled


@on_trio
async def test_exchange_to_end_half_closes_after_the_last_byte() -> None:
    async with serving(echo) as address, open_client(address) as client:
        ending = await client.exchange_to_end(LARGE)

        assert ending.is_orderly
        assert ending.is_complete
        assert ending.received == len(LARGE)


@on_trio
async def test_the_reply_survives_a_half_close() -> None:
    async with serving(echo) as address, open_client(address) as client:
        await client.send_request(b"last words")
        await client.half_close()
        ending = await client.receive_until_end()

        assert ending.is_orderly
        assert ending.carries_reply_to(b"last words")
        assert [line[13:] for line in str(client.timeline).splitlines()][1:] == [
            "A  → 10 bytes b'last words'",
            "A  → FIN",
            "A  ← 10 bytes b'last words'",
            "A  ← FIN",
        ]


@on_trio
async def test_one_task_may_send_while_another_receives() -> None:
    async with serving(echo) as address, open_client(address) as client, trio.open_nursery() as nursery:
        nursery.start_soon(client.send, LARGE)

        assert await client.receive_exactly(len(LARGE)) == LARGE


@on_trio
async def test_a_quiet_server_is_overheard_to_say_nothing() -> None:
    async with serving(silent) as address, open_client(address) as client:
        assert await client.overhear(SHORT) == b""


@on_trio
async def test_the_local_address_is_the_servers_peer() -> None:
    peers: list[Address] = []

    async def note_peer(stream: trio.SocketStream) -> None:
        peers.append(Address("tcp", *stream.socket.getpeername()))
        await echo(stream)

    async with serving(note_peer) as address, open_client(address) as client:
        await client.ask(b"x")

        assert peers == [client.local_address]
        assert f"connected from {client.local_address.endpoint}" in str(client.timeline)


@on_trio
async def test_a_small_receive_buffer_stalls_a_server_sooner() -> None:
    async with serving(echo) as address:
        async with open_client(address, receive_buffer=4096) as small:
            got = small._witness.connection._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        async with open_client(address) as plain:
            usual = plain._witness.connection._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    assert got < usual
