"""Concurrency, one after another: what is left of a client is not the next one's."""

from client_kit import Client, ClientKitError, ServerClosed, ServerReset
from spec_tests.requirement import (
    MUST,
    POLICY,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)

ROUNDS = 3


async def see_the_end(client: Client, patience: float) -> None:
    """Wait for the server's end; some say a word before it, such as 400 Bad Request."""
    try:
        await client.overhear(patience)
    except (ServerClosed, ServerReset):
        return
    raise NotJudgedError(Verdict.NOT_OBSERVED, f"{client.name} left, and was kept")


@requirement(
    "concurrency.reused-descriptor-is-clean",
    level=MUST,
    source="socket(2); POSIX XSH 2.14",
    authority=POLICY,
    accepts="a right and complete reply to B, who comes when A has left in the middle of a request",
    abilities={Ability.HAS_RECORDS},
)
async def test_reused_descriptor_is_clean(server: Server) -> None:
    """Half a request of a client that has left is not taken for the beginning of the next one's."""
    for number in range(1, ROUNDS + 1):
        async with server.client(f"A{number}") as leaving:
            await leaving.begin()
            request = server.dialect.request(b"never ended")
            await leaving.send(request[: max(1, len(request) // 2)])
            await leaving.half_close()
            await see_the_end(leaving, server.patience)
        async with server.client(f"B{number}") as client:
            try:
                await client.ask(b"hello")
            except ClientKitError as error:
                raise ViolatedError(f"A{number} left in the middle of a request, and then: {error}") from error
