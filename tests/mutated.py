"""Runs a mutant of a reference server: `mutated.py SERVER FILE …`, as the server itself would be run.

It is started hundreds of times, so it imports little.
"""

import sys
from pathlib import Path
from types import ModuleType

from reference_servers.__main__ import main as run_server


def main() -> int:
    """Put the mutant in the place of the server, and run it."""
    server, file, *arguments = sys.argv[1:]
    module = ModuleType(f"reference_servers.{server}")
    module.__file__ = file
    exec(compile(Path(file).read_text(), file, "exec"), module.__dict__)  # noqa: S102 - our own
    sys.modules[module.__name__] = module
    return run_server([server, *arguments])


if __name__ == "__main__":
    sys.exit(main())
