"""`python -m reference_servers fork --host 127.0.0.1 --port 8888 --service ack`: run a reference server.

A server is started thousands of times, and argparse would take longer to import than the server itself: the
few options are read by hand.
"""

import sys
from collections.abc import Sequence

from reference_servers import SERVERS
from reference_servers.output import log_nothing, log_received
from reference_servers.service import SERVICES

USAGE = f"""usage: python -m reference_servers SERVER [--host HOST] [--port PORT] [--service SERVICE]
                                   [--fault NAME] [--quiet]

Run a reference server until a signal ends it.

  SERVER             {", ".join(SERVERS)}
  --host HOST        default: 127.0.0.1
  --port PORT        default: 8888; 0: the system picks one
  --service SERVICE  {", ".join(SERVICES)}; default: ack
  --fault NAME       put a deliberate defect into the server
  --quiet            do not print what clients send
"""
DEFAULTS = {"--host": "127.0.0.1", "--port": "8888", "--service": "ack", "--fault": ""}


class BadArgumentError(Exception):
    """An argument that is not understood; one line says what was wanted."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a server until a signal ends it; return 2 if it cannot listen, or for bad input."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if "-h" in given or "--help" in given:
        print(USAGE, end="")
        return 0
    try:
        name, port, options = _read(given)
    except BadArgumentError as error:
        print(f"reference_servers: {error} (--help says more)", file=sys.stderr)
        return 2
    if options["--fault"]:
        # only here: a server without a fault is to start quickly
        from reference_servers.faults import FaultError, load_faulty  # noqa: PLC0415

        try:
            server = load_faulty(name, options["--fault"])
        except FaultError as error:
            print(f"reference_servers: {error}", file=sys.stderr)
            return 2
    else:
        server = SERVERS[name].load()
    log = log_nothing if "--quiet" in given else log_received
    try:
        server.run(options["--host"], port, SERVICES[options["--service"]], log)
    except OSError as error:
        reason = error.strerror or error
        print(f"reference_servers: cannot listen on {options['--host']}:{port}: {reason}", file=sys.stderr)
    return 2


def _read(given: Sequence[str]) -> tuple[str, int, dict[str, str]]:
    """The server's name, its port, and the options. Raises BadArgumentError."""
    options, names = dict(DEFAULTS), []
    words = iter(word for word in given if word != "--quiet")
    for word in words:
        option, equals, value = word.partition("=")
        if not word.startswith("-"):
            names.append(word)
        elif option not in options:
            raise BadArgumentError(f"{option} is no option")
        else:
            options[option] = value if equals else next(words, "")
            if not options[option]:
                raise BadArgumentError(f"{option} wants a value")
    if len(names) != 1 or names[0] not in SERVERS:
        told = " ".join(map(repr, names)) or "nothing"
        raise BadArgumentError(f"wanted one of {', '.join(SERVERS)}, and {told} was given")
    if options["--service"] not in SERVICES:
        raise BadArgumentError(f"{options['--service']!r} is no service: wanted {', '.join(SERVICES)}")
    return names[0], _port(options["--port"]), options


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise BadArgumentError(f"{text!r} is no port: wanted a number between 0 and 65535")


if __name__ == "__main__":
    sys.exit(main())
