"""What a fault is: an edit of a reference server's source (pure)."""

from dataclasses import dataclass


class FaultError(Exception):
    """A fault does not fit its server, or does not exist; one line says which."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One defect of one server: its text, what its author was thinking, and the requirements that it breaks.

    `edits` are pairs of a text, which must occur exactly once in the server's file, and what replaces it.
    `breaks` fail every time. `may_break` depend on who was first, on luck or on size; `why_may` says why.
    """

    name: str
    thinking: str
    server: str
    edits: tuple[tuple[str, str], ...]
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
