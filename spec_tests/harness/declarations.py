"""The options of the command line, as `--help` shows them. What they must be, is told by options.py."""

from collections.abc import Callable

from client_kit import DIALECTS, TRANSPORTS
from spec_tests.harness.description import MODELS, Limits

AddOption = Callable[..., object]

DEFAULTS = Limits()


def add_options(add: AddOption) -> None:
    """Declare every option of ours; `add` takes what argparse's add_argument takes.

    Values are read by options.py, for argparse would complain in several lines. --strict is pytest's own;
    here it lets a SHOULD that is not met fail the run, too.
    """
    _add_server(add)
    _add_launching(add)
    _add_run(add)


def _add_server(add: AddOption) -> None:
    add("--server", metavar="ADDRESS", help="the server's address: tcp://HOST:PORT or udp://…")
    add("--transport", metavar="|".join(TRANSPORTS), help="of a launched server; default: tcp")
    add(
        "--dialect",
        metavar="|".join(("auto", *DIALECTS, "wrapped", "MODULE:NAME")),
        help="what the server speaks; auto, the default, finds out",
    )
    add(
        "--reply",
        metavar="TEXT",
        help="what an ack server answers (default: OK), or a wrapped one, with {request} in it; \\n, \\xff",
    )
    add("--receive-size", metavar="N", help="what an ack server receives at once; default: 1024")
    add(
        "--exchange",
        nargs=2,
        metavar=("REQUEST", "REPLY"),
        help="a dialect of its own: what to send, and a regular expression for the reply; {token} in both "
        "becomes a text of ours",
    )
    add("--greeting", metavar="REGEX", help="what a server says that speaks first")
    add("--closes-after-reply", action="store_true", help="the server ends a connection after its first reply")
    add(
        "--model",
        metavar="|".join(("auto", *MODELS)),
        help="how the server handles many clients; auto, the default, finds out as far as its processes show",
    )
    add("--pid", metavar="N", help="the server's process, if its address does not lead to it")
    add(
        "--idle-timeout",
        metavar="SECONDS|none",
        help="after how long the server ends a connection on which nothing comes",
    )
    add("--max-clients", metavar="N", help="never hold more clients")
    add("--max-rate", metavar="N", help="never connect more often in a second")


def _add_launching(add: AddOption) -> None:
    add(
        "--launch",
        metavar="COMMAND",
        help="launch the server with this command; {port} (and {host}) in it become an address of its own, "
        "and a server whose port is written in needs --server, too",
    )
    add("--ready-line", metavar="REGEX", help="the line by which a launched server says that it listens")
    add("--cwd", metavar="FOLDER", help="launch the server in this folder")
    add(
        "--env",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="put this into the environment of a launched server; may be given several times",
    )


def _add_run(add: AddOption) -> None:
    add(
        "--patience",
        metavar="SECONDS",
        help=f"how long to wait for what must happen; default: {DEFAULTS.patience:g}",
    )
    add(
        "--quiet-period",
        metavar="SECONDS",
        help=f"how long to watch for what must not happen; default: {DEFAULTS.quiet_period:g}",
    )
    add("--seed", metavar="N", help="make the random choices of an earlier run again")
    add("--disruptive", action="store_true", help="disturb a server on another machine, too (floods, resets)")
    add("--durations-by-requirement", action="store_true", help="tell how long each requirement took")
    add("--report-html", metavar="FILE", help="write a page that explains every failure to this file")
    add("--report-json", metavar="FILE", help="write every verdict to this file, for machines")
    add("--report-markdown", metavar="FILE", help="write a summary to this file, for the page of a CI job")
    add(
        "--reproduce",
        metavar="FOLDER",
        help="write a script for each failure that the wire can show: it needs Python alone",
    )
    add("--badge", metavar="FILE", help="write the verdict to this file as a picture (SVG)")
    add(
        "--expect",
        metavar="FILE",
        help="known deviations (TOML): what differs from them fails the run",
    )
    add("--expect-update", action="store_true", help="write what was found to the file of --expect")
    add("--servers", metavar="FILE", help="test each server of a file (TOML), or those that are named after it")
    add("--by-address", action="store_true", help="test those servers by their addresses")
    add("--list", action="store_true", help="print the requirements, and ask nothing")
