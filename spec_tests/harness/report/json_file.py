"""`--report-json`: every verdict of a run, a row for each requirement in the registry."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spec_tests.harness.description import Description
from spec_tests.harness.verdicts import Finding
from spec_tests.requirement import Requirement


def write_report(
    file: Path,
    descriptions: Sequence[Description],
    registry: Sequence[Requirement],
    findings: Sequence[Finding],
) -> None:
    """Write one object for one server, or a list of them for several."""
    reports = [_report(one, registry, findings) for one in descriptions]
    content = reports[0] if len(reports) == 1 else reports
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _report(
    server: Description, registry: Sequence[Requirement], findings: Sequence[Finding]
) -> dict[str, Any]:
    own = {finding.id: finding for finding in findings if finding.server == server.name}
    return {
        "server": str(server.address or server.launch),
        "name": server.name,
        "transport": server.transport,
        "model": server.model,
        "dialect": server.dialect.name,
        "requirements": [_row(requirement, own[requirement.id], server) for requirement in registry],
    }


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
    }
