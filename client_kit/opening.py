"""How a TCP client is made: connected, and closed again however its block is left."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf

from client_kit.address import Address
from client_kit.client import Client
from client_kit.connection import Connection
from client_kit.dialects import ECHO, Dialect, dialect_named
from client_kit.errors import ClientKitError, Misuse
from client_kit.timeline import Timeline


async def connect_client(
    address: Address,
    dialect: Dialect | str = ECHO,
    *,
    name: str = "A",
    timeline: Timeline | None = None,
    patience: float = inf,
    receive_buffer: int | None = None,
) -> Client:
    """Connect a client that the caller closes; `open_client` is the safer way."""
    if address.transport != "tcp":
        raise Misuse(f"{address} is no TCP address: open_datagram_client is for it", client=name)
    timeline = Timeline() if timeline is None else timeline
    dialect = dialect_named(dialect) if isinstance(dialect, str) else dialect
    try:
        connection = await Connection.open(
            address, owner=name, patience=patience, receive_buffer=receive_buffer
        )
    except ClientKitError as error:
        timeline.record(name, str(error.args[0]))
        raise
    client = Client(connection, dialect, timeline)
    timeline.record(name, f"connected from {client.local_address.endpoint}")
    return client


@asynccontextmanager
async def open_client(
    address: Address,
    dialect: Dialect | str = ECHO,
    *,
    name: str = "A",
    timeline: Timeline | None = None,
    patience: float = inf,
    receive_buffer: int | None = None,
) -> AsyncIterator[Client]:
    """Connect a client and close it on leaving the block, however it is left.

    `patience` (seconds) is how long any verb waits while nothing moves, before it raises `NoReply`.
    `receive_buffer` (bytes) sets SO_RCVBUF before connecting, and TCP_MAXSEG to what Ethernet has, so that a
    client that does not read fills the buffers soon. Raises `ConnectionRefused`, `Unreachable`,
    `NoReply`, `ResourcesExhausted`, and `Misuse` for an address that is not TCP or a dialect that does not
    exist.
    """
    client = await connect_client(
        address, dialect, name=name, timeline=timeline, patience=patience, receive_buffer=receive_buffer
    )
    try:
        yield client
    finally:
        client.close()
