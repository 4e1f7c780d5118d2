"""`--report-markdown`: a matrix of servers against chapters, and what deviates, for a page of a CI job."""

import re

from spec_tests.harness.registry import CHAPTERS
from spec_tests.harness.report.console import cell
from spec_tests.harness.report.results import Results
from spec_tests.harness.verdicts import Finding


def as_markdown(results: Results) -> str:
    """The matrix as a page: a row a server, a column a chapter, the deviations with their evidence below."""
    tested, absent = results.tested, results.absent
    head = ["server", "version", "dialect", "model", *CHAPTERS, "in a word"]
    rows = [head, ["---"] * len(head)]
    for one in tested:
        cells = [cell([found for found in one.findings if found.chapter == chapter]) for chapter in CHAPTERS]
        said = (one.name, one.version, one.report["dialect"], one.report["model"])
        rows.append([*map(_escaped, said), *cells, one.conclusion.standing])
    lines = ["# Servers against chapters", "", "Written by `acceptspec --report-markdown`; do not edit.", ""]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    lines += ["", *(f"{_escaped(one.name)}: {one.conclusion.sentence}  " for one in tested)]
    lines += [
        "",
        "passed/asked; `!` failed or blocked, `~` not quite, `-` nothing to ask",
        "",
        "## Deviations",
        "",
    ]
    lines += [f"- **{_escaped(one.name)}** {_told(finding)}" for one in tested for finding in one.deviations]
    if absent:
        lines += ["", "## Not run", "", *(f"- **{_escaped(name)}**: {_escaped(why)}" for name, why in absent)]
    return "\n".join(lines) + "\n"


def _told(finding: Finding) -> str:
    return f"`{finding.id}` ({finding.level}, {finding.verdict}): {_escaped(finding.reason)}"


def _escaped(text: str) -> str:
    """Text that Markdown takes for nothing but text, on one line."""
    plain = "".join(one if one.isprintable() else " " for one in " ".join(text.split()))
    return re.sub(r"([\\`*_|\[\]])", r"\\\1", plain).replace("&", "&amp;").replace("<", "&lt;")
