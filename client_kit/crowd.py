"""Many clients, one step at a time, with a rendezvous after each.

Only a reply byte proves service, so a crowd confirms each client with one exchange, and only so many may be
waiting for theirs: a backlog of 5 must not overflow, or SYN cookies would let us believe in connections
that the server has never heard of. For thousands of clients a crowd is the wrong tool.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from math import inf
from typing import TypeVar

import trio

from client_kit.address import Address
from client_kit.client import Client
from client_kit.dialects import ECHO, Dialect
from client_kit.ending import Ending, EndingKind
from client_kit.errors import ClientKitError, ConnectionRefused, ServerClosed, ServerReset, WrongReply
from client_kit.nursery import open_plain_nursery
from client_kit.opening import connect_client
from client_kit.timeline import Timeline

Result = TypeVar("Result")

GREETING = b"hello"
"""What confirms a client: the same for all, so that a server which mixes them up shows it only when asked."""

_KINDS: dict[type[ClientKitError], EndingKind] = {
    ConnectionRefused: EndingKind.REFUSAL,
    ServerReset: EndingKind.RST,
    ServerClosed: EndingKind.FIN,
}


class Crowd:
    """Connected clients, in the order of their names, and the endings of those turned away."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.refused: list[Ending] = []

    async def step(self, action: Callable[[Client], Awaitable[Result]]) -> list[Result]:
        """Let every client do `action` at the same time; return the results when all have done it.

        The first failure is raised as itself, naming its client; the others are cancelled.
        """
        return await self._all(lambda _, client: action(client))

    async def ask(self, token_for: Callable[[int], bytes]) -> list[bytes]:
        """Let every client ask at the same time; `token_for` is given its place in `clients`, from 0."""
        return await self._all(lambda place, client: client.ask(token_for(place)))

    async def admit(self, connecting: Awaitable[Client], *, confirm: bool, may_refuse: bool) -> None:
        """Take in a client, once it has had an exchange if that is asked for, or turn it away as it was."""
        client = None
        try:
            client = await connecting
            self.clients.append(client)
            reply = await client.ask(GREETING) if confirm else b""
            if may_refuse and client.dialect.turns_away(reply):
                self.turn_away(client, EndingKind.FIN)
        except (ConnectionRefused, ServerReset, ServerClosed, WrongReply) as error:
            if not may_refuse or (isinstance(error, WrongReply) and not _is_refusal(client, error)):
                raise
            self.turn_away(client, _KINDS.get(type(error), EndingKind.FIN))

    def turn_away(self, client: Client | None, kind: EndingKind) -> None:
        """Close a client, if it came to be one, and keep its ending."""
        if client is None:
            self.refused.append(Ending(kind))
            return
        self.refused.append(client.ending(kind))
        self.clients.remove(client)
        client.close()

    async def _all(self, action: Callable[[int, Client], Awaitable[Result]]) -> list[Result]:
        results: dict[int, Result] = {}

        async def act(place: int, client: Client) -> None:
            try:
                results[place] = await action(place, client)
            except ClientKitError:
                raise
            except Exception as error:
                error.add_note(f"This happened to client {client.name}.")
                raise

        async with open_plain_nursery() as nursery:
            for place, client in enumerate(self.clients):
                nursery.start_soon(act, place, client)
        return [results[place] for place in range(len(self.clients))]


def _is_refusal(client: Client | None, error: WrongReply) -> bool:
    return client is not None and client.dialect.turns_away(error.came)


@asynccontextmanager
async def open_crowd(
    address: Address,
    size: int,
    dialect: Dialect | str = ECHO,
    *,
    timeline: Timeline | None = None,
    patience: float = inf,
    confirm: bool = True,
    may_refuse: bool = False,
    in_flight: int = 2,
    before: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint,
) -> AsyncIterator[Crowd]:
    """Connect clients "1" to "`size`" and close them on leaving the block.

    At most `in_flight` of them are unconfirmed at a time. `confirm` lets each exchange one token before
    the next may connect. With `may_refuse`, a client that is refused, whose connection ends before its first
    reply, or who is told in the dialect's own words that there is no place, goes to `Crowd.refused`;
    otherwise it raises as in `open_client`. `before` is awaited before each connect.
    """
    timeline = Timeline() if timeline is None else timeline
    crowd = Crowd()

    async def admit_all(names: Iterator[str]) -> None:
        for name in names:
            await before()
            connecting = connect_client(address, dialect, name=name, timeline=timeline, patience=patience)
            await crowd.admit(connecting, confirm=confirm, may_refuse=may_refuse)

    try:
        names = (str(number) for number in range(1, size + 1))
        async with open_plain_nursery() as nursery:
            for _ in range(in_flight):  # they share the names: each has one unconfirmed client at most
                nursery.start_soon(admit_all, names)
        crowd.clients.sort(key=lambda client: int(client.name))
        yield crowd
    finally:
        for client in crowd.clients:
            client.close()
