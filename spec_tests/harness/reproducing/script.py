"""`--reproduce FOLDER`: a failure again without the kit, by a script that needs Python alone (pure).

A script is a head, which is the same for all, and what is peculiar to the requirement: a file of `bodies/`.
There is one for what the wire can show with a dialect whose reply is known in advance.
"""

import textwrap
from importlib.resources import files

from client_kit import Address, Dialect
from client_kit.dialects.ack import Ack
from client_kit.dialects.echo import Echo
from client_kit.dialects.line import Line
from spec_tests.requirement import Requirement

BODIES = {
    one.name.removesuffix(".txt"): one.read_text(encoding="utf-8")
    for one in files(__package__).joinpath("bodies").iterdir()
}
"""By the requirement's id."""

TOKEN = b"hello"
WIDTH = 100

HEAD = '''\
"""{sentence}

{id} ({level}); accepted:
{accepts}.
It needs Python alone: python3 {id}.py HOST PORT
Exit status 1 while the fault is there, 0 when it is mended.
"""

{imports}
HOST, PORT = sys.argv[1:3] or ({host!r}, {port})
PATIENCE = {patience:g}  # seconds
REQUEST, REPLY = {request!r}, {reply!r}
{constants}

def connect():
    return socket.create_connection((HOST, PORT), PATIENCE)


def receive(client, size):
    """Return what comes, until that is so many bytes, or the connection ends, or PATIENCE is over."""
    came = b""
    try:
        while len(came) < size and (data := client.recv(min(65536, size - len(came)))):
            came += data
    except OSError as error:
        print(f"  ({{error}})")
    return came


def judge(what, seen, wanted):
    """Say what was seen, and leave if that is wrong."""
    print(f"{{what}}: {{seen!r:.200}}" + ("" if seen == wanted else f"; wanted {{wanted!r:.200}}"))
    if seen != wanted:
        sys.exit(1)


'''
FOOT = """print("as it should be")
"""
MODULES = ("socket", "struct", "sys", "threading", "time")
DEFAULT = Address("tcp", "127.0.0.1", 8888)
"""Where a launched server is looked for, unless the script is told."""


def script(one: Requirement, dialect: Dialect, address: Address | None, patience: float) -> str | None:
    """Return the text of the script; None where there is none for this requirement, or for this dialect."""
    body, known = BODIES.get(one.id), _known_exchange(dialect)
    if body is None or known is None:
        return None
    request, reply = known
    if "payload" in body and request != reply:
        return None
    where = address or DEFAULT
    head = HEAD.format(
        sentence=textwrap.fill(one.sentence, WIDTH),
        id=one.id,
        level=one.level,
        accepts=textwrap.fill(one.accepts, WIDTH),
        imports="".join(f"import {name}\n" for name in MODULES if f"{name}." in HEAD + body),
        host=where.host,
        port=where.port,
        patience=patience,
        request=request,
        reply=reply,
        constants=_constants(request, reply) if "EVERY_BYTE" in body else "",
    )
    return head + body + FOOT


def _constants(request: bytes, reply: bytes) -> str:
    end = request.removeprefix(TOKEN)
    told = "EVERY_BYTE" if reply == request else "REPLY"
    return f"EVERY_BYTE = bytes(range(256)) + {end!r}\nEVERY_BYTE_REPLY = {told}\n"


def _known_exchange(dialect: Dialect) -> tuple[bytes, bytes] | None:
    """A request, and the reply that is owed for it, where that is known in advance."""
    request = dialect.request(TOKEN)
    if isinstance(dialect, Ack):
        return request, dialect.reply
    return (request, request) if isinstance(dialect, (Echo, Line)) else None
