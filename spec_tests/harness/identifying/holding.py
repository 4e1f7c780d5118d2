"""Holds clients of a server whose model is not known, to see how it handles them."""

from contextlib import AsyncExitStack

import trio

from client_kit import (
    Ability,
    Address,
    Client,
    ClientKitError,
    Dialect,
    ResourcesExhausted,
    Timeline,
    WrongReply,
    open_client,
)
from spec_tests.harness.asynchronous import Pulse
from spec_tests.harness.identifying.models import FEW, MANY, Model, infer
from spec_tests.harness.identifying.sights import Sight, look
from spec_tests.harness.processes import ProcessTree
from spec_tests.harness.starvation import why_late

WAITS = (1.0, 2.0, 4.0)
"""Seconds that a client waits to be served, if the server is quick. Who is served later, counts as waiting.

The longer are for a look that told nothing, because we were late ourselves."""

LOOKS = 20

CALM = 0.05
"""Seconds between two looks at a server that is to come to rest."""

WAITING = ("iterative", "pool", "unknown")
"""The models that are inferred from clients who are not served, which a wrong reply is not."""


async def find_model(
    address: Address, dialect: Dialect, tree: ProcessTree, reply_time: float, most: int | None
) -> Model:
    """Find out how the server handles clients, of which no more than `most` are held.

    `reply_time`: the seconds that a client may have to wait without a queue. Where those who waited may have
    waited for us, it is looked at again, and longer.
    """
    for wait in WAITS:
        found = await Holder(address, dialect, tree, max(wait, reply_time)).find_model(most)
        if not found.is_late:
            break
    return found


class Holder:
    """Holds clients, and looks at the server. Whoever makes it leaves it, and the clients leave with it."""

    def __init__(self, address: Address, dialect: Dialect, tree: ProcessTree, wait: float) -> None:
        """`wait`: the seconds that a client waits to be served."""
        self._wait = wait
        self._address = address
        self._dialect = dialect
        self._tree = tree
        self._stack = AsyncExitStack()
        self._clients: list[Client] = []
        self._served: set[int] = set()
        """The ports of those that were answered."""
        self._wrong = ""
        """What a client was sent that it is not owed."""

    async def find_model(self, most: int | None) -> Model:
        """Find out how the server handles clients, of which no more than `most` are held."""
        if most is not None and most < MANY:
            return Model(
                "unknown", f"it takes {MANY} clients at once to tell, and --max-clients permits {most}"
            )
        pulse = Pulse()
        async with self._stack, trio.open_nursery() as nursery:
            nursery.start_soon(pulse.beat, trio.current_time())
            idle = await self._at_rest()
            few = await self._hold(FEW)
            many = await self._hold(MANY) if few.held == FEW and few.served > 1 else None
            nursery.cancel_scope.cancel()
        waits = any(sight.served != sight.held for sight in (few, many) if sight)
        if waits and (why := await why_late(pulse, self._wait)):
            return Model("unknown", f"some clients waited, and perhaps for us: {why}", is_late=True)
        found = infer(idle, few, many)
        if self._wrong and found.name in WAITING:
            return Model("unknown", f"with several clients at once, {self._wrong}")
        return found

    async def _at_rest(self) -> Sight:
        """What is to be seen of the server once it has come to rest: when two looks show the same."""
        sight = self._look()
        for _ in range(LOOKS):
            await trio.sleep(CALM)  # between two looks: no event tells when it has come to rest
            before, sight = sight, self._look()
            if sight == before:
                break
        return sight

    def _look(self) -> Sight:
        ports = [client.local_address.port for client in self._clients]
        served = set(self._served) if self._clients and self._lasts else None
        return look(self._tree, self._address.port, ports, served)

    async def _hold(self, count: int) -> Sight:
        newcomers = [f"held {number}" for number in range(len(self._clients) + 1, count + 1)]
        async with trio.open_nursery() as nursery:
            for name in newcomers:
                nursery.start_soon(self._come, name)
        return await self._at_rest()

    @property
    def _lasts(self) -> bool:
        """Whether a client that was answered is still a client."""
        return Ability.REPEATS in self._dialect.abilities

    async def _come(self, name: str) -> None:
        """Connect, have an exchange where one lasts, and then send part of a request, unless a part is one."""
        try:
            client = await self._stack.enter_async_context(
                open_client(self._address, self._dialect, name=name, timeline=Timeline(), patience=self._wait)
            )
        except ResourcesExhausted:
            raise
        except ClientKitError:
            return
        self._clients.append(client)
        try:
            if self._lasts:
                await client.ask(name.encode())
                self._served.add(client.local_address.port)
            else:
                await client.begin()
            if self._lasts or Ability.HAS_RECORDS in self._dialect.abilities:
                await client.send(self._dialect.request(b"part of a request")[:1])
        except ResourcesExhausted:
            raise
        except WrongReply as error:
            if not self._dialect.turns_away(error.came):
                self._wrong = str(error)
        except ClientKitError:
            return
