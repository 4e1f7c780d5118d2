"""The options by which a run is repeated say all that was said of the server, and how it was judged."""

import argparse

import pytest

from spec_tests.harness.declarations import add_options
from spec_tests.harness.options import as_arguments

OF_THE_RUN = {
    *("report_html", "report_json", "report_markdown", "badge", "reproduce"),
    *("expect", "expect_update", "servers", "by_address", "list", "durations_by_requirement"),
}
"""What is written, which servers of a file are tested: repeating one of them needs none of it."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    made.add_argument("--strict", action="store_true")  # pytest's own
    add_options(made.add_argument)
    return made


def samples() -> list[list[str]]:
    """Each of our options with a value, as it may be typed."""
    found = []
    for action in parser()._actions:
        if action.dest in {"help", *OF_THE_RUN}:
            continue
        name, count = action.option_strings[0], action.nargs
        if count == 0:
            found.append([name])
        else:
            values = ["a value", r"\+OK\r\n"][: count if isinstance(count, int) else 1]
            found.append([name, *values])
    return found


@pytest.mark.parametrize("words", [*samples(), ["--reply=-1 {request}"]], ids=lambda words: words[0])
def test_what_was_given_is_given_again(words: list[str]) -> None:
    given = parser().parse_args(words)

    assert parser().parse_args([]) != given
    assert given == parser().parse_args(as_arguments(given))


def test_no_option_is_forgotten() -> None:
    every = {action.dest for action in parser()._actions} - {"help"}

    assert OF_THE_RUN <= every
    assert len(every - OF_THE_RUN) == len(samples())
