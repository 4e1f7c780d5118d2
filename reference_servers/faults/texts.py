"""The texts of the servers that faults replace most often (pure)."""

from reference_servers.faults.fault import Edits

BLOCKING = ("iterative", "fork", "thread")
"""The servers that serve a client with the same loop over blocking calls."""
TCP = (*BLOCKING, "multiplexing", "async_io")

RUN = "def run("
RECEIVE_SIZE = "RECEIVE_SIZE = 1024\n"
REUSE = "    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
KEEPALIVE = "    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)\n"
BIND = "    listener.bind(address)\n"
SIGTERM = "    signal.signal(signal.SIGTERM, STOPPING)\n"

SERVE = "    with connection, contextlib.suppress(OSError):\n"
IDLE_TIMEOUT = "        connection.settimeout(session.idle_timeout)\n"
LOOP = "        while data := connection.recv(RECEIVE_SIZE):\n"
LOG = "            log(data)\n"
ANSWER = "            reply = session.answer(data)\n"
DELAY = "            time.sleep(session.delay)\n"
SEND = "            connection.sendall(reply)\n"
SESSION_END = "                hang_up(connection)\n                break\n"

START_SERVICE = "        serve(connection,"
START_CHILD = "        with connection:  #"
START_THREAD = "        start_thread(connection,"
START_TASK = "            nursery.start_soon("

LOOP_CLIENT = '    unsent: bytes = b""\n'
LOOP_ACCEPTED = "    connection.setblocking(False)\n"
LOOP_RECEIVED = "        if not data:\n            return True\n"
LOOP_LOG = "        log(data)\n"
LOOP_ANSWER = "        client.unsent = client.session.answer(data)\n"
LOOP_SHUTDOWN = "        client.connection.shutdown(socket.SHUT_WR)\n"
LOOP_SEND = "    sent = client.connection.send(client.unsent)\n"
LOOP_SENT = "    client.unsent = client.unsent[sent:]\n"
LOOP_ERROR = "    except OSError:\n        is_over = True\n"
LOOP_END = "        client.connection.close()\n"

TASK_SERVE = "        with contextlib.suppress(trio.BrokenResourceError):\n"
TASK_LOOP = "            while data := await receive(connection, session):\n"
TASK_LOG = "                log(bytes(data))\n"
TASK_ANSWER = "                reply = session.answer(bytes(data))\n"
TASK_DELAY = "                await trio.sleep(session.delay)\n"
TASK_SEND = "                await connection.send_all(reply)\n"
TASK_SESSION_END = "                    await hang_up(connection)\n                    break\n"

HAS_HUNG_UP = """\
def has_hung_up(connection: socket.socket) -> bool:
    import select

    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(0))


def run("""
HUNG_UP = (RUN, HAS_HUNG_UP)
"""A way to look whether the client has sent FIN."""


RESETTING = frozenset(
    {
        "connecting.survives-aborted-connections",
        "end-of-file.frees-a-blocked-writer",
        "end-of-file.sleeps-while-half-closed",
        "exchanging.bounds-memory-for-a-deaf-client",
        "overload.recovers-from-a-reset-storm",
        "processes.descriptors-return-after-abnormal-ends",
        "processes.stderr-is-clean",
    }
)
"""The requirements in whose tests a client resets, beside those that are about it."""
WHY_RESETTING = "a client resets there, too, and whether the server meets that is luck"


def after(text: str, more: str) -> Edits:
    """The edit that puts more text after a text."""
    return ((text, text + more),)


def instead(text: str, other: str) -> Edits:
    """The edit that puts another text in its place."""
    return ((text, other),)


def blocking(*edits: tuple[str, str]) -> dict[str, Edits]:
    """The same edits of each blocking server."""
    return dict.fromkeys(BLOCKING, edits)


def tcp(*edits: tuple[str, str]) -> dict[str, Edits]:
    """The same edits of each TCP server."""
    return dict.fromkeys(TCP, edits)


def in_each(define: tuple[str, str], call: str) -> dict[str, Edits]:
    """The edits by which each server does something more when it has accepted a client."""
    return {
        "iterative": (define, *instead(START_SERVICE, f"        {call}\n{START_SERVICE}")),
        "fork": (define, *instead(START_CHILD, f"        {call}\n{START_CHILD}")),
        "thread": (define, *instead(START_THREAD, f"        {call}\n{START_THREAD}")),
        "multiplexing": (define, *after(LOOP_ACCEPTED, f"    {call}\n")),
        "async_io": (define, *instead(START_TASK, f"            {call}\n{START_TASK}")),
    }
