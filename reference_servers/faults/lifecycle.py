"""Faults of the lifecycle."""

from reference_servers.faults.fault import on_each
from reference_servers.faults.texts import BIND, REUSE, RUN, SIGTERM, after, instead, tcp

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
TEN_SLOTS = """\
    for number in range(10):
        with __import__("contextlib").suppress(FileExistsError):
            open(f"session-{port}-{number}", "x").close()
            break
    else:
        raise SystemExit("ten sessions are there already")
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

ROOT = "lifecycle.restarts-after-its-root-is-killed"
SIGINT = "    signal.signal(signal.SIGINT, STOPPING)\n"
SHORT_WORK = "    signal.signal(signal.SIGCONT, lambda *_: __import__('os')._exit(1))\n"
WAIT_FOR_THREADS = """\
def wait_for_all(*_: object) -> None:
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join()
    __import__("os")._exit(0)


def run("""
WAIT_FOR_CHILDREN = """\
def wait_for_all(*_: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    os._exit(0)


def run("""
WAIT_FOR_CLIENTS = """\
def wait_for_all(*_: object) -> None:
    signal.signal(signal.SIGALRM, end_when_alone)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)


def end_when_alone(*_: object) -> None:
    import os

    sockets = [name for name in os.listdir("/proc/self/fd") if "socket:" in link_of(name)]
    if len(sockets) <= ALONE:
        os._exit(0)


def link_of(name: str) -> str:
    with __import__("contextlib").suppress(OSError):
        return __import__("os").readlink(f"/proc/self/fd/{name}")
    return ""


def run("""
ON_SIGTERM = (SIGTERM, "    signal.signal(signal.SIGTERM, wait_for_all)\n")

ENDS_AT_ONCE = (SIGTERM, "    signal.signal(signal.SIGTERM, signal.SIG_DFL)\n")
STAYS = ("        end_with_the_parent()\n", "")

FAULTS = (
    *on_each(
        tcp(ENDS_AT_ONCE),
        "ends-in-mid-reply",
        "SIGTERM means the end, and the system knows best how to end a process.",
        {"lifecycle.finishes-the-reply-in-hand"},
        services=("line",),
    ),
    *on_each(
        {"fork": (STAYS,)},
        "leaves-its-children",
        "A child ends with its client, and need not know what has become of its parent.",
        {"lifecycle.leaves-no-session-behind"},
    ),
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
        may_break={ROOT},
        why_may="if the client of the old instance is served by its root, its connection ends in TIME_WAIT",
    ),
    *on_each(
        {server: edits for server, edits in tcp(*after(BIND, LOCK)).items() if server != "fork"},
        "leaves-its-lock",
        "A lock file keeps a second instance away, and a server that ends removes it.",
        {AFTER_A_KILL, ROOT},
    ),
    *on_each(
        {"fork": after(BIND, LOCK)},
        "leaves-its-lock",
        "A lock file keeps a second instance away, and a server that ends removes it.",
        {AFTER_A_KILL},  # where the root alone is killed, a child removes it
    ),
    *on_each(
        tcp(*after(BIND, TEN_SLOTS)),
        "leaves-its-session-file",
        "Ten files for ten sessions are enough, and what is left of them can be read later.",
        {"lifecycle.restarts-twenty-times"},
    ),
    *on_each(
        {"fork": (("        listener.close()  #", "        #"), STAYS, ENDS_AT_ONCE)},
        "hands-its-listener-on",
        "The child does not accept, so it need not close what it does not use.",
        {WHILE_SERVING, ROOT, "lifecycle.orphans-do-not-serve"},
        may_break={"lifecycle.leaves-no-session-behind"},
        why_may="a child that stays with the listener stays with its client, too",
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
        {"lifecycle.stops-on-request", "lifecycle.drain-is-bounded"},
    ),
    *on_each(
        tcp(*instead(OPEN, HELPER + OPEN)),
        "leaves-its-helper",
        "The helper process for statistics ends when the machine does.",
        {"lifecycle.leaves-no-process-behind", "lifecycle.leaves-no-session-behind"},
    ),
    *on_each(
        tcp((SIGINT, "    signal.signal(signal.SIGINT, signal.default_int_handler)\n")),
        "does-nothing-about-ctrl-c",
        "What happens at Ctrl-C, Python knows best.",
        {"lifecycle.stops-without-a-traceback"},
    ),
    *on_each(
        {
            "thread": (ON_SIGTERM, (RUN, WAIT_FOR_THREADS)),
            "fork": (ON_SIGTERM, (RUN, WAIT_FOR_CHILDREN)),
            "iterative": (ON_SIGTERM, (RUN, WAIT_FOR_CLIENTS.replace("ALONE", "1"))),
            "multiplexing": (ON_SIGTERM, (RUN, WAIT_FOR_CLIENTS.replace("ALONE", "1"))),
        },
        "waits-for-the-last-client",
        "It would be rude to leave before the last client has.",
        {"lifecycle.drain-is-bounded"},
    ),
    *on_each(
        tcp(*after(SIGTERM, SHORT_WORK)),
        "does-not-come-back",
        "Who has been stopped cannot know what happened meanwhile, so it is best to end.",
        {
            "lifecycle.survives-stop-and-continue",
            "connecting.survives-aborted-connections",
            "connecting.drains-the-accept-queue",
        },
        may_break={"processes.no-zombies-after-simultaneous-exits", "concurrency.signals-disturb-nobody"},
        why_may="those tests send SIGCONT, too, the one only if there are children that could end",
    ),
    *on_each(
        tcp(*after(LISTEN, "    listener.set_inheritable(True)\n")),
        "lets-its-listener-be-inherited",
        "So that a new version can take over, the socket is inheritable.",
        {"lifecycle.descriptors-are-not-inherited"},
    ),
)
