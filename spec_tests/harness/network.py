"""A network that is slow, cuts what it carries into pieces, and loses nothing: a relay in front of a server.

What it does is what Toxiproxy's README calls latency, slicer and bandwidth; it keeps the order of bytes, and
passes FIN and RST on as they are.
"""

import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import trio

from client_kit import Address
from client_kit.visits import LINGER_ZERO

FINE = 40
"""So many slices at the beginning, in either direction, are small, and come late, one by one."""
LATENCY = 0.001
"""Seconds that such a slice takes longer."""
SLICE = 700
"""The most bytes of such a slice."""
SMALL = 16 * 1024
"""Bytes: what is less comes later by `LATENCY` all along, and so in fewer pieces, which cost us less."""
BUFFER = 128 * 1024
"""Bytes that are read at once, and the size of the buffers: more would hide how slow it is."""
SEGMENT = 1460
"""Bytes, as on Ethernet: one of loopback's would fill the buffer, and wait for a delayed ACK each time."""
BURST = 128 * 1024
"""Bytes after which nothing is carried for a `PAUSE`."""
PAUSE = 0.004
"""Seconds; that is the bandwidth: 32 MB/s at the most. What comes faster makes the server's receive buffer grow
to tens of megabytes, and a buffer that nobody empties is acknowledged 128 KiB at a time, late."""


@asynccontextmanager
async def faulty_network(server: Address) -> AsyncIterator[Address]:
    """Relay connections to a server; give the address at which it is to be found now."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)  # a connection has that of its listener
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
    async_listener = trio.SocketListener(trio.socket.from_stdlib_socket(listener))
    async with async_listener, trio.open_nursery() as nursery:
        nursery.start_soon(_accept, async_listener, server, nursery)
        yield Address("tcp", "127.0.0.1", listener.getsockname()[1])
        nursery.cancel_scope.cancel()


async def _accept(listener: trio.SocketListener, server: Address, nursery: trio.Nursery) -> None:
    number = 0
    while True:
        client = await listener.accept()
        number += 1
        nursery.start_soon(_relay, client, server, random.Random(number))  # noqa: S311 - the same slices each time


async def _relay(client: trio.SocketStream, server: Address, dice: random.Random) -> None:
    async with client:
        connection = trio.socket.socket(
            socket.AF_INET6 if ":" in server.host else socket.AF_INET, socket.SOCK_STREAM
        )
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        for side in (client.socket, connection):
            side.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        try:
            await connection.connect((server.host, server.port))
        except OSError:
            connection.close()
            _reset(client)
            return
        async with trio.SocketStream(connection) as stream, trio.open_nursery() as nursery:
            nursery.start_soon(_carry, client, stream, dice)
            nursery.start_soon(_carry, stream, client, dice)


async def _carry(source: trio.SocketStream, sink: trio.SocketStream, dice: random.Random) -> None:
    """Carry what comes from one side to the other, until FIN or RST."""
    slices = carried = 0
    try:
        while data := bytes(await source.receive_some(BUFFER)):
            carried += len(data)
            while data and slices < FINE:
                await trio.sleep(LATENCY)
                size = dice.randint(1, SLICE)
                await sink.send_all(data[:size])
                data = data[size:]
                slices += 1
            if 0 < len(data) < SMALL:
                await trio.sleep(LATENCY)
            await sink.send_all(data)
            if carried >= BURST:
                carried = 0
                await trio.sleep(PAUSE)
        await sink.send_eof()
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        _reset(source)
        _reset(sink)


def _reset(stream: trio.SocketStream) -> None:
    with suppress(OSError, trio.ClosedResourceError):
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
    stream.socket.close()
