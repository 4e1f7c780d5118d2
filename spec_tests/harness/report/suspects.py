"""What usually breaks a requirement: the faults of our own servers that do, in their authors' words.

They are data (suspects.json), written from the faults: this package knows no reference server.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("suspects.json")
MOST = 4


@dataclass(frozen=True, slots=True)
class Suspect:
    """A fault of one of our own servers: what its author was thinking, and the lines that it replaces."""

    name: str
    server: str
    model: str
    thinking: str
    edits: list[tuple[str, str]]


@cache
def _known() -> tuple[dict[str, Suspect], dict[str, list[str]]]:
    found = json.loads(FILE.read_text(encoding="utf-8"))
    return {key: Suspect(**one) for key, one in found["faults"].items()}, found["requirements"]


def suspects_of(requirement: str, model: str = "") -> list[Suspect]:
    """The faults that break a requirement, those of this model first, one of each name."""
    every, by_requirement = _known()
    found: dict[str, Suspect] = {}
    for one in sorted((every[key] for key in by_requirement[requirement]), key=lambda one: one.model != model):
        found.setdefault(one.name, one)
    return list(found.values())


def suspects(requirement: str, model: str) -> list[str]:
    """The likeliest causes of a failure, those of the server's own model first, each told once."""
    return [f"{one.thinking} ({one.name})" for one in suspects_of(requirement, model)[:MOST]]


def last_line_of_a_traceback(output: list[str]) -> str:
    """The last line of the last Python traceback that a server printed; "" if it printed none."""
    starts = [place for place, line in enumerate(output) if line.startswith("Traceback (most recent call")]
    if not starts:
        return ""
    return next((line for line in output[starts[-1] + 1 :] if line and not line.startswith(" ")), "")
