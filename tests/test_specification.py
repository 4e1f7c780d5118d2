"""What is generated is fresh."""

import importlib
import pkgutil

import pytest
from specification import SPECIFICATION, specification_text, suspects_text

from spec_tests.harness.registry import CHAPTERS
from spec_tests.harness.report.suspects import FILE, last_line_of_a_traceback, suspects

HINT = "run: python tests/specification.py"


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
