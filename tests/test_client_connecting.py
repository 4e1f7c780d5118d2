"""Where no connection comes about, the error says whether the server, the clock or we are the reason."""

import resource
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
import trio
from tiny_servers import (
    nobody,
    on_trio,
    serving,
)

from client_kit import (
    Address,
    ConnectionRefused,
    EndingKind,
    Misuse,
    NoReply,
    ResourcesExhausted,
    Timeline,
    Unreachable,
    open_client,
    reset_at_once,
)
from client_kit.connection import _establish


@on_trio
async def test_nobody_there_is_connection_refused() -> None:
    timeline = Timeline()
    async with nobody() as address:
        with pytest.raises(ConnectionRefused, match="refused the connection") as refusal:
            await ask_once(address, timeline)

    assert isinstance(refusal.value.__cause__, ConnectionRefusedError)
    assert "refused the connection" in str(timeline)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 300, "a..b"])
@on_trio
async def test_a_name_without_an_address_is_unreachable(host: str) -> None:
    with pytest.raises(Unreachable) as failure:
        await ask_once(Address("tcp", host, 1))

    assert failure.value.__cause__ is not None


@on_trio
async def test_a_connection_that_nobody_accepts_is_no_reply() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = Address("tcp", *listener.getsockname())
        queue = [socket.socket() for _ in range(4)]  # they fill the accept queue, and then some
        for sock in queue:
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        with pytest.raises(NoReply, match="the connection was not accepted"):
            await ask_once(address)
        for sock in queue:
            sock.close()


@on_trio
async def test_a_connection_with_oneself_is_refused() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        with pytest.raises(ConnectionRefusedError, match="answered itself"):
            await _establish(sock, sock.getsockname())


@on_trio
async def test_a_reset_that_connecting_has_met_is_no_fin_to_the_next_receive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        async def wait_until_reset(sock: socket.socket) -> None:
            await wait_writable(sock)
            accepted, _ = listener.accept()
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            accepted.close()

        wait_writable = trio.lowlevel.wait_writable
        monkeypatch.setattr(trio.lowlevel, "wait_writable", wait_until_reset)
        async with open_client(Address("tcp", *listener.getsockname())) as client:
            assert (await client.receive_until_end()).kind is EndingKind.RST


@on_trio
async def test_a_lack_of_descriptors_is_ours() -> None:
    async with nobody() as address:
        with no_descriptors_left(), pytest.raises(ResourcesExhausted, match="Too many open files"):
            await ask_once(address)


@contextmanager
def no_descriptors_left() -> Iterator[None]:
    """Lower the limit a little above what is in use, and use that up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        highest = stack.enter_context(socket.socket())
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest.fileno() + 1, hard))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with suppress(OSError):
            while True:
                stack.enter_context(socket.socket())
        yield


async def ask_once(address: Address, timeline: Timeline | None = None) -> None:
    async with open_client(address, timeline=timeline, patience=0.5) as client:
        await client.ask(b"hello")


@on_trio
async def test_a_hasty_visitor_is_gone_before_it_is_served() -> None:
    heard: list[bytes | BaseException] = []

    async def listen(stream: trio.SocketStream) -> None:
        try:
            heard.append(bytes(await stream.receive_some()))
        except trio.BrokenResourceError as error:
            heard.append(error)

    timeline = Timeline()
    async with serving(listen) as address:
        await reset_at_once(address, name="hasty", timeline=timeline, patience=10)
        with trio.fail_after(10):
            while not heard:
                await trio.lowlevel.checkpoint()

    assert isinstance(heard[0], trio.BrokenResourceError)
    assert "hasty  connected; → RST at once" in str(timeline)


@on_trio
async def test_a_hasty_visitor_meets_a_refusal_like_anybody_else() -> None:
    async with nobody() as address:
        with pytest.raises(ConnectionRefused):
            await reset_at_once(address)


@on_trio
async def test_a_hasty_visitor_needs_a_tcp_address() -> None:
    with pytest.raises(Misuse, match="is no TCP address"):
        await reset_at_once(Address("udp", "127.0.0.1", 7))
