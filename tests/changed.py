"""Runs a changed reference server, with a fault or a mutation: `changed.py SERVER FILE SERVICE HOST PORT`.

It is started thousands of times, so it imports little.
"""

import sys
from types import ModuleType

from reference_servers.output import log_nothing
from reference_servers.service import SERVICES


def main() -> int:
    """Run it until a signal ends it; return 2 if it cannot listen."""
    server, file, service, host, port = sys.argv[1:]
    module = ModuleType(f"reference_servers.{server}")
    module.__file__ = file
    with open(file, encoding="utf-8") as source:  # noqa: PTH123 - pathlib is what takes longest to import
        exec(compile(source.read(), file, "exec"), module.__dict__)  # noqa: S102 - our own
    try:
        module.run(host, int(port), SERVICES[service], log_nothing)
    except OSError as error:
        print(f"{server}: cannot listen on {host}:{port}: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
