"""Runs a mutant of a reference server: `mutated.py SERVER NUMBER …`, as the server itself would be run.

It is started hundreds of times, so it imports little.
"""

import sys
from types import ModuleType

from mutating import Mutant, mutants

from reference_servers import SERVERS
from reference_servers.__main__ import main as run_server


def of(server: str) -> list[Mutant]:
    """The mutants of a reference server, always in the same order."""
    return list(mutants(SERVERS[server].path.read_text()))


def main() -> int:
    """Put the mutant in the place of the server, and run it."""
    server, number, *arguments = sys.argv[1:]
    module = ModuleType(f"reference_servers.{server}")
    module.__file__ = f"{SERVERS[server].path} mutated"
    exec(compile(of(server)[int(number)].source, module.__file__, "exec"), module.__dict__)  # noqa: S102 - our own
    sys.modules[module.__name__] = module
    return run_server([server, *arguments])


if __name__ == "__main__":
    sys.exit(main())
