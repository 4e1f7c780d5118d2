"""All requirements with their tests, in the order in which the chapters are read."""

import importlib

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


def registry() -> list[Requirement]:
    """Every requirement, chapter by chapter."""
    for chapter in CHAPTERS:
        package = importlib.import_module(f"spec_tests.{chapter.replace('-', '_')}")
        for file in package.FILES:
            importlib.import_module(f"{package.__name__}.{file}")
    return sorted(REGISTRY.values(), key=place_of)


def place_of(requirement: Requirement) -> int:
    """The place of its chapter."""
    return CHAPTERS.index(requirement.chapter)


def place_in_order(id: str) -> tuple[int, int]:  # noqa: A002 - the word of the specification
    """Where a requirement stands in the specification: its chapter's place, and its own in the chapter."""
    return place_of(REGISTRY[id]), list(REGISTRY).index(id)
