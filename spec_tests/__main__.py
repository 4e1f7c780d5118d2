"""The console command: `acceptspec --server tcp://127.0.0.1:7`, from anywhere.

It is pytest, started on the installed specification with a configuration of its own; every option of pytest
may be given, too.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from spec_tests.harness.identifying import command as identify
from spec_tests.harness.many import command as many
from spec_tests.harness.reading import compare, explain, replay

HERE = Path(__file__).parent
CONFIGURATION = HERE / "harness" / "pytest.ini"
"""In a folder beside the tests: as their ancestor it would become their root."""

FIXED = (
    "-p",
    "spec_tests.harness.plugin",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:tmpdir",
    "-p",
    "no:hypothesispytest",  # where it is installed, each worker would import it to say that it was not used
    "-c",
    str(CONFIGURATION),
)


COMMANDS = {"identify": identify.main, "explain": explain.main, "compare": compare.main}


class CommandName:
    """A plugin that has pytest call itself as we were called, where it refuses an option."""

    @staticmethod
    def pytest_addoption(parser: pytest.Parser) -> None:
        """Name the program."""
        parser.prog = "acceptspec"


def main(arguments: Sequence[str] | None = None) -> int:
    """Test the server that the arguments name; return 0, 1, or 2 for bad input or an interrupt."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except KeyboardInterrupt:
        print("ERROR: interrupted", file=sys.stderr)
        return 2


def _run(given: Sequence[str]) -> int:
    if given[:1] and given[0] in COMMANDS:
        return COMMANDS[given[0]](given[1:])
    if given[:1] == ["replay"]:
        return replay.main(given[1:], main)
    if "--servers" in given:
        return many.main(given)
    options = [*FIXED, f"--rootdir={HERE}", str(HERE), *given]
    status = int(pytest.main(options, plugins=[CommandName()]))
    return 2 if status == pytest.ExitCode.USAGE_ERROR else status


if __name__ == "__main__":
    sys.exit(main())
