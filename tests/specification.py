"""Writes what is generated: `python tests/specification.py` writes SPECIFICATION.md and the suspects."""

import json
from pathlib import Path

from reference_servers import SERVERS
from reference_servers.faults import faults
from spec_tests.harness.description import MODELS
from spec_tests.harness.registry import CHAPTERS, registry
from spec_tests.harness.report.suspects import FILE
from spec_tests.requirement import Requirement

SPECIFICATION = Path(__file__).parents[1] / "SPECIFICATION.md"

INTRODUCTION = """\
# The specification

Generated from the tests by `python tests/specification.py`; do not edit.

A requirement is one sentence about a server.
Its *level* is MUST or SHOULD, in the sense of RFC 2119.
Its *authority* is a standard, or policy: good engineering that no standard demands.
*Standard for echo* is a standard for servers that speak RFC 862, and policy for all others.
*Asked once* means that it does not depend on the service: of several services, one is tested.
It *needs* the server's address, or its processes, or the power to launch it.
A *fault* is a defect that was put into a reference server and breaks it: no verdict is worth more than these.
"""


def suspects_text() -> str:
    """The faults, and by each requirement those that break it."""
    told = {
        f"{server}/{name}": {
            "name": name,
            "server": server,
            "model": SERVERS[server].model,
            "thinking": fault.thinking,
            "edits": fault.edits,
        }
        for (server, name), fault in faults().items()
    }
    broken = {
        one.id: [f"{server}/{name}" for (server, name), fault in faults().items() if one.id in fault.breaks]
        for one in registry()
    }
    return json.dumps({"faults": told, "requirements": broken}, indent=1, ensure_ascii=False) + "\n"


def specification_text() -> str:
    """Every requirement, chapter by chapter."""
    parts = [INTRODUCTION]
    for chapter in CHAPTERS:
        own = [one for one in registry() if one.chapter == chapter]
        parts.append(f"## {chapter}\n")
        parts += [entry(one) for one in own]
    return "\n".join(parts)


def entry(one: Requirement) -> str:
    """One requirement."""
    broken_by: dict[str, list[str]] = {}
    for fault in faults().values():
        if one.id in fault.breaks:
            broken_by.setdefault(fault.name, []).append(fault.server)
    told = "; ".join(f"{name} ({', '.join(servers)})" for name, servers in broken_by.items())
    models = "every model" if one.models == set(MODELS) else ", ".join(sorted(one.models))
    abilities, unless = (
        ", ".join(sorted(ability.name.lower().replace("_", " ") for ability in some))
        for some in (one.abilities, one.unless)
    )
    lines = [
        f"### {one.id}\n",
        f"{one.sentence}\n",
        f"- level: {one.level}; authority: {one.authority.value}; needs: {one.needs.name.lower()}",
        f"- source: {one.source}",
        f"- accepted: {one.accepts}",
        f"- asked of: {one.transport_names} servers, {models}"
        + (f"; the dialect: {abilities}" if abilities else "")
        + (f"; not of one whose dialect: {unless}" if unless else "")
        + ("; of a server on another machine with --disruptive only" if one.is_disruptive else "")
        + ("; asked once" if one.is_asked_once else ""),
        *([f"- takes more than 0.1 s for: {one.takes}"] if one.takes else []),
        f"- broken by: {told}\n",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    FILE.write_text(suspects_text(), encoding="utf-8")
    SPECIFICATION.write_text(specification_text(), encoding="utf-8")
