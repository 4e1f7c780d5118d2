"""Faults of the lifecycle."""

from reference_servers.faults.fault import on_each
from reference_servers.faults.texts import BIND, REUSE, SIGTERM, after, instead, tcp

LISTEN = "    listener.listen(BACKLOG)\n"
ANNOUNCE_EARLY = "    announce(listener)\n    __import__('time').sleep(0.3)\n"
OPEN = "    with listen(host, port)"
HELPER = "    if __import__('os').fork() == 0:\n        signal.pause()\n"

LOCK = """\
    lock = f"server-{port}.lock"
    open(lock, "x").close()

    def unlock(*_: object) -> None:
        import os

        os.unlink(lock)
        os._exit(0)

    signal.signal(signal.SIGTERM, unlock)
    signal.signal(signal.SIGINT, unlock)
"""
END_WELL = """\
    try:
        listener.bind(address)
    except OSError:
        raise SystemExit(0)
"""

OVER_TIME_WAIT = "lifecycle.restarts-over-time-wait"
AFTER_A_KILL = "lifecycle.restarts-after-a-kill"
WHILE_SERVING = "lifecycle.restarts-while-a-child-serves"

FAULTS = (
    *on_each(
        tcp(*instead(LISTEN, ANNOUNCE_EARLY + LISTEN)),
        "announces-too-early",
        "The server is as good as ready; what is left takes no time.",
        {"lifecycle.ready-means-listening"},
    ),
    *on_each(
        tcp(*instead(REUSE, "")),
        "binds-without-reuse",
        "The defaults of a socket will be right.",
        {OVER_TIME_WAIT, AFTER_A_KILL, WHILE_SERVING},
    ),
    *on_each(
        tcp(*after(BIND, LOCK)),
        "leaves-its-lock",
        "A lock file keeps a second instance away, and a server that ends removes it.",
        {AFTER_A_KILL},
    ),
    *on_each(
        {"fork": instead("        listener.close()  #", "        #")},
        "hands-its-listener-on",
        "The child does not accept, so it need not close what it does not use.",
        {WHILE_SERVING},
    ),
    *on_each(
        tcp(*after(REUSE, "    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\n")),
        "shares-its-port",
        "The more a port can be reused, the better.",
        {"lifecycle.refuses-a-second-instance"},
    ),
    *on_each(
        tcp(*instead(BIND, END_WELL)),
        "ends-well-without-a-port",
        "If the server runs already, all is well.",
        {"lifecycle.refuses-a-second-instance"},
    ),
    *on_each(
        tcp(*instead(SIGTERM, "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n")),
        "ignores-sigterm",
        "A server must not be ended by accident.",
        {"lifecycle.stops-on-request"},
    ),
    *on_each(
        tcp(*instead(OPEN, HELPER + OPEN)),
        "leaves-its-helper",
        "The helper process for statistics ends when the machine does.",
        {"lifecycle.leaves-no-process-behind"},
    ),
)
