"""Servers of a few lines, honest and hostile, that live in the test's own trio run."""

import functools
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import ParamSpec

import trio

from client_kit import Address
from client_kit.nursery import open_plain_nursery

P = ParamSpec("P")
Handler = Callable[[trio.SocketStream], Awaitable[None]]

CEILING = 30
"""Seconds after which a test that hangs has failed."""


def on_trio(test: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    """Run an async test, under a ceiling."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def under_ceiling() -> None:
            with trio.fail_after(CEILING):
                await test(*args, **kwargs)

        trio.run(under_ceiling)

    return run


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[Address]:
    """Let `handler` serve each connection; it may leave with the connection broken."""

    async def tolerant(stream: trio.SocketStream) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await handler(stream)

    async with open_plain_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, tolerant, listeners)
        yield Address("tcp", "127.0.0.1", listeners[0].socket.getsockname()[1])
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def answering(answer: Callable[[bytes], list[bytes]]) -> AsyncIterator[Address]:
    """Answer each datagram with those that `answer` makes of it."""
    sock = trio.socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    await sock.bind(("127.0.0.1", 0))

    async def serve() -> None:
        while True:
            data, client = await sock.recvfrom(65535)
            for reply in answer(data):
                await sock.sendto(reply, client)

    with sock:
        async with open_plain_nursery() as nursery:
            nursery.start_soon(serve)
            yield Address("udp", "127.0.0.1", sock.getsockname()[1])
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def nobody(kind: socket.SocketKind = socket.SOCK_STREAM) -> AsyncIterator[Address]:
    """Give an address where nobody listens, and nobody will: the port is bound."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        if kind is socket.SOCK_DGRAM:
            sock.close()  # a bound UDP socket is a listener
        yield Address("tcp" if kind is socket.SOCK_STREAM else "udp", "127.0.0.1", port)


async def echo(stream: trio.SocketStream) -> None:
    async for data in stream:
        await stream.send_all(data)


async def ack(stream: trio.SocketStream) -> None:
    while await stream.receive_some(1024):
        await stream.send_all(b"OK")


async def echo_byte_by_byte(stream: trio.SocketStream) -> None:
    async for data in stream:
        for byte in data:
            await stream.send_all(bytes([byte]))


async def silent(stream: trio.SocketStream) -> None:
    async for _ in stream:
        pass
    await trio.sleep_forever()


async def deaf(stream: trio.SocketStream) -> None:  # noqa: ARG001 - that is what deaf means
    await trio.sleep_forever()


async def flood(stream: trio.SocketStream) -> None:
    while True:
        await stream.send_all(b"x" * 65536)


async def fin_at_once(stream: trio.SocketStream) -> None:
    await stream.send_eof()


def says(reply: bytes, then: Handler) -> Handler:
    """Answer the first bytes with `reply`, then go on as `then`."""

    async def handler(stream: trio.SocketStream) -> None:
        await stream.receive_some(1024)
        await stream.send_all(reply)
        await then(stream)

    return handler


async def rst(stream: trio.SocketStream) -> None:
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await stream.aclose()
