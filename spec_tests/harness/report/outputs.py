"""The files that a run writes: which were asked for, whether they can be written, and the writing of them."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from spec_tests.harness.report.badge import as_badge
from spec_tests.harness.report.html import as_html
from spec_tests.harness.report.json_file import as_json
from spec_tests.harness.report.markdown import as_markdown
from spec_tests.harness.report.results import Results
from spec_tests.harness.values import BadOptionError

OUTPUTS: Mapping[str, Callable[[Results], str]] = MappingProxyType(
    {
        "report-json": as_json,
        "report-html": as_html,
        "report-markdown": as_markdown,
        "badge": as_badge,
    }
)
"""The options that name a file, and what makes its text."""


def files_of(options: argparse.Namespace) -> dict[str, Path]:
    """The files that were asked for, by the option."""
    named = {name: getattr(options, name.replace("-", "_"), None) for name in OUTPUTS}
    return {name: Path(file).absolute() for name, file in named.items() if file}


def check_files(options: argparse.Namespace) -> None:
    """Complain before the run of what could not be written after it. Raises BadOptionError."""
    for name, file in files_of(options).items():
        if not file.parent.is_dir():
            raise BadOptionError(f"--{name} {file}: the folder {file.parent} does not exist")
        if file.is_dir():
            raise BadOptionError(f"--{name} {file}: this is a folder; wanted a file")


def write_all(files: Mapping[str, Path], results: Results) -> None:
    """Write them."""
    for name, file in files.items():
        text = OUTPUTS[name](results)
        file.write_text(
            text, encoding="utf-8", errors="backslashreplace"
        )  # a server may print half a character
