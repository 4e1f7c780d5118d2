"""`acceptspec replay REPORT.json ID`: ask one requirement of a report again, with its options and its seed."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from spec_tests.harness.reading.reports import read_reports
from spec_tests.harness.registry import registry
from spec_tests.harness.values import BadOptionError

WHERE = ("--server", "--launch")


def main(arguments: Sequence[str], run: Callable[[Sequence[str]], int]) -> int:
    """Ask again, through `run`, which takes a command line; return its exit status, or 2 for bad input."""
    try:
        words = command_line(arguments)
    except BadOptionError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="acceptspec-") as room:
        return run(list(_in_a_folder_that_exists(words, room)))


def command_line(arguments: Sequence[str]) -> list[str]:
    """The words of the run: those of the report, but for what is given anew after file and id."""
    if len(arguments) < 2 or any(word.startswith("-") for word in arguments[:2]):
        raise BadOptionError("replay wants REPORT.json and the id of a requirement, and then options to change")
    file, id_, *given = arguments
    tests = {one.id: one.test_name for one in registry()}
    if id_ not in tests:
        raise BadOptionError(f"there is no requirement {id_!r}; acceptspec --list names them")
    report = _chosen(read_reports(Path(file)), given, file)
    return [*_without(report["options"], given), *given, "-k", tests[id_]]


def _in_a_folder_that_exists(words: Sequence[str], room: str) -> Iterator[str]:
    """The same words, with an empty folder in the place of one that was there for that run only."""
    before = ""
    for word in words:
        is_gone = before == "--cwd" and not Path(word).is_dir()
        if is_gone:
            print(f"the folder {word} is gone, and the server is launched in an empty one", file=sys.stderr)
        yield room if is_gone else word
        before = word


def _chosen(reports: list[dict[str, Any]], given: list[str], file: str) -> dict[str, Any]:
    """The report of the one server, or of the one that --of names, which is taken out of `given`."""
    names = [str(one["name"]) for one in reports]
    wanted = names[0] if len(names) == 1 else None
    if "--of" in given:
        place = given.index("--of")
        wanted = given[place + 1] if place + 1 < len(given) else ""
        del given[place : place + 2]
    if wanted not in names:
        raise BadOptionError(f"{file} is about several servers; say which with --of {'|'.join(names)}")
    return reports[names.index(wanted)]


def _without(options: list[str], given: list[str]) -> list[str]:
    """The options of the report that are not given anew: another server is not launched as the first was."""
    replaced = {word for word in given if word.startswith("--")}
    if replaced & set(WHERE):
        replaced |= {*WHERE, "--cwd", "--env", "--pid", "--ready-line"}
    kept, is_kept = [], True
    for word in options:
        if word.startswith("--"):
            is_kept = word.partition("=")[0] not in replaced
        if is_kept:
            kept.append(word)
    return kept
