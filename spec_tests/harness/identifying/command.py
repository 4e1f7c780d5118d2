"""`acceptspec identify tcp://…`: say what a server is, in five lines, and ask nothing else."""

import argparse
import json
import sys
from collections.abc import Sequence

from client_kit import ResourcesExhausted
from spec_tests.harness.declarations import add_options
from spec_tests.harness.identifying.identity import Identity, find_out
from spec_tests.harness.launching import LaunchError
from spec_tests.harness.options import description_from, limits_from
from spec_tests.harness.preflight import PreflightError, check_server
from spec_tests.harness.preliminary import Obstacle
from spec_tests.harness.server import Server
from spec_tests.harness.values import BadOptionError, OneLineParser


def main(arguments: Sequence[str]) -> int:
    """Identify the server that the arguments name; return 0, 1 if it does not serve, 2 for bad input."""
    try:
        options = _parser().parse_args(arguments)
        found = _identified(options)
    except (BadOptionError, PreflightError, LaunchError, ResourcesExhausted) as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    if isinstance(found, Obstacle):
        print(f"ERROR: {found.reason}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(found.as_dict(), indent=2, ensure_ascii=False))
    else:
        print("\n".join(f"{what:<10} {known}" for what, known in found.rows()))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="acceptspec identify", description="Find out what a server is.")
    parser.add_argument("address", nargs="?", help="tcp://HOST:PORT; or give --launch")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.add_argument("--strict", action="store_true", help=argparse.SUPPRESS)
    add_options(parser.add_argument)
    return parser


def _identified(options: argparse.Namespace) -> Identity | Obstacle:
    if options.address:
        options.server = options.address
    description, limits = description_from(options), limits_from(options)
    if description is None:
        raise BadOptionError("name a server: acceptspec identify tcp://HOST:PORT")
    check_server(description, limits)
    server = Server(description, limits)
    try:
        return find_out(server, options)
    finally:
        server.close()
