"""A datagram client bears with what UDP may do, and with nothing that a server may not."""

import socket
from collections import deque
from collections.abc import Awaitable, Callable

import pytest
import trio
from tiny_servers import answering, nobody, on_trio

from client_kit import (
    Address,
    ConnectionRefused,
    DatagramClient,
    Misuse,
    NoReply,
    Timeline,
    WrongReply,
    ask_and_vanish,
    datagram_ports,
    open_datagram_client,
)

SHORT = 0.05  # seconds of patience where it is to run out


def echo(data: bytes) -> list[bytes]:
    return [data]


class AnswersTheSecondTime:
    """Loses the first datagram of each two, and answers both when the second comes."""

    def __init__(self) -> None:
        self.lost: list[bytes] = []

    def __call__(self, data: bytes) -> list[bytes]:
        self.lost.append(data)
        if len(self.lost) < 2:
            return []
        replies, self.lost = self.lost, []
        return replies


@pytest.mark.parametrize("token", [b"hello", b"", bytes(65507)], ids=["hello", "empty", "largest"])
@on_trio
async def test_ask_returns_the_reply(token: bytes) -> None:
    async with answering(echo) as address, open_datagram_client(address) as client:
        assert await client.ask(token) == token


@on_trio
async def test_ack_answers_ok() -> None:
    async with (
        answering(lambda _: [b"OK"]) as address,
        open_datagram_client(address, "ack", patience=30) as client,
    ):
        assert await client.ask(b"hello") == b"OK"


@on_trio
async def test_send_and_receive_keep_boundaries() -> None:
    async with answering(echo) as address, open_datagram_client(address) as client:
        for data in (b"one", b"", b"two"):
            await client.send(data)

        assert [await client.receive() for _ in range(3)] == [b"one", b"", b"two"]
        assert "→ an empty datagram" in str(client.timeline)


@on_trio
async def test_a_lost_datagram_is_sent_again() -> None:
    async with (
        answering(AnswersTheSecondTime()) as address,
        open_datagram_client(address, patience=3 * SHORT) as client,
    ):
        assert await client.ask(b"hello") == b"hello"


@on_trio
async def test_a_late_reply_to_what_was_sent_twice_is_let_pass() -> None:
    async with (
        answering(AnswersTheSecondTime()) as address,
        open_datagram_client(address, patience=3 * SHORT) as client,
    ):
        await client.ask(b"one")

        assert await client.ask(b"two") == b"two"


@on_trio
async def test_more_late_replies_than_were_asked_for_are_wrong() -> None:
    lossy = AnswersTheSecondTime()

    def twice(data: bytes) -> list[bytes]:
        return lossy(data) * 2

    async with answering(twice) as address, open_datagram_client(address, patience=3 * SHORT) as client:
        await client.ask(b"one")

        with pytest.raises(WrongReply, match="but b'one' came"):
            await client.ask(b"two")


@on_trio
async def test_a_second_answer_to_what_was_sent_once_is_wrong() -> None:
    async with answering(lambda data: [data, data]) as address, open_datagram_client(address) as client:
        await client.ask(b"one")

        with pytest.raises(WrongReply, match="owed was b'two', but b'one' came"):
            await client.ask(b"two")


@on_trio
async def test_a_wrong_reply_is_named_with_its_offset() -> None:
    async with (
        answering(lambda data: [data[:3]]) as address,
        open_datagram_client(address, name="B") as client,
    ):
        with pytest.raises(
            WrongReply, match=r"^client B: wrong reply at offset 3: owed was b'hello', but b'hel' came"
        ):
            await client.ask(b"hello")


@on_trio
async def test_silence_ends_with_no_reply_after_all_attempts() -> None:
    sent: list[bytes] = []

    def silent(data: bytes) -> list[bytes]:
        sent.append(data)
        return []

    async with answering(silent) as address, open_datagram_client(address, patience=SHORT) as client:
        with pytest.raises(NoReply, match=r"did not answer 4 attempts; owed: b'hello', 0 datagrams had come"):
            await client.ask(b"hello", attempts=4)

    assert sent[:3] == [b"hello"] * 3


