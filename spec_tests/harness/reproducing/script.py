"""`--reproduce FOLDER`: a failure again without the kit, by a script that needs Python alone (pure).

A script is a head, the functions that it uses (`parts/`), and what is peculiar to the requirement: a file of
`bodies/`. There is one for each requirement, for the dialects whose reply is known in advance.
"""

import re
import textwrap
from collections.abc import Mapping
from importlib.resources import files
from string import Template

from client_kit import Ability, Address, Dialect, Transport
from client_kit.dialects.ack import Ack
from client_kit.dialects.echo import Echo
from client_kit.dialects.line import Line
from spec_tests.harness.description import Description
from spec_tests.requirement import LAUNCH, Requirement


def _texts(folder: str) -> dict[str, str]:
    found = files(__package__).joinpath(folder).iterdir()
    return {one.name.removesuffix(".txt"): one.read_text(encoding="utf-8") for one in found}


BODIES = _texts("bodies")
"""By the requirement's id."""

PARTS = _texts("parts")
"""Functions, by their names; and the head."""

ORDER = (
    *("connect", "ask", "receive", "is_let_go", "reset", "pour", "fill", "open_client", "receive_datagram"),
    *("start", "kill", "seconds", "memory", "count", "family", "until", "is_free", "judge"),
)
HEAD = Template(PARTS["head"])
FOOT = """print("as it should be")
"""
MODULES = (
    *("atexit", "ctypes", "fcntl", "glob", "os", "re", "resource", "select", "shlex", "signal", "socket"),
    *("struct", "subprocess", "sys", "threading", "time"),
)
TOKEN = b"hello"
WIDTH = 100
SLOW = 1.0
"""Seconds that a slow request takes: longer than a busy machine keeps a script from its next line."""

DEFAULT = Address("tcp", "127.0.0.1", 8888)
"""Where a launched server is looked for, unless the script is told."""

LAUNCHED = """\
COMMAND = {command}
HOST, PORT = {host!r}, {port}"""
ANY_PORT = "20000 + os.getpid() % 10000"
ADDRESSED = "HOST, PORT = sys.argv[1:3] if sys.argv[2:] else {where}"
UNKNOWN = 'sys.exit("say where the server listens: HOST PORT")'


def takes_a_command(one: Requirement) -> bool:
    """Whether the script of a requirement launches the server: so does what looks at its processes."""
    return one.needs is LAUNCH or _uses(BODIES[one.id], "start")


def script(one: Requirement, server: Description, patience: float) -> str | None:
    """Return the text of the script; None where there is none for this dialect."""
    body, exchange = BODIES[one.id], _known_exchange(server.dialect)
    if exchange is None:
        return None
    request, reply = exchange
    if "payload" in body and request != reply:
        return None
    if not takes_a_command(one):
        asks = server.transport == "tcp" and _uses(body, "ask")
        body += PARTS["afterwards_ask" if asks else f"afterwards_{server.transport}"]
    transport = server.transport if one.transport == "any" else "tcp"
    text = f"{_functions(body, transport)}{body}{FOOT}"
    where = _launched(server) if takes_a_command(one) else _addressed(server.address)
    known = {name: code for name, code in _constants(server, request, reply, patience).items() if name in text}
    used = [name for name in MODULES if re.search(rf"\b{name}\.", f"{where} {text}")]
    head = HEAD.substitute(
        sentence=textwrap.fill(one.sentence, WIDTH),
        id=one.id,
        level=one.level,
        accepts=textwrap.fill(one.accepts, WIDTH),
        arguments="'COMMAND {host} {port}'" if takes_a_command(one) else "HOST PORT",
        tools="It takes strace" if "strace" in body else "Python is enough",
        imports=f"import {', '.join(used)}",
        where=where,
        constants=_assigned(known),
    )
    return f"{head}\n{text}"


def _assigned(known: Mapping[str, str]) -> str:
    """The constants, in one line if they fit into it."""
    together = f"{', '.join(known)} = {', '.join(known.values())}" if known else ""
    return together if len(together) < WIDTH else "\n".join(f"{name} = {code}" for name, code in known.items())


def _functions(body: str, transport: Transport) -> str:
    """The functions that a body uses, and those that they use; some are others over UDP."""
    parts = {name: PARTS.get(f"{name}_{transport}", PARTS[name]) for name in ORDER}
    used: set[str] = set()
    text = body
    while more := {name for name in ORDER if name not in used and _uses(text, name)}:
        used |= more
        text = "".join(parts[name] for name in more)
    return "".join(f"{parts[name]}\n" for name in ORDER if name in used)


def _uses(text: str, function: str) -> bool:
    return bool(re.search(rf"(?<![.\w]){function}(?=[(),])", text))


def _addressed(address: Address | None) -> str:
    return ADDRESSED.format(where=(address.host, address.port) if address else UNKNOWN)


def _launched(server: Description) -> str:
    command = f"sys.argv[1] if sys.argv[1:] else {server.launch!r}" if server.launch else "sys.argv[1]"
    at = server.address or DEFAULT  # a server that is not told where to listen does so where it always does
    is_fixed = server.address and server.launch and "{port}" not in server.launch
    port = str(at.port) if is_fixed else ANY_PORT
    return LAUNCHED.format(command=command, host=at.host, port=port)


def _constants(server: Description, request: bytes, reply: bytes, patience: float) -> dict[str, str]:
    """What a script may have to know: names, and the code of their values."""
    dialect = server.dialect
    end = request.removeprefix(TOKEN)
    known = {
        "PATIENCE": f"{patience:g}",
        "REQUEST": repr(request),
        "REPLY": repr(reply),
        "EVERY_BYTE": f"bytes(range(256)) + {end!r}",
        "EVERY_BYTE_REPLY": "EVERY_BYTE" if reply == request else "REPLY",
        "IDLE_TIMEOUT": repr(server.idle_timeout),
        "PLACES": repr(server.max_clients),
        "READY_LINE": repr(server.ready_line),
        "MODEL": repr(server.model),
    }
    if Ability.TAKES_TIME in dialect.abilities:
        known["SLOW_REQUEST"] = repr(dialect.slow_request(TOKEN, SLOW))
    if Ability.ENDS_SESSION in dialect.abilities:
        known["GOODBYE"] = repr(dialect.goodbye)
    return known


def _known_exchange(dialect: Dialect) -> tuple[bytes, bytes] | None:
    """A request, and the reply that is owed for it, where that is known in advance."""
    request = dialect.request(TOKEN)
    if isinstance(dialect, Ack):
        return request, dialect.reply
    return (request, request) if isinstance(dialect, (Echo, Line)) else None
