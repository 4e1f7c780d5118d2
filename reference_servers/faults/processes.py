"""Faults of processes."""

from reference_servers.faults.fault import Fault, on_each
from reference_servers.faults.texts import (
    LOG,
    LOOP_ERROR,
    LOOP_LOG,
    RESETTING,
    RUN,
    SERVE,
    START_CHILD,
    TASK_LOG,
    TASK_SERVE,
    after,
    blocking,
    in_each,
    instead,
)

IGNORE = "signal.signal(signal.SIGCHLD, signal.SIG_IGN)"

COLLECT_EIGHT = """\
def collect_eight(*_: object) -> None:
    for _ in range(8):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)


def run("""

QUEUE = "processes.no-zombies-after-a-queue-of-clients"
MEMORY = "processes.memory-does-not-climb"
SIMULTANEOUS = "processes.no-zombies-after-simultaneous-exits"


LOGS = (RUN, "LOGS = []\n\n\ndef run(")
DEFINE_WATCH = """\
def watch():
    import threading

    threading.Thread(target=threading.Event().wait, daemon=True).start()


def run("""
WATCH = (RUN, DEFINE_WATCH)


POLL = """\
        listener.setblocking(False)
        try:
            connection, _ = listener.accept()
            connection.setblocking(True)
        except BlockingIOError:
            continue
"""
NURSERY_LOOKING = """\
    async with trio.open_nursery() as nursery:
        nursery.start_soon(look_around)
"""
LOOK_AROUND = """\
async def look_around() -> None:
    while True:
        await trio.sleep(0)


def run("""
HISTORY = (RUN, "KEPT: list[object] = []\n\n\ndef run(")
REMEMBER = "            KEPT.append(b'x' * 16 * 1024 * 1024)\n"
CLOSING = (
    RUN,
    """\
KEPT: list[object] = []


@contextlib.contextmanager
def closing(connection):
    try:
        yield
    except OSError:
        KEPT.append(connection)
        raise
    connection.close()


def run(""",
)
TOLD = """\
@contextlib.contextmanager
def told():
    try:
        yield
    except OSError:
        __import__("traceback").print_exc()


def run("""

OPEN_A_BUFFER = (
    RUN,
    "BUFFERED = open(1, 'w', closefd=False)\n__import__('atexit').register(BUFFERED.flush)\n\n\ndef run(",
)
PRINT_THE_CLIENT = """\
        with contextlib.suppress(OSError):
            print("client", connection.getpeername(), file=BUFFERED)
"""
EXIT = ("        os._exit(0)  # not sys.exit:", "        __import__('sys').exit(0)  # not os._exit:")

