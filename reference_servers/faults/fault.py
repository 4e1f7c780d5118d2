"""What a fault is: an edit of a reference server's source (pure)."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Edits = tuple[tuple[str, str], ...]
"""Pairs of a text, which must occur exactly once in the server's file, and what replaces it."""


class FaultError(Exception):
    """A fault does not fit its server, or does not exist; one line says which."""


class Fault(NamedTuple):
    """One defect of one server: its text, what its author was thinking, and the requirements that it breaks.

    The same thought may go wrong in several servers: then there is a fault of that name in each.
    `breaks` fail every time. `may_break` depend on who was first, on luck or on size; `why_may` says why.
    """

    name: str
    thinking: str
    server: str
    edits: Edits
    breaks: frozenset[str]
    services: tuple[str, ...] = ("echo",)
    may_break: frozenset[str] = frozenset()
    why_may: str = ""

    def apply(self, source: str) -> str:
        """Return the server's source with the fault in it. Raises FaultError where an edit does not fit."""
        for old, new in self.edits:
            if source.count(old) != 1:
                count = source.count(old)
                raise FaultError(f"{self.name}: {old!r} occurs {count} times in {self.server}.py, wanted 1")
            source = source.replace(old, new)
        return source


def on_each(
    edits: Mapping[str, Edits],
    name: str,
    thinking: str,
    breaks: Iterable[str],
    *,
    services: tuple[str, ...] = ("echo",),
    may_break: Iterable[str] = (),
    why_may: str = "",
) -> tuple[Fault, ...]:
    """Return the faults of one name: `edits` says for each server how its author would have come to it."""
    return tuple(
        Fault(name, thinking, server, own, frozenset(breaks), services, frozenset(may_break), why_may)
        for server, own in edits.items()
    )
