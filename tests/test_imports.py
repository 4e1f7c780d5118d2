"""Who may import whom: ARCHITECTURE.md's table, held against the syntax trees."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

KIT = {"client_kit", "trio"}
SERVERS = {"reference_servers"}
SPECIFICATION = {"client_kit", "spec_tests.requirement", "spec_tests.steps", "trio"}
HARNESS = {"client_kit", "spec_tests", "trio", "pytest", "psutil", "filelock", "jinja2", "markupsafe"}


def allowed(file: Path) -> set[str]:
    """What a file may import beside the standard library."""
    room = file.relative_to(ROOT).parts[0]
    if room == "client_kit":
        return KIT
    if room == "reference_servers":
        return SERVERS | ({"trio"} if file.name == "async_io.py" else set())
    return SPECIFICATION if file.name.startswith("test_") or file.name == "steps.py" else HARNESS


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports, outside the standard library."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] not in sys.stdlib_module_names)


@pytest.mark.parametrize("room", ["client_kit", "reference_servers", "spec_tests"])
def test_nobody_imports_what_its_room_may_not(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in imported(file)
        if not any(name == one or name.startswith(f"{one}.") for one in allowed(file))
    ]

    assert files
    assert not wrong