FAULTS = (
    *on_each(
        {"fork": (OPEN_A_BUFFER, EXIT, (START_CHILD, PRINT_THE_CLIENT + START_CHILD))},
        "exits-with-its-parents-buffers",
        "To print is to print, and a child that is done exits as every program does.",
        {"processes.log-lines-are-not-duplicated"},
        may_break={
            "connecting.takes-a-burst",
            "overload.slow-clients-stop-nobody",
            "concurrency.newcomers-and-residents-share",
            "connecting.has-no-ghosts",
            "overload.recovers-from-a-reset-storm",
        },
        why_may="every child prints all that its parent has said, which takes the longer the more there are",
    ),
    Fault(
        "forgets-its-children",
        "A child that has ended is gone.",
        server="fork",
        edits=((IGNORE, "pass"),),
        breaks=frozenset({QUEUE, SIMULTANEOUS}),
    ),
    Fault(
        "collects-eight-a-signal",
        "There is a signal for each child, and eight are plenty.",
        server="fork",
        edits=((IGNORE, "signal.signal(signal.SIGCHLD, collect_eight)"), ("def run(", COLLECT_EIGHT)),
        breaks=frozenset({SIMULTANEOUS}),
        may_break=frozenset({QUEUE}),
        why_may="if more than eight children end before Python runs the handler, some stay there, too",
    ),
    *on_each(
        in_each(LOGS, "LOGS.append(open('/dev/null'))"),
        "opens-a-log-for-each-client",
        "Each client has a log file of its own, which is kept open for the next line.",
        {"processes.descriptors-return-to-baseline"},
        may_break={
            "end-of-file.frees-a-blocked-writer",
            "overload.does-not-spin-during-exhaustion",
            "overload.survives-descriptor-exhaustion",
            "processes.descriptors-return-after-abnormal-ends",
        },
        why_may="what else it brings down depends on who is there at that moment, and on the model",
    ),
    *on_each(
        in_each(WATCH, "watch()"),
        "watches-each-client",
        "A thread watches each client, and waits until the next report is due.",
        {"processes.threads-return-to-baseline"},
        may_break={"end-of-file.frees-a-blocked-writer"},
        why_may="what else it brings down depends on who is there at that moment, and on the model",
    ),
    *on_each(
        blocking(("        try:\n            connection, _ = listener.accept()\n", POLL))
        | {
            "multiplexing": instead("selector.select(until_next)", "selector.select(0)"),
            "async_io": (
                (RUN, LOOK_AROUND),
                ("    async with trio.open_nursery() as nursery:\n", NURSERY_LOOKING),
            ),
        },
        "looks-whether-anybody-is-there",
        "A server must never block, so it looks again and again.",
        {"processes.idles-without-cpu"},
    ),
    *on_each(
        blocking(HISTORY, *after(LOG, "            KEPT.append(data)\n"))
        | {
            "multiplexing": (HISTORY, *after(LOOP_LOG, "        KEPT.append(data)\n")),
            "async_io": (HISTORY, *after(TASK_LOG, "                KEPT.append(bytes(data))\n")),
            "fork": (
                HISTORY,
                *after("            start_child(listener, connection, service(), log)\n", REMEMBER),
            ),
        },
        "keeps-a-history",
        "What has been said is kept, for one never knows.",
        {MEMORY},
    ),
    *on_each(
        {
            "iterative": (CLOSING, (SERVE, "    with contextlib.suppress(OSError), closing(connection):\n")),
            "thread": (CLOSING, (SERVE, "    with contextlib.suppress(OSError), closing(connection):\n")),
            "multiplexing": (
                HISTORY,
                (LOOP_ERROR, LOOP_ERROR + "        KEPT.append(client.connection.dup())\n"),
            ),
        },
        "forgets-who-failed",
        "When something went wrong nothing more needs to be done.",
        {"processes.descriptors-return-after-abnormal-ends"},
        may_break={"end-of-file.frees-a-blocked-writer"},
        why_may="what else it brings down depends on who is there at that moment, and on the model",
    ),
    Fault(
        "children-go-on-accepting",
        "When the child has served its client it is as good a server as its parent.",
        server="fork",
        edits=(
            ("        listener.close()  # else it would hold the port when the parent has long gone\n", ""),
            ("        end_with_the_parent()\n", ""),
            ("    finally:\n        os._exit(0)  # not sys.exit", "    finally:\n        pass  # not sys.exit"),
        ),
        breaks=frozenset(
            {
                "processes.children-are-bounded",
                "processes.descriptors-return-to-baseline",
                "processes.threads-return-to-baseline",
            }
        ),
        may_break=RESETTING
        | {
            *(MEMORY, "concurrency.mass-departure-releases-all", "lifecycle.leaves-no-process-behind"),
            *("lifecycle.orphans-do-not-serve", "lifecycle.restarts-after-its-root-is-killed"),
            "lifecycle.leaves-no-session-behind",
        },
        why_may="the more there are the slower it is, and the less likely is it that all end",
    ),
    *on_each(
        blocking((SERVE, "    with connection, told():\n"), (RUN, TOLD))
        | {
            "multiplexing": instead(LOOP_ERROR, LOOP_ERROR + "        __import__('traceback').print_exc()\n"),
            "async_io": (
                (TASK_SERVE, "        with told():\n"),
                (RUN, TOLD.replace("OSError", "trio.BrokenResourceError")),
            ),
        },
        "prints-a-traceback",
        "Every error is printed, so that none is overlooked.",
        {"processes.stderr-is-clean"},
    ),
)
