"""Faults of processes."""

from reference_servers.faults.fault import Fault

IGNORE = "signal.signal(signal.SIGCHLD, signal.SIG_IGN)"

COLLECT_EIGHT = """\
def collect_eight(*_: object) -> None:
    for _ in range(8):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)


def run("""

QUEUE = "processes.no-zombies-after-a-queue-of-clients"
SIMULTANEOUS = "processes.no-zombies-after-simultaneous-exits"

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
    Fault(
        "opens-a-log-for-each-client",
        "Each client has a log file of its own, which is kept open for the next line.",
        server="thread",
        edits=(
            ("RECEIVE_SIZE = 1024\n", "RECEIVE_SIZE = 1024\nLOGS = []\n"),
            ("        start_thread(", "        LOGS.append(open('/dev/null'))\n        start_thread("),
        ),
        breaks=frozenset({"processes.descriptors-return-to-baseline"}),
    ),
)
