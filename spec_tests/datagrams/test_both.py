"""Datagrams, and connections at the same port: neither waits for the other."""

from contextlib import AsyncExitStack

from client_kit import Address, Client, ClientKitError, ConnectionRefused
from spec_tests.requirement import (
    CONCURRENT,
    POLICY,
    SHOULD,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)

DATAGRAMS = 5


@requirement(
    "datagrams.tcp-and-udp-do-not-block-each-other",
    level=SHOULD,
    source="UNP 8.15",
    authority=POLICY,
    accepts="right replies over UDP while a client is connected over TCP, and to that client afterwards",
    models=CONCURRENT,
    transport="udp",
    once=True,
)
async def test_tcp_and_udp_do_not_block_each_other(server: Server) -> None:
    """The server answers datagrams while a connection at the same port lasts, and goes on with that."""
    async with AsyncExitStack() as stack:
        connected = await connect_over_tcp(server, stack)
        for number in range(1, DATAGRAMS + 1):
            try:
                await server.exchange_once(f"datagram {number}")
            except ClientKitError as error:
                raise ViolatedError(f"while a client was connected over TCP: {error}") from error
        try:
            await connected.ask(b"I am still here")
        except ClientKitError as error:
            raise ViolatedError(f"datagrams had come, and who was connected was not served: {error}") from error


async def connect_over_tcp(server: Server, stack: AsyncExitStack) -> Client:
    """Connect to the same port, where that is possible, and have an exchange."""
    if "tcp" not in server.dialect.transports:
        why = f"{server.dialect.name} is not spoken over TCP"
        raise NotJudgedError(Verdict.NOT_APPLICABLE, why)
    address = Address("tcp", server.address.host, server.address.port)
    try:
        client = await stack.enter_async_context(server.through(address).client("over TCP"))
        await client.ask(b"hello")
    except ConnectionRefused as error:
        raise NotJudgedError(Verdict.NOT_APPLICABLE, f"nobody listens at {address}") from error
    except ClientKitError as error:
        raise NotJudgedError(Verdict.NOT_OBSERVED, f"{address} is not served: {error}") from error
    return client
