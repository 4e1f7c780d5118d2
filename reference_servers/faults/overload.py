"""Faults of overload, and of logs that nobody reads."""

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

SURVIVES = "overload.survives-descriptor-exhaustion"
RESIDENTS = "overload.serves-residents-during-exhaustion"
SPINS = "overload.does-not-spin-during-exhaustion"
RETRIES = "overload.retries-transient-accept-errors"
NO_PROCESS = "overload.survives-fork-refusal"
NO_THREAD = "overload.survives-thread-refusal"
BLOCKED = "lifecycle.survives-a-blocked-log"
FULL = "overload.survives-a-full-log-device"

OPEN = "    with listen(host, port)"
ACCEPT_ERROR = "except OSError:  # no descriptor"
WHEN_FULL = """\
def when_full() -> type[OSError]:
    import errno
    import sys

    number = getattr(sys.exc_info()[1], "errno", 0)
    return OSError if number in (errno.EMFILE, errno.ENFILE) else InterruptedError


def run("""
FORK_ERROR = "    except OSError:  # EAGAIN, ENOMEM"
WAIT = "            time.sleep(RETRY_AFTER)\n"
KEPT = ("def run(", "KEPT: list[socket.socket] = []\n\n\ndef run(")
LOOP_RETRY = """\
        selector.unregister(listener)  # it stays ready: to watch it on would be to spin
        later.enter(RETRY_AFTER, 0, selector.register, (listener, selectors.EVENT_READ))
"""
TASK_RETRY = "                await trio.sleep(RETRY_AFTER)\n"
STAND_STILL = """\
        while True:
            __import__("time").sleep(RETRY_AFTER)
            try:
                connection, _ = listener.accept()
                break
            except OSError:
                pass
        connection.close()
"""

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
    *on_each(
        blocking(*instead(f"{WAIT}            continue\n", WAIT)),
        "forgets-that-nobody-came",
        "When accept fails one waits a little, and all will be well.",
        {RETRIES},
    ),
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
        tcp((ACCEPT_ERROR, ACCEPT_ERROR.replace("OSError", "InterruptedError"))),
        "ends-when-it-cannot-accept",
        "Accepting cannot fail, but for a signal.",
        {SURVIVES, RESIDENTS, SPINS},
        may_break={RETRIES},
        why_may="whatever accept fails with, it ends",
    ),
    *on_each(
        tcp(("def run(", WHEN_FULL), (ACCEPT_ERROR, ACCEPT_ERROR.replace("OSError", "when_full()"))),
        "ends-when-the-network-is-down",
        "Where descriptors run out one waits, and any other error means that something is badly wrong.",
        {RETRIES},
    ),
    *on_each(
        {"fork": instead(FORK_ERROR, FORK_ERROR.replace("OSError", "InterruptedError"))},
        "ends-when-it-cannot-fork",
        "To fork cannot fail, but for a signal.",
        {NO_PROCESS},
    ),
    *on_each(
        {"thread": instead("    except RuntimeError:", "    except InterruptedError:")},
        "ends-when-it-cannot-start-a-thread",
        "To start a thread cannot fail, but for a signal.",
        {NO_THREAD},
    ),
    *on_each(
        {
            "fork": (KEPT, ("  # EAGAIN, ENOMEM; fork(2)\n", "\n        KEPT.append(connection.dup())\n")),
        },
        "keeps-whom-it-cannot-serve",
        "Who cannot be served now is kept for later.",
        {NO_PROCESS},
    ),
    *on_each(
        {
            "thread": (
                KEPT,
                (
                    "  # EAGAIN; pthread_create(3)\n        connection.close()\n",
                    "\n        KEPT.append(connection)\n",
                ),
            ),
        },
        "keeps-whom-it-cannot-serve",
        "Who cannot be served now is kept for later.",
        {NO_THREAD},
    ),
    *on_each(
        {
            "multiplexing": instead(LOOP_RETRY, STAND_STILL),
            "async_io": instead(
                TASK_RETRY,
                "                while True:\n"
                "                    __import__('time').sleep(RETRY_AFTER)\n"
                "                    try:\n"
                "                        __import__('os').close(listener.accept()[0].detach())\n"
                "                        break\n"
                "                    except BlockingIOError:\n"
                "                        break\n"
                "                    except OSError:\n"
                "                        pass\n",
            ),
        },
        "waits-until-it-can-accept",
        "A client who cannot be accepted is tried again until it can, for first come is first served.",
        {RESIDENTS},
        may_break={"overload.retries-transient-accept-errors"},
        why_may="what else it brings down depends on who is there at that moment, and on the model",
    ),
    *on_each(
        {
            "multiplexing": instead(
                LOOP_RETRY, "        selector.unregister(listener)\n        listener.close()\n"
            ),
            "async_io": instead(TASK_RETRY, "                await trio.sleep_forever()\n"),
        },
        "gives-its-listener-up",
        "Where accept(2) fails the listening socket is broken; who is there is served on.",
        {SURVIVES, RETRIES},
        may_break={RESIDENTS, SPINS},
        why_may="a port that is closed refuses whoever comes next",
    ),
    *on_each(
        blocking(("            time.sleep(RETRY_AFTER)\n", "            pass\n"))
        | {
            "multiplexing": instead(LOOP_RETRY, ""),
            "async_io": instead(TASK_RETRY, "                await trio.sleep(0)\n"),
        },
        "tries-again-at-once",
        "What failed is tried again.",
        {SPINS},
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
