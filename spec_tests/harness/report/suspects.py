"""What usually breaks a requirement: the faults of our own servers that do, in their authors' words.

They are data (suspects.json), written from the faults: this package knows no reference server.
"""

import json
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("suspects.json")
MOST = 4


@cache
def _suspects() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def suspects(requirement: str, model: str) -> list[str]:
    """The likeliest causes of a failure, those of the server's own model first, each told once."""
    known = sorted(_suspects().get(requirement, ()), key=lambda one: one["model"] != model)
    told = {f"{one['thinking']} ({one['name']})": None for one in known}
    return list(told)[:MOST]


def last_line_of_a_traceback(output: list[str]) -> str:
    """The last line of the last Python traceback that a server printed; "" if it printed none."""
    starts = [place for place, line in enumerate(output) if line.startswith("Traceback (most recent call")]
    if not starts:
        return ""
    return next((line for line in output[starts[-1] + 1 :] if line and not line.startswith(" ")), "")
