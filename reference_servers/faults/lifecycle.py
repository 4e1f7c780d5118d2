"""Faults of the lifecycle."""

from reference_servers.faults.fault import Fault

REUSE = "    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
HELPER = "    if os.fork() == 0:\n        signal.pause()\n"

FAULTS = (
    Fault(
        "binds-without-reuse",
        "The defaults of a socket will be right.",
        server="fork",
        edits=((REUSE, ""),),
        breaks=frozenset({"lifecycle.restarts-over-time-wait"}),
    ),
    Fault(
        "binds-without-reuse-in-a-loop",
        "The defaults of a socket will be right.",
        server="multiplexing",
        edits=((REUSE, ""),),
        breaks=frozenset({"lifecycle.restarts-over-time-wait"}),
    ),
    Fault(
        "ignores-sigterm",
        "A server must not be ended by accident.",
        server="thread",
        edits=(
            ("signal.signal(signal.SIGTERM, signal.SIG_DFL)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"),
        ),
        breaks=frozenset({"lifecycle.stops-on-request"}),
    ),
    Fault(
        "leaves-its-helper",
        "The helper process for statistics ends when the machine does.",
        server="fork",
        edits=(("    with listen(host, port)", HELPER + "    with listen(host, port)"),),
        breaks=frozenset({"lifecycle.leaves-no-process-behind"}),
    ),
)