@on_trio
async def test_receive_runs_out_of_patience() -> None:
    async with answering(echo) as address, open_datagram_client(address, patience=SHORT) as client:
        with pytest.raises(NoReply, match=r"sent nothing for 0.05 s"):
            await client.receive()


@on_trio
async def test_overhear_returns_all_datagrams_of_a_quiet_period() -> None:
    async with (
        answering(lambda data: [data, data]) as address,
        open_datagram_client(address) as client,
    ):
        assert await client.overhear(SHORT) == []
        await client.send(b"x")
        await client.receive()

        assert await client.overhear(SHORT) == [b"x"]


@on_trio
async def test_a_flood_is_overheard_in_bounded_memory() -> None:
    async with (
        answering(lambda data: [data] * 100) as address,
        open_datagram_client(address) as client,
    ):
        for _ in range(20):
            await client.send(b"x")
        heard = await client.overhear(1)

    assert 0 < len(heard) <= 1000


@on_trio
async def test_nobody_there_is_connection_refused() -> None:
    async with nobody(socket.SOCK_DGRAM) as address, open_datagram_client(address, patience=30) as client:
        with pytest.raises(ConnectionRefused):
            await client.ask(b"hello")


@pytest.mark.parametrize(
    "act", [lambda client: client.send(b"x"), DatagramClient.receive], ids=["send", "receive"]
)
@on_trio
async def test_a_closed_client_is_our_mistake(act: Callable[[DatagramClient], Awaitable[object]]) -> None:
    async with answering(echo) as address, open_datagram_client(address) as client:
        await client.aclose()
        await client.aclose()

        with pytest.raises(Misuse, match="the client is closed"):
            await act(client)


@on_trio
async def test_a_datagram_that_is_too_large_is_our_mistake() -> None:
    async with answering(echo) as address, open_datagram_client(address) as client:
        with pytest.raises(Misuse, match="cannot be sent a datagram this large"):
            await client.send(bytes(65508))


@on_trio
async def test_a_tcp_address_is_our_mistake() -> None:
    with pytest.raises(Misuse, match="no UDP address"):
        async with open_datagram_client(Address("tcp", "127.0.0.1", 7)):
            pass


@on_trio
async def test_who_asks_and_vanishes_is_heard_and_never_hears() -> None:
    heard: list[bytes] = []
    all_heard = trio.Event()

    def note(data: bytes) -> list[bytes]:
        heard.append(data)
        if len(heard) == 3:
            all_heard.set()
        return [data]

    timeline = Timeline()
    async with answering(note) as address:
        await ask_and_vanish(address, b"bye", count=3, name="gone", timeline=timeline)
        with trio.fail_after(5):
            await all_heard.wait()

    assert heard == [b"bye"] * 3
    assert "gone" in str(timeline)
    assert "and closed at once, 3 times" in str(timeline)


@on_trio
async def test_nobody_vanishes_over_tcp() -> None:
    with pytest.raises(Misuse, match="is no UDP address"):
        await ask_and_vanish(Address("tcp", "127.0.0.1", 7), b"bye")


@on_trio
async def test_nobody_has_the_port_of_one_who_is_gone_and_may_yet_be_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    even = deque(range(0, 65536, 2))
    monkeypatch.setattr(datagram_ports, "_RECENT", even)
    clients = []
    async with answering(echo) as address:
        for _ in range(10):
            async with open_datagram_client(address) as client:
                clients.append(client.local_address.port)
        await ask_and_vanish(address, b"bye", count=10)

    taken = list(even)[65536 // 2 :]
    assert taken[:10] == clients
    assert len(set(taken)) == len(taken) == 20
    assert all(port % 2 for port in taken)


@on_trio
async def test_where_every_port_was_somebodys_any_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datagram_ports, "_RECENT", deque(range(65536)))
    async with answering(echo) as address, open_datagram_client(address) as client:
        await client.ask(b"hello")
