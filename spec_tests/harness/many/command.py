"""`acceptspec --servers FILE [NAME…]`: one server after the other, each in a run and a folder of its own."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from client_kit import TRANSPORTS
from spec_tests.harness.asynchronous import run_async
from spec_tests.harness.expectations import write_entries
from spec_tests.harness.instance import Instance
from spec_tests.harness.launching import Launcher, LaunchError
from spec_tests.harness.many.catalogue import Entry, read_catalogue
from spec_tests.harness.many.matrix import on_console
from spec_tests.harness.registry import registry
from spec_tests.harness.report.live import lend_terminal
from spec_tests.harness.report.outputs import OUTPUTS, check_files, files_of, write_all
from spec_tests.harness.report.results import Results, ServerResult
from spec_tests.harness.reproducing.folder import check_folder
from spec_tests.harness.values import BadOptionError, OneLineParser

PATIENCE = 20.0
"""Seconds that a server is given to listen, where it is launched here and tested by its address."""

MARKS = (" was expected to fail, and ", " fails in another way than expected")

CEILING = 600.0
"""Seconds for one server, whatever it does."""

Result = tuple[int, dict[str, Any] | None, str]
"""The exit status of a run, its report if there is one, and what else there is to say."""


def main(arguments: Sequence[str]) -> int:
    """Test the servers of a file; return 0, 1 if one of them failed, 2 for bad input or an interrupt."""
    try:
        options, passed_on = _parser().parse_known_args(arguments)
        file, *names = options.servers
        entries = read_catalogue(Path(file), names, [one.id for one in registry()])
        _check_place(passed_on, file, [entry.name for entry in entries])
        check_files(options)
        check_folder(options.reproduce)
    except BadOptionError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    results, status = _test_all(entries, passed_on, options)
    _tell(options, results)
    return status


def _test_all(
    entries: Sequence[Entry], passed_on: Sequence[str], options: argparse.Namespace
) -> tuple[Results, int]:
    """Test one server after the other; return what came out, as far as it came, and the exit status."""
    tested: list[ServerResult] = []
    absent: list[tuple[str, str]] = []
    worst = 0
    for number, entry in enumerate(entries, 1):
        if entry.missing:
            absent.append((entry.name, f"not installed: {', '.join(entry.missing)}"))
            continue
        own = _own_folder(options.reproduce, entry.name)
        try:
            with lend_terminal(f"{entry.name} {number}/{len(entries)}") as terminal:
                words = [*passed_on, *own]
                status, report, complaint = _test(entry, words, terminal, is_addressed=options.by_address)
        except KeyboardInterrupt:
            worst = 2
            absent += [(one.name, "the run was interrupted") for one in entries[number - 1 :]]
            break
        worst = max(worst, min(status, 1))
        if report is None:
            absent.append((entry.name, complaint))
        else:
            tested.append(ServerResult(report | {"name": entry.name, "version": entry.version}))
            print(f"{entry.name}: {tested[-1].conclusion.sentence}{complaint}", flush=True)
    return Results(tested, absent, is_catalogue=True), worst


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="acceptspec", add_help=False, allow_abbrev=False)
    parser.add_argument("--servers", nargs="+")
    parser.add_argument("--by-address", action="store_true")
    parser.add_argument("--reproduce")
    for name in OUTPUTS:
        parser.add_argument(f"--{name}")
    return parser


def _check_place(passed_on: Sequence[str], file: str, names: Sequence[str]) -> None:
    """Raise for a name of a server that stands where pytest would take it for a file of tests."""
    for before, word in pairwise(passed_on):
        if word in names and not before.startswith("-"):
            raise BadOptionError(f"{word}: the names of servers come first: --servers {file} {word} {before} …")


def _own_folder(folder: str | None, name: str) -> list[str]:
    """The words that let the scripts of a server go into a folder of its own."""
    if not folder:
        return []
    Path(folder).mkdir(exist_ok=True)
    return ["--reproduce", str(Path(folder).absolute() / name)]


def _test(entry: Entry, passed_on: Sequence[str], terminal: dict[str, Any], *, is_addressed: bool) -> Result:
    """Run one server; return the status, the report, and what else there is to say."""
    with tempfile.TemporaryDirectory(prefix=f"acceptspec-{entry.name}-") as folder:
        room = Path(folder)
        expected, report = room / "expected.toml", room / "report.json"
        write_entries(expected, entry.expected)
        words = ["--expect", str(expected), "--report-json", str(report), *passed_on]
        instance = None
        if complaint := entry.prepare(room):
            return 1, None, complaint
        try:
            if entry.launch is None:
                where = ["--server", str(entry.values["address"]), *entry.arguments(is_launched=False)]
            elif is_addressed:
                instance = _launch(entry, room)
                where = ["--server", str(instance.address), *entry.arguments(is_launched=False)]
            else:
                where = ["--launch", entry.launch, "--cwd", folder, *entry.arguments(is_launched=True)]
            return _run([*where, *words], report, terminal)
        except LaunchError as error:
            return 1, None, str(error)
        finally:
            if instance:
                instance.close()


def _launch(entry: Entry, room: Path) -> Instance:
    transport = TRANSPORTS[entry.values.get("transport", "tcp")]
    launcher = Launcher(entry.launch or "", transport, cwd=str(room))
    return run_async(lambda: launcher.start(PATIENCE), PATIENCE * 2)


def _run(words: list[str], report: Path, terminal: dict[str, Any]) -> Result:
    done = subprocess.run(
        [sys.executable, "-m", "spec_tests", *words, "-q"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=CEILING,
        check=False,
        **terminal,
    )
    if not report.exists():
        lines = [line for line in done.stdout.splitlines() if line.startswith("ERROR: ")]
        return 1, None, lines[0].removeprefix("ERROR: ") if lines else done.stdout[-500:]
    differing = [line for line in done.stdout.splitlines() if any(mark in line for mark in MARKS)]
    return done.returncode, json.loads(report.read_text()), "".join(f"\n  {line}" for line in differing)


def _tell(options: argparse.Namespace, results: Results) -> None:
    if results.tested:
        print("\n".join(["", *on_console(results.tested)]))
    for name, why in results.absent:
        print(f"{name}: not run: {why}")
    write_all(files_of(options), results)
