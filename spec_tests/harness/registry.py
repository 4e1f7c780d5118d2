"""All requirements with their tests, in the order in which they are read."""

import importlib
from functools import cache

from spec_tests.requirement import REGISTRY, Requirement

CHAPTERS = (
    "connecting",
    "exchanging",
    "end-of-file",
    "concurrency",
    "lifecycle",
    "processes",
    "overload",
    "datagrams",
)
"""The chapters, in the order in which they are read."""


@cache
def modules() -> tuple[str, ...]:
    """The names of the modules that hold the requirements, in the order in which they are read."""
    packages = [importlib.import_module(f"spec_tests.{chapter.replace('-', '_')}") for chapter in CHAPTERS]
    return tuple(f"{package.__name__}.{file}" for package in packages for file in package.FILES)


def registry() -> list[Requirement]:
    """Every requirement, chapter by chapter and file by file, whichever was imported first."""
    for module in modules():
        importlib.import_module(module)
    return sorted(REGISTRY.values(), key=_file_of)


def place_of(requirement: Requirement) -> int:
    """The place of its chapter."""
    return CHAPTERS.index(requirement.chapter)


def place_in_order(id: str) -> int:  # noqa: A002 - the word of the specification
    """Where a requirement stands in the specification."""
    return [one.id for one in registry()].index(id)


def _file_of(requirement: Requirement) -> int:
    return modules().index(requirement.test.__module__)
