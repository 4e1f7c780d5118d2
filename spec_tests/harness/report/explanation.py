"""The account of one failure: what was required, what was accepted, what happened, and its bytes."""

import textwrap
from collections.abc import Sequence

from spec_tests.harness.server import Server
from spec_tests.requirement import Requirement

WIDTH = 100


def explain(
    requirement: Requirement, server: Server, happened: str, output: Sequence[str], how_to_repeat: str
) -> str:
    """Write the account. It alone must tell the server's author what to fix."""
    authority = requirement.authority_for(server.dialect.name)
    parts = [
        f"{requirement.id} ({requirement.level})",
        textwrap.fill(requirement.sentence, WIDTH),
        "",
        _entry("source", f"{requirement.source} ({authority})"),
        _entry("accepted", requirement.accepts),
        _entry("happened", happened),
        "",
        "on the wire (seconds since the beginning, client, what happened):",
        textwrap.indent(str(server.timeline) or "nothing", "  "),
    ]
    if server.launcher:
        parts += ["", "the server's last output:", textwrap.indent("\n".join(output) or "nothing", "  ")]
    parts += ["", _entry("again with", how_to_repeat, fill=False)]
    return "\n".join(parts)


def _entry(title: str, text: str, *, fill: bool = True) -> str:
    prefix = f"{title + ':':<12}"
    indent = " " * len(prefix)
    if not fill:
        return prefix + text
    lines = [
        textwrap.fill(line, WIDTH, initial_indent=indent, subsequent_indent=indent)
        for line in text.splitlines()
    ]
    return prefix + "\n".join(lines).lstrip()
