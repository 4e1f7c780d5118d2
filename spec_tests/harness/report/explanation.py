"""The account of one failure: what was required, what was accepted, what happened, and its bytes."""

import textwrap
from collections.abc import Sequence

from spec_tests.harness.report.suspects import last_line_of_a_traceback, suspects
from spec_tests.harness.server import Server
from spec_tests.requirement import Requirement

WIDTH = 79
OUTPUT_LINES = 10
AGAIN_WITH = "again with:"


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
        *_causes(requirement.id, server.model, output),
        "",
        "on the wire (seconds since the beginning, client, what happened):",
        textwrap.indent(str(server.timeline) or "nothing", "  "),
    ]
    if server.launcher:
        last = "\n".join(output[-OUTPUT_LINES:]) or "nothing"
        parts += ["", "the server's last output:", textwrap.indent(last, "  ")]
    parts += ["", f"{AGAIN_WITH} {how_to_repeat}"]
    return "\n".join(parts)


def _causes(requirement: str, model: str, output: Sequence[str]) -> list[str]:
    """What the server itself said of it, and what usually breaks the requirement."""
    lines = []
    if raised := last_line_of_a_traceback(list(output)):
        lines.append(_entry("it printed", raised))
    if known := suspects(requirement, model):
        lines.append("in our own servers this is what breaks it:")
        lines += [
            textwrap.fill(one, WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False)
            for one in known
        ]
    return lines


def _entry(title: str, text: str) -> str:
    prefix = f"{title + ':':<12}"
    indent = " " * len(prefix)
    lines = [
        textwrap.fill(line, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
        for line in text.splitlines()
    ]
    return prefix + "\n".join(lines).lstrip()
