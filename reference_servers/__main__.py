"""`python -m reference_servers fork --host 127.0.0.1 --port 8888 --service ack`: run a reference server."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from reference_servers import SERVERS
from reference_servers.output import log_nothing, log_received
from reference_servers.service import SERVICES


class OneLineParser(argparse.ArgumentParser):
    """An argument parser that complains in one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, f"{self.prog}: {message} (--help says more)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a server until a signal ends it; return 2 if it cannot listen."""
    options = _parser().parse_args(arguments)
    if options.fault:
        # only here: a server without a fault is to start quickly
        from reference_servers.faults import FaultError, load_faulty  # noqa: PLC0415

        try:
            server = load_faulty(options.server, options.fault)
        except FaultError as error:
            print(f"reference_servers: {error}", file=sys.stderr)
            return 2
    else:
        server = SERVERS[options.server].load()
    log = log_nothing if options.quiet else log_received
    try:
        server.run(options.host, options.port, SERVICES[options.service], log)
    except OSError as error:
        reason = error.strerror or error
        print(f"reference_servers: cannot listen on {options.host}:{options.port}: {reason}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="python -m reference_servers", description="Run a reference server.")
    parser.add_argument("server", choices=SERVERS)
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    parser.add_argument("--port", type=_port, default=8888, help="default: 8888; 0: the system picks one")
    parser.add_argument("--service", choices=SERVICES, default="ack", help="default: ack")
    parser.add_argument("--fault", metavar="NAME", help="put a deliberate defect into the server")
    parser.add_argument("--quiet", action="store_true", help="do not print what clients send")
    return parser


def _port(text: str) -> int:
    with suppress(ValueError):
        if 0 <= (port := int(text)) <= 65535:
            return port
    raise argparse.ArgumentTypeError(f"{text!r} is no port: wanted a number between 0 and 65535")


if __name__ == "__main__":
    sys.exit(main())
