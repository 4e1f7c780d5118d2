"""Faults of processes."""

from reference_servers.faults.fault import Edits, Fault, on_each
from reference_servers.faults.texts import LOOP_ACCEPTED, RUN, after, instead

IGNORE = "signal.signal(signal.SIGCHLD, signal.SIG_IGN)"

COLLECT_EIGHT = """\
def collect_eight(*_: object) -> None:
    for _ in range(8):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)


def run("""

QUEUE = "processes.no-zombies-after-a-queue-of-clients"
SIMULTANEOUS = "processes.no-zombies-after-simultaneous-exits"

START_SERVICE = "        serve(connection,"
START_CHILD = "        with connection:  #"
START_THREAD = "        start_thread(connection,"
START_TASK = "            nursery.start_soon("

LOGS = (RUN, "LOGS = []\n\n\ndef run(")
DEFINE_WATCH = """\
def watch():
    import threading

    threading.Thread(target=threading.Event().wait, daemon=True).start()


def run("""
WATCH = (RUN, DEFINE_WATCH)


def in_each(define: tuple[str, str], call: str) -> dict[str, Edits]:
    """The edits by which each server does something more when it has accepted a client."""
    return {
        "iterative": (define, *instead(START_SERVICE, f"        {call}\n{START_SERVICE}")),
        "fork": (define, *instead(START_CHILD, f"        {call}\n{START_CHILD}")),
        "thread": (define, *instead(START_THREAD, f"        {call}\n{START_THREAD}")),
        "multiplexing": (define, *after(LOOP_ACCEPTED, f"    {call}\n")),
        "async_io": (define, *instead(START_TASK, f"            {call}\n{START_TASK}")),
    }


FAULTS = (
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
    ),
    *on_each(
        in_each(WATCH, "watch()"),
        "watches-each-client",
        "A thread watches each client, and waits until the next report is due.",
        {"processes.threads-return-to-baseline"},
    ),
)
