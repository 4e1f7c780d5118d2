"""Concurrency: a client that is idle, slow, deaf, failing or leaving, and what the others notice of it."""

from contextlib import closing

from client_kit import ClientKitError, EndingKind
from spec_tests.requirement import (
    CONCURRENT,
    MUST,
    POLICY,
    Ability,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)
from spec_tests.steps import deaf_client

GROUP = 32
"""Clients, of whom the one in the middle leaves."""


@requirement(
    "concurrency.idle-client-blocks-nobody",
    level=MUST,
    source="UNP 4.8; CS:APP proxylab driver.sh, nop-server.py",
    authority=POLICY,
    accepts="a right and complete reply to B, while A is connected and says nothing",
    models=CONCURRENT,
    once=True,
)
async def test_idle_client_blocks_nobody(server: Server) -> None:
    """A client that is connected and says nothing does not keep another from being served."""
    server.crowd_size(2)
    async with server.client("A") as idle, server.client("B") as talker:
        try:
            await talker.ask(b"hello")
        except ClientKitError as error:
            raise ViolatedError(f"while A was connected and silent, B was not served. {error}") from error
        await idle.ask(b"hello, at last")


@requirement(
    "concurrency.half-a-request-blocks-nobody",
    level=MUST,
    source="UNP 6.8",
    authority=POLICY,
    accepts="a right and complete reply to B, while A has sent one byte and no more",
    unless={Ability.ANSWERS_PIECES},
    models=CONCURRENT,
)
async def test_half_a_request_blocks_nobody(server: Server) -> None:
    """A client that has sent half a request does not keep another from being served."""
    server.crowd_size(2)
    async with server.client("A") as halting, server.client("B") as talker:
        await halting.begin()
        if not (request := server.dialect.request(b"half a request")):
            raise NotJudgedError(Verdict.NOT_APPLICABLE, "it is asked nothing")
        await halting.send(request[:1])
        await halting.overhear(server.quiet_period / 4)
        try:
            await talker.ask(b"hello")
        except ClientKitError as error:
            raise ViolatedError(f"while A had sent one byte, B was not served. {error}") from error
        if rest := request[1:]:
            await halting.send(rest)
        await halting.receive_reply()


@requirement(
    "concurrency.deaf-client-blocks-nobody",
    level=MUST,
    source="send(2)",
    authority=POLICY,
    accepts="a right and complete reply to B, while A has sent until nothing more was taken and reads nothing",
    models=CONCURRENT,
    abilities={Ability.TAKES_ANY_TEXT},
    disruptive=True,
    takes="bulk data, until the buffers are full",
    once=True,
)
async def test_deaf_client_blocks_nobody(server: Server) -> None:
    """A client that does not read its replies does not keep another from being served."""
    server.crowd_size(2)
    async with deaf_client(server):
        try:
            await server.exchange_once("B")
        except ClientKitError as error:
            raise ViolatedError(f"while A read nothing, B was not served. {error}") from error


@requirement(
    "concurrency.a-failure-stays-with-its-client",
    level=MUST,
    source="UNP 5.11",
    authority=POLICY,
    accepts="a right and complete reply to B, on a connection that was there when A reset its own",
    abilities={Ability.REPEATS},
    models=CONCURRENT,
    once=True,
)
async def test_a_failure_stays_with_its_client(server: Server) -> None:
    """A client that resets its connection takes no other client with it."""
    server.crowd_size(2)
    async with server.client("B") as bystander:
        await bystander.ask(b"I was here before")
        unserved = await let_some_fail(server)
        try:
            await bystander.ask(b"I am here still")
        except ClientKitError as error:
            raise ViolatedError(f"after A had reset its connection, B was not served: {error}") from error
        if unserved:
            raise NotJudgedError(Verdict.NOT_OBSERVED, f"beside B, who was served, {unserved}")


async def let_some_fail(server: Server) -> str:
    """Let clients reset their connections, and others come after them, who show that the server knows.

    Return who was not served, in words; "" if all were.
    """
    for name in ("A1", "A2", "A3"):
        try:
            async with server.client(name) as failing:
                await failing.ask(b"I shall fail")
                await failing.reset()
            await server.exchange_once(f"after {name}")
        except ClientKitError as error:
            return f"{name} was not served: {error}"
    return ""


@requirement(
    "concurrency.one-departure-ends-one-client",
    level=MUST,
    source="UNP 6.8",
    authority=POLICY,
    accepts="a right reply to each of 31 clients after one of 32 has left",
    abilities={Ability.REPEATS},
    models=CONCURRENT,
    once=True,
)
async def test_one_departure_ends_one_client(server: Server) -> None:
    """When one of many clients leaves, the others stay."""
    size = server.crowd_size(GROUP, at_least=3)
    try:
        async with server.crowd(size) as crowd:
            with closing(crowd.clients.pop(size // 2)) as leaving:
                await leaving.half_close()
                if (await leaving.receive_until_end()).kind is EndingKind.SILENCE:
                    raise NotJudgedError(Verdict.NOT_OBSERVED, f"client {leaving.name} left, and was kept")
            server.timeline.note(f"client {leaving.name} has left; the others have an exchange each")
            try:
                await crowd.ask(lambda _: b"still here")
            except ClientKitError as error:
                raise ViolatedError(f"client {leaving.name} of {size} left, and then: {error}") from error
    except ClientKitError as error:
        why = f"{size} clients cannot be held at the same time: {error}"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why) from error
