"""Reads what --report-json wrote."""

import json
from pathlib import Path
from typing import Any

from spec_tests.harness.values import BadOptionError
from spec_tests.harness.verdicts import Verdict


def read_reports(file: Path) -> list[dict[str, Any]]:
    """Return the reports in a file, whether of one server or of many. Raises BadOptionError."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        found = content if isinstance(content, list) else content.get("servers", [content])
        for one in found:
            one["name"], one["options"]
            for row in one["requirements"]:
                row["verdict"] = Verdict(row["verdict"])
    except OSError as error:
        raise BadOptionError(f"{file}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadOptionError(f"{file} is no report: --report-json writes one") from error
    return list(found)
