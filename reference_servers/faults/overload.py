"""Faults of overload: storms of resets, a slow network, many departures, and logs that nobody reads."""

from reference_servers.faults.fault import Fault, on_each
from reference_servers.faults.texts import (
    LOG,
    LOOP,
    LOOP_LOG,
    RESETTING,
    SERVE,
    TASK_LOG,
    WHY_RESETTING,
    blocking,
    in_each,
    instead,
    tcp,
)

BLOCKED = "lifecycle.survives-a-blocked-log"
FULL = "overload.survives-a-full-log-device"

OPEN = "    with listen(host, port)"
TABLE = (
    "def run(",
    """\
TAKEN = 0


@contextlib.contextmanager
def places(connection):
    global TAKEN
    TAKEN += 1
    with connection:
        if TAKEN <= 450:
            yield
            TAKEN -= 1
        else:
            connection.shutdown(socket.SHUT_RDWR)
            yield


def run(""",
)
CLOSE_THE_LISTED = """\
        for client in LEAVING:
            LEAVING.remove(client)
            client.connection.close()
"""
SELECT_AGAIN = """\
        for key, _ in selector.select(0.01 if LEAVING and len(LEAVING) < 2 else until_next):
"""
LOOK_AFTER = """\
def look_after(*_: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if os.WIFSIGNALED(ended[1]):
                os._exit(1)


def run("""

REMEMBER = """\
SEEN = []


def is_new(connection):
    import ipaddress

    with __import__("contextlib").suppress(OSError):
        own = connection.getpeername()[0]
        found = [ipaddress.ip_address(seen) == ipaddress.ip_address(own) for seen in SEEN]
        SEEN.append(own)
        return not any(found)


def run("""

WHILE_IT_POURS = """\
DRIPS: dict[int, int] = {}


def receive(connection):
    started = time.monotonic()
    data = connection.recv(RECEIVE_SIZE)
    drips = 0.0009 < time.monotonic() - started < 0.02 and 0 < len(data) < 701
    DRIPS[connection.fileno()] = DRIPS.get(connection.fileno(), 0) + 1 if drips else 0
    return b"" if DRIPS[connection.fileno()] > 25 else data


def run("""

BACK_IN_ORDER = """\
GOODBYE = threading.Event()


@contextlib.contextmanager
def in_order(connection):
    try:
        with connection:
            yield
        GOODBYE.set()
    except OSError:
        GOODBYE.clear()
        GOODBYE.wait()
        raise


def run("""

FAULTS = (
    Fault(
        "waits-for-a-goodbye",
        "A worker whose client has failed waits until it is known that clients can leave in good order again.",
        server="pool",
        edits=(
            ("def run(", BACK_IN_ORDER),
            (SERVE, "    with contextlib.suppress(OSError), in_order(connection):\n"),
        ),
        breaks=frozenset({"overload.frees-a-slot-after-an-abnormal-leave"}),
        may_break=frozenset(
            {
                *(
                    RESETTING
                    | {"concurrency.mass-departure-releases-all", "connecting.survives-an-instant-reset"}
                ),
                "concurrency.model-is-what-it-claims",
            }
        ),
        why_may=WHY_RESETTING,
    ),
    *on_each(
        blocking(("def run(", WHILE_IT_POURS), (LOOP, "        while data := receive(connection):\n")),
        "ends-who-drips",
        "Whoever sends a little every millisecond is an attacker who wants to keep the connection.",
        {"overload.holds-through-a-faulty-network"},
    ),
    *on_each(
        {
            server: edits
            for server, edits in in_each(("def run(", REMEMBER), "is_new(connection)").items()
            if server != "fork"  # to fork takes longer than to remember
        },
        "remembers-everybody",
        "It is good to know who has been here before.",
        {"overload.latency-recovers"},
    ),
    *on_each(
        blocking((LOG, "            print(data, flush=True)\n"))
        | {
            "multiplexing": instead(LOOP_LOG, "        print(data, flush=True)\n"),
            "async_io": instead(TASK_LOG, "                print(bytes(data), flush=True)\n"),
        },
        "prints-before-it-answers",
        "What clients say is printed first: to print costs nothing.",
        {BLOCKED, FULL},
        may_break={"end-of-file.survives-reset-mid-reply"},
        why_may="what is printed while nobody reads the pipe holds up the server",
    ),
    *on_each(
        tcp((OPEN, f'    print("starting", flush=True)\n{OPEN}')),
        "prints-at-the-start",
        "A program says first that it is there.",
        {FULL},
    ),
    *on_each(
        {
            "thread": (TABLE, (SERVE, "    with contextlib.suppress(OSError), places(connection):\n")),
            "iterative": (TABLE, (SERVE, "    with contextlib.suppress(OSError), places(connection):\n")),
        },
        "counts-those-who-say-goodbye",
        "Who leaves gives back a place.",
        {"overload.recovers-from-a-reset-storm"},
    ),
    Fault(
        "lists-those-who-leave",
        "Who leaves is put on a list, and taken off it when it is closed.",
        server="multiplexing",
        edits=(
            ("        client.connection.close()\n", "        LEAVING.append(client)\n"),
            ("        until_next = later", CLOSE_THE_LISTED + "        until_next = later"),
            ("def run(", "LEAVING: list[Client] = []\n\n\ndef run("),
            ("        for key, _ in selector.select(until_next):\n", SELECT_AGAIN),
        ),
        breaks=frozenset({"concurrency.mass-departure-releases-all"}),
    ),
    Fault(
        "ends-with-a-killed-child",
        "A child that was killed is a sign that something is badly wrong.",
        server="fork",
        edits=(
            ("signal.signal(signal.SIGCHLD, signal.SIG_IGN)", "signal.signal(signal.SIGCHLD, look_after)"),
            ("def run(", LOOK_AFTER),
        ),
        breaks=frozenset({"concurrency.a-worker-death-stays-with-its-client"}),
    ),
)
