"""How the values of options are read: a choice, a number, a duration. What is wrong is said in one line."""

import argparse
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import inf
from typing import NoReturn, TypeVar

Number = TypeVar("Number", int, float)


WANTED = {"seconds": "a positive number of seconds", "positive": "a positive number"}


class BadOptionError(Exception):
    """The command line makes no sense; one line says what was wanted, and what was given."""


class OneLineParser(argparse.ArgumentParser):
    """An argument parser that raises BadOptionError, where argparse would print several lines and exit."""

    def error(self, message: str) -> NoReturn:
        """Complain."""
        raise BadOptionError(message)


def choice(options: argparse.Namespace, name: str, choices: Iterable[str]) -> str | None:
    """The value of an option that is one of these words; None if it was not given."""
    value: str | None = getattr(options, name)
    if value is not None and value not in choices:
        raise BadOptionError(f"--{name} {value!r}: wanted one of {', '.join(choices)}")
    return value


def number(options: argparse.Namespace, name: str, read: Callable[[str], Number | None]) -> Number | None:
    """The value of an option that is a number; None if it was not given."""
    value: str | None = getattr(options, name)
    if value is None:
        return None
    found = read(value)
    if found is None:
        wanted = WANTED.get(getattr(read, "__name__", ""), "a positive whole number")
        raise BadOptionError(f"--{name.replace('_', '-')} {value!r}: wanted {wanted}")
    return found


def count(text: str) -> int | None:
    """A positive whole number; None if it is none."""
    with suppress(ValueError):
        if (found := int(text)) > 0:
            return found
    return None


def positive(text: str) -> float | None:
    """A positive number; None if it is none."""
    return seconds(text)


def seconds(text: str) -> float | None:
    """A positive number of seconds; None if it is none."""
    with suppress(ValueError):
        if 0 < (found := float(text)) < inf:
            return found
    return None
