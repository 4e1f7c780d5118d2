"""A timeline as a drawing: a lane for each client and one for the server's processes, time to the right (pure).

Events stand side by side, each with its time. The distance says nothing of how long it took, or a burst would
be a single stroke beside a long silence; a silence is marked where one is long.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]

SERVER = "server"
LANE = 22
"""Pixels from one lane to the next."""
STEP = 16
"""Pixels from one event to the next."""
TOP = 20
LETTER = 7
"""Pixels that a letter of a name takes at the most."""
LONGEST_NAME = 24
LONG = 0.1
"""Seconds without an event that are worth a mark."""
KINDS = {
    "→": "sent",
    "←": "came",
    "connected": "begin",
    "closed": "end",
    "→ FIN": "fin",
    "← FIN": "fin",
    "← RST": "rst",
    "→ RST": "rst",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One event in its lane."""

    x: int
    y: int
    kind: str
    told: str


@dataclass(slots=True)
class Drawing:
    """What is to be drawn, in pixels."""

    width: int
    height: int
    left: int
    lanes: list[tuple[str, int]] = field(default_factory=list)
    """A name and its height."""
    marks: list[Mark] = field(default_factory=list)
    times: list[tuple[int, str]] = field(default_factory=list)
    silences: list[tuple[int, str]] = field(default_factory=list)
    violated_at: int = 0


def drawing(timeline: Sequence[Event]) -> Drawing:
    """Lay out the events of a timeline; the moment of the violation is its end."""
    names = [SERVER, *dict.fromkeys(one["client"] for one in timeline if one.get("client", "*") != "*")]
    left = 16 + LETTER * max(len(_short(name)) for name in names)
    height = TOP + LANE * len(names)
    made = Drawing(left + STEP * (len(timeline) + 2), height + 18, left)
    made.lanes = [(_short(name), TOP + LANE * place + LANE // 2) for place, name in enumerate(names)]
    heights = dict(zip(names, (y for _, y in made.lanes), strict=True))
    before = 0.0
    for place, event in enumerate(timeline):
        x = left + STEP * (place + 1)
        if "left_out" in event:
            made.silences.append((x, f"{event['left_out']} events left out"))
            continue
        if event["start"] - before > LONG:
            made.silences.append((x - STEP // 2, f"nothing for {event['start'] - before:.1f} s"))
        before = event["end"]
        client = SERVER if event["client"] == "*" else event["client"]
        made.marks.append(Mark(x, heights[client], _kind(event), told(event)))
        if place % 5 == 0:
            made.times.append((x, f"{event['start']:.3f}"))
    made.violated_at = left + STEP * (len(timeline) + 1)
    return made


def told(event: Event) -> str:
    """One event in words."""
    if "left_out" in event:
        return f"… {event['left_out']} events left out …"
    moved = f" {event['bytes']:,} bytes {event['shown']}" if event["bytes"] else ""
    pieces = f" in {event['pieces']:,} pieces until {event['end']:.3f} s" if event["pieces"] > 1 else ""
    return f"{event['event']}{moved}{pieces}"


def _kind(event: Event) -> str:
    known = [kind for start, kind in KINDS.items() if event["event"].startswith(start)]
    return known[-1] if known else "note"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
