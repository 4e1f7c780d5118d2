"""What is generated is fresh."""

import importlib
import pkgutil
import subprocess
import sys

import pytest
from specification import SPECIFICATION, specification_text, suspects_text

from spec_tests.harness.registry import CHAPTERS, registry
from spec_tests.harness.report.suspects import FILE, last_line_of_a_traceback, suspects

HINT = "run: python tests/specification.py"
LAST_FILE_FIRST = """
import spec_tests.overload.test_network
from spec_tests.harness.registry import registry
print(*(one.id for one in registry()))
"""


def test_the_specification_is_fresh() -> None:
    assert specification_text() == SPECIFICATION.read_text(encoding="utf-8"), (
        "run: python tests/specification.py"
    )


def test_the_suspects_are_fresh() -> None:
    assert suspects_text() == FILE.read_text(encoding="utf-8"), HINT


def test_the_suspects_of_the_own_model_come_first() -> None:
    told = suspects("connecting.survives-a-silent-visitor", "fork")

    assert told[0].endswith("(stops-at-a-silent-visitor)")
    assert len(told) == len(set(told))


def test_the_last_line_of_the_last_traceback_is_found() -> None:
    first = ["Traceback (most recent call last):", '  File "x"', "KeyError: 1", "well"]
    last = ["Traceback (most recent call last):", "  File", "ValueError: no", "bye"]

    assert last_line_of_a_traceback(first + last) == "ValueError: no"
    assert last_line_of_a_traceback(["all is well"]) == ""


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_file_of_a_chapter_has_its_place(chapter: str) -> None:
    package = importlib.import_module(f"spec_tests.{chapter.replace('-', '_')}")

    assert {file.name for file in pkgutil.iter_modules(package.__path__)} == set(package.FILES)


def test_the_order_is_the_same_whatever_file_was_read_first() -> None:
    run = subprocess.run([sys.executable, "-c", LAST_FILE_FIRST], capture_output=True, text=True, check=True)

    assert run.stdout.split() == [one.id for one in registry()]
