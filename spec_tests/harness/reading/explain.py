"""`acceptspec explain ID`: all that the specification knows of one requirement, and what breaks it."""

import difflib
import sys
import textwrap
from collections.abc import Iterator, Sequence

from spec_tests.harness.description import MODELS
from spec_tests.harness.registry import registry
from spec_tests.harness.report.suspects import Suspect, suspects_of
from spec_tests.requirement import Requirement

WIDTH = 79


def main(arguments: Sequence[str]) -> int:
    """Print what is known of the requirement that the arguments name; return 2 if there is none."""
    known = {one.id: one for one in registry()}
    given = " ".join(arguments)
    if given not in known:
        told = f"explain wants the id of one requirement, and was given {given or 'nothing'!r}"
        print(f"ERROR: {told}{_hint(given, list(known))}", file=sys.stderr)
        return 2
    print("\n".join(explanation(known[given])))
    return 0


def _hint(given: str, known: list[str]) -> str:
    """Which ids may have been meant."""
    near = [one for one in known if given in one] or difflib.get_close_matches(given, known, 2, 0.5)
    return f"; is it {' or '.join(near[:3])}?" if given and near else "; acceptspec --list names them"


def explanation(one: Requirement) -> Iterator[str]:
    """All of it, in lines."""
    yield f"{one.id} ({one.level})"
    yield textwrap.fill(one.sentence, WIDTH)
    yield ""
    yield from _entry("source", f"{one.source} ({one.authority.value})")
    yield from _entry("accepted", one.accepts)
    if one.takes:
        yield from _entry("takes time", f"more than 0.1 s, for {one.takes}")
    yield from _entry("needs", _needs(one))
    yield from _entry("asked of", _asked_of(one))
    yield from _entry("ask it", f"acceptspec --server {one.transports[0]}://HOST:PORT -k {one.test_name}")
    yield ""
    yield "What breaks it in our own servers, and the lines that meet it there:"
    for suspect in suspects_of(one.id):
        yield ""
        yield from _cause(suspect)


def _needs(one: Requirement) -> str:
    words = ("the server's address", "the server's processes", "the power to launch the server")
    disruptive = "; on another machine it takes --disruptive" if one.is_disruptive else ""
    return words[one.needs - 1] + disruptive


def _asked_of(one: Requirement) -> str:
    models = "every model" if one.models == set(MODELS) else ", ".join(sorted(one.models))
    abilities = ", ".join(sorted(ability.name.lower().replace("_", " ") for ability in one.abilities))
    return f"{one.transport_names} servers, {models}" + (f"; the dialect: {abilities}" if abilities else "")


def _cause(suspect: Suspect) -> Iterator[str]:
    """A fault as a change of the server's text: what is taken away is what meets the requirement."""
    yield from textwrap.wrap(f"{suspect.name} ({suspect.server}): {suspect.thinking}", WIDTH)
    for old, new in suspect.edits:
        lines = difflib.ndiff(old.splitlines(), new.splitlines())
        yield from (f"    {line}".rstrip() for line in lines if not line.startswith("?"))


def _entry(title: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"{title + ':':<12}",
        subsequent_indent=" " * 12,
        break_on_hyphens=False,
        break_long_words=False,
    )
