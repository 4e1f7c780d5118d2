"""`--report-json`: every verdict of a run, a row for each requirement, as report.schema.json describes it."""

import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from spec_tests.harness.conclusion import conclude
from spec_tests.harness.description import Description
from spec_tests.harness.report.results import Results
from spec_tests.harness.verdicts import Finding
from spec_tests.requirement import Requirement

SCHEMA = Path(__file__).with_name("report.schema.json")
FORMAT = 1
"""Counted up when a reader of the last one would misunderstand."""


def reports(
    descriptions: Sequence[Description],
    registry: Sequence[Requirement],
    findings: Sequence[Finding],
    options: Sequence[str],
) -> list[dict[str, Any]]:
    """Return a report for each server; `options` are what the run was told of them."""
    return [_report(one, registry, findings, options) for one in descriptions]


def as_json(results: Results) -> str:
    """One object for one server, a list of them for several, and for a catalogue also who was not run."""
    written = [one.report for one in results.tested]
    content: object = written[0] if len(written) == 1 else written
    if results.is_catalogue:
        absent = [{"name": name, "reason": why} for name, why in results.absent]
        content = {"servers": written, "not_run": absent}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _report(
    server: Description,
    registry: Sequence[Requirement],
    findings: Sequence[Finding],
    options: Sequence[str],
) -> dict[str, Any]:
    own = {finding.id: finding for finding in findings if finding.server == server.name}
    return {
        "format": FORMAT,
        "acceptspec": _version(),
        "machine": {
            "system": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(),
            "processors": os.cpu_count() or 1,
        },
        "options": list(options),
        "server": str(server.address or server.launch),
        "name": server.name,
        "transport": server.transport,
        "model": server.model,
        "dialect": server.dialect.name,
        "conclusion": conclude(own.values(), server.dialect.name).sentence,
        "requirements": [_row(requirement, own[requirement.id], server) for requirement in registry],
    }


def _version() -> str:
    try:
        return version("acceptspec")
    except PackageNotFoundError:  # a clone that was not installed
        return "unknown"


def _row(requirement: Requirement, finding: Finding, server: Description) -> dict[str, Any]:
    return {
        "id": requirement.id,
        "chapter": requirement.chapter,
        "level": requirement.level,
        "authority": requirement.authority_for(server.dialect.name),
        "verdict": finding.verdict,
        "reason": finding.reason,
        "seconds": finding.seconds,
        "text": finding.text,
        "timeline": list(finding.timeline),
        "output": list(finding.output),
    }
