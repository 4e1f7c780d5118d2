"""All that was found out of a server, and how it is known: in five lines, as JSON, as options."""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from client_kit import Ability, ClientKitError, Dialect, ResourcesExhausted
from client_kit.wording import counted
from spec_tests.harness.asynchronous import TooLongError, run_async
from spec_tests.harness.identifying.holding import find_model
from spec_tests.harness.identifying.models import MANY, Model
from spec_tests.harness.identifying.probing import Prober
from spec_tests.harness.identifying.speech import Speech, find_speech
from spec_tests.harness.preliminary import FIRST, SECOND, Obstacle
from spec_tests.harness.processes import ProcessTree, described
from spec_tests.harness.server import Server
from spec_tests.harness.speaking import dialect_from

FOUND_OPTIONS = (
    *("dialect", "reply", "receive_size", "exchange", "greeting", "closes_after_reply"),
    *("model", "max_clients"),
)
"""The options that may be found out."""

CEILING = 180.0
"""Seconds that all of it may take: one or two, 15 of a server that says nothing, 20 replies of a slow one."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a server is."""

    speech: Speech
    dialect: Dialect
    model: Model
    processes: str

    def rows(self) -> Iterable[tuple[str, str]]:
        """What is known, by five words."""
        abilities = [one for one in Ability if one in self.dialect.abilities]
        yield "dialect", f"{self.dialect.name}: {self.speech.evidence}"
        yield "model", f"{self.model.name}: {self.model.evidence}"
        yield "processes", self.processes
        yield "capacity", self.capacity
        yield "abilities", ", ".join(one.name.lower().replace("_", " ") for one in abilities) or "none is known"

    @property
    def capacity(self) -> str:
        """How many clients it serves at once, as far as that is known."""
        if self.model.workers:
            return f"{self.model.workers} clients at once"
        if self.model.name == "iterative":
            return "1 client at once"
        return f"no bound was met with up to {MANY} clients" if self.model.name != "unknown" else "not known"

    def as_dict(self) -> dict[str, Any]:
        """The same, for JSON."""
        return {
            "dialect": self.dialect.name,
            "options": dict(self.speech.options),
            "model": self.model.name,
            "max_clients": self.model.workers,
            "abilities": sorted(one.name.lower() for one in self.dialect.abilities),
            "evidence": dict(self.rows()),
        }


def find_out(server: Server, options: argparse.Namespace) -> Identity | Obstacle:
    """Find out what the command line does not say, and write it there; or tell what is in the way.

    Raises LaunchError.
    """
    try:
        found = run_async(lambda: identify(server, options), CEILING)
    except ResourcesExhausted:
        raise
    except (ClientKitError, TooLongError) as error:
        reason = f"the first client was not served: {error}"
        return Obstacle(reason, FIRST[server.description.transport], server.timeline)
    if found.speech.is_one_shot:
        reason = f"it served one client, and no other: {found.speech.evidence}"
        return Obstacle(reason, SECOND[server.description.transport], server.timeline)
    return found


async def identify(server: Server, options: argparse.Namespace) -> Identity:
    """Find out what the command line does not say, and leave the rest as it says.

    Raises what a first visitor meets, and LaunchError.
    """
    if server.launcher:
        await server.launch()
    speech = Speech(evidence="as the command line says")
    if options.dialect in (None, "auto") and options.exchange is None:
        speech = await find_speech(Prober(server))
        for name, value in speech.options.items():
            setattr(options, name, value)
        if not speech.is_known:
            options.dialect = "raw"
    server.dialect = dialect_from(options)
    if server.launcher and not server.is_running:
        await server.launch()
    tree = server.processes
    processes = _told(tree)
    model = await _model(server, tree, options)
    if options.model in (None, "auto"):
        options.model = model.name
        if model.workers and options.max_clients is None:
            options.max_clients = str(model.workers)
    return Identity(speech, server.dialect, model, processes)


async def _model(server: Server, tree: ProcessTree | None, options: argparse.Namespace) -> Model:
    if options.model not in (None, "auto"):
        return Model(options.model, "as the command line says")
    if server.description.transport == "udp":
        return Model("unknown", "over UDP there is nothing to hold")
    if tree is None:
        return Model("unknown", "its processes cannot be seen")
    return await find_model(server.address, server.dialect, tree, server.reply_time, server.max_clients)


def _told(tree: ProcessTree | None) -> str:
    if tree is None:
        return "none can be seen behind the address: they are another user's, or on another machine"
    members = tree.members()
    children = f", and {len(members) - 1} that descend from it" if len(members) > 1 else ""
    return f"{described(tree.root)}{children}; {counted(tree.threads(), 'thread')} in all"
