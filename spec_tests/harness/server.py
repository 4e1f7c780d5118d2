"""The server under test, as a spec test sees it: address, dialect, model, and what else there is of it.

At the address grade that is all; with its processes or its launch command there is more (DESIGN: three
grades). A spec test never asks which of them it was given: its `needs` say what it must have.
"""

import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from copy import copy
from typing import Self, TypeVar

import psutil
import trio

from client_kit import (
    Ability,
    Address,
    Client,
    ClientKitError,
    ConnectionRefused,
    Crowd,
    DatagramClient,
    EndingKind,
    NoReply,
    ServerClosed,
    ServerReset,
    Timeline,
    WrongReply,
    open_client,
    open_crowd,
    open_datagram_client,
    reset_at_once,
)
from spec_tests.harness.description import Description, Limits, random_seed
from spec_tests.harness.launched import Launched
from spec_tests.harness.launching import LaunchError
from spec_tests.harness.processes import ProcessTree, holders, root_of
from spec_tests.harness.rates import Rate
from spec_tests.harness.sockets import listening_inodes, resolved
from spec_tests.harness.verdicts import NotJudgedError, Verdict

Visitor = TypeVar("Visitor")

PAUSE = 0.25
"""Seconds after which a client that was turned away comes again."""


class Server(Launched):
    """One server, from the first requirement to the last. Whoever makes it must close it."""

    def __init__(self, description: Description, limits: Limits) -> None:
        super().__init__(description, limits)
        self.dialect = description.dialect
        self.model = description.model
        self.quiet_period = limits.quiet_period
        self.seed = limits.seed or random_seed()
        self.max_clients = description.max_clients or limits.max_clients
        self.is_strict = limits.is_strict
        self._may_disturb = limits.is_disruptive
        self.detour: Address | None = None
        """Where it is reached instead of at its own address."""
        self.rate = Rate(limits.max_rate)
        self.reply_time = 0.0
        """Seconds in which a client who is alone may expect a reply."""
        self._seen: ProcessTree | None = None

    @property
    def address(self) -> Address:
        """Where it is reached. A launched server has another address after each fresh start."""
        if self.detour:
            return self.detour
        address = self.instance.address if self.instance else self.description.address
        if address is None:
            raise LaunchError("the server has not been launched yet")
        return address

    def through(self, detour: Address, timeline: Timeline | None = None) -> Self:
        """The same server, whose clients connect to another address, which relays to it."""
        other = copy(self)
        other.detour = detour
        other.timeline = timeline or self.timeline
        return other

    def took(self, seconds: float) -> None:
        """Take note that a client who was alone waited so long for a reply: another may wait twice as long."""
        self.reply_time = max(self.reply_time, 2 * seconds)

    @property
    def may_be_disturbed(self) -> bool:
        """Whether floods, resets and signals are permitted: they are on this machine."""
        if self.launcher or self._may_disturb:
            return True
        return all(ipaddress.ip_address(host).is_loopback for host in resolved(self.address))

    # clients

    @asynccontextmanager
    async def client(
        self, name: str = "A", *, receive_buffer: int | None = None, patience: float | None = None
    ) -> AsyncIterator[Client]:
        """Connect one client."""
        await self.rate.pace()
        async with open_client(
            self.address,
            self.dialect,
            name=name,
            timeline=self.timeline,
            patience=patience or self.patience,
            receive_buffer=receive_buffer,
        ) as client:
            yield client

    def crowd_size(self, wanted: int, at_least: int = 2) -> int:
        """How many clients may be held at once, of those wanted. Raises NotJudgedError if they are too few."""
        if self.model == "pool" and self.max_clients is None:
            why = "a pool serves as many clients at once as it has workers: --max-clients says how many"
            raise NotJudgedError(Verdict.NOT_APPLICABLE, why)
        size = wanted if self.max_clients is None else min(wanted, self.max_clients)
        if size < at_least:
            why = f"it needs {at_least} clients at once, and --max-clients permits {size}"
            raise NotJudgedError(Verdict.NOT_APPLICABLE, why)
        return size

    async def reset_at_once(self, name: str, count: int, last_words: bytes = b"") -> None:
        """Let visitors connect, ask and reset, all in the same breath."""
        await self.rate.pace(count)
        await reset_at_once(
            self.address,
            count=count,
            last_words=last_words,
            name=name,
            timeline=self.timeline,
            patience=self.patience,
        )

    def crowd(self, size: int, *, may_refuse: bool = False) -> AbstractAsyncContextManager[Crowd]:
        """Connect many clients, each confirmed by an exchange."""
        return open_crowd(
            self.address,
            size,
            self.dialect,
            timeline=self.timeline,
            patience=self.patience,
            may_refuse=may_refuse,
            before=self.rate.pace,
        )

    def datagram_client(self, name: str = "A") -> AbstractAsyncContextManager[DatagramClient]:
        """Open one UDP client."""
        return open_datagram_client(
            self.address, self.dialect, name=name, timeline=self.timeline, patience=self.patience
        )

    async def exchange_once(self, name: str = "A", patience: float | None = None) -> None:
        """Let a new client have one exchange; raises what the client raises."""
        await self.let_in(lambda: self._exchange_once(name, patience), patience)

    async def let_in(self, visit: Callable[[], Awaitable[Visitor]], patience: float | None = None) -> Visitor:
        """Let somebody visit, and raise what the visit raises.

        A server that serves so many at once and no more, as is known or as it says, may turn it away while
        those who have left still take a place: then it comes again.
        """
        deadline = trio.current_time() + (patience or self.patience)
        while True:
            try:
                return await visit()
            except (ServerClosed, ServerReset, ConnectionRefused, WrongReply) as error:
                if not self._may_be_full(error) or trio.current_time() + PAUSE > deadline:
                    raise
                await trio.sleep(PAUSE)

    def _may_be_full(self, error: ClientKitError) -> bool:
        """Whether a client may have been turned away because others have not quite left yet."""
        if isinstance(error, WrongReply):
            return self.dialect.turns_away(error.came)
        return self.max_clients is not None

    async def _exchange_once(self, name: str, patience: float | None) -> None:
        address, patience = self.address, patience or self.patience
        if address.transport == "udp":
            async with open_datagram_client(
                address, self.dialect, name=name, timeline=self.timeline, patience=patience
            ) as datagram_client:
                if Ability.EXCHANGES in self.dialect.abilities:
                    await datagram_client.ask(b"hello")
                else:  # nothing is owed, but that somebody is there: nobody is what ICMP tells
                    await datagram_client.send(b"hello")
                    await datagram_client.overhear(self.quiet_period)
            return
        async with self.client(name, patience=patience) as client:
            if Ability.EXCHANGES in self.dialect.abilities:
                await client.ask(b"hello")
            elif Ability.TAKES_ANY_BYTES in self.dialect.abilities:
                await self._end_together(client)

    async def _end_together(self, client: Client) -> None:
        """Have our FIN answered; nothing else shows that a server is there which never replies."""
        await client.send_last_request(b"hello")
        ending = await client.receive_until_end()
        if ending.kind is EndingKind.SILENCE:
            raise NoReply(
                f"after a request and FIN the connection {ending}", client=client.name, seconds=ending.seconds
            )

    # processes

    @property
    def processes(self) -> ProcessTree | None:
        """The processes behind the address, if they run here and may be looked into."""
        if self.instance:
            pid = self.instance.pid
        elif self.description.pid:
            pid = self.description.pid
        elif self.launcher:
            return None
        else:
            root = root_of(holders(listening_inodes(self.address)))
            pid = root.pid if root else None
        with suppress(psutil.NoSuchProcess):
            if pid:
                self._seen = ProcessTree(psutil.Process(pid))
                return self._seen
        if self._seen and self._seen.root.is_running():  # it may have closed its port for a while
            return self._seen
        return None

    def look_once(self) -> None:
        """Look at the processes while the port is open: later it may be closed for a while."""
        if not self.launcher and not self._seen:
            _ = self.processes

    def process_tree(self) -> ProcessTree:
        """The same, for a test that needs them. Raises NotJudgedError when they cannot be seen any more."""
        if tree := self.processes:
            return tree
        raise NotJudgedError(Verdict.NOT_OBSERVED, "the server's processes cannot be seen")
