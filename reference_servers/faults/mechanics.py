"""Faults of what serves the clients: another model than it claims to be, and signals that were not meant."""

from reference_servers.faults.fault import on_each
from reference_servers.faults.texts import after, instead

DESCRIPTORS = "concurrency.passes-descriptor-1023"
MODEL = "concurrency.model-is-what-it-claims"
SIGNALS = "concurrency.signals-disturb-nobody"

IGNORE_CHILDREN = "    signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
FORK = """\
        if not __import__("os").fork():
            listener.close()
            serve(connection, service(), log)
            __import__("os")._exit(0)
        connection.close()
"""
STOP = "    stop_on_signal()\n"

FAULTS = (
    *on_each(
        {"multiplexing": instead("selectors.DefaultSelector()", "selectors.SelectSelector()")},
        "waits-with-select",
        "Every system has select, and it does the same.",
        {DESCRIPTORS},
    ),
    *on_each(
        {
            "fork": instead(
                "            start_child(listener, connection, service(), log)\n",
                "            __import__('threading').Thread(\n"
                "                target=serve, args=(connection.dup(), service(), log), daemon=True\n"
                "            ).start()\n",
            ),
            "iterative": instead(
                "        serve(connection, service(), log)\n",
                "        __import__('threading').Thread(\n"
                "            target=serve, args=(connection, service(), log), daemon=True\n"
                "        ).start()\n",
            ),
        },
        "starts-a-thread-instead",
        "A thread is cheaper, and nobody will see the difference.",
        {MODEL},
    ),
    *on_each(
        {
            "thread": (
                (STOP, STOP + "    signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"),
                (
                    "        start_thread(connection, service(), log)\n",
                    FORK,
                ),
            ),
        },
        "starts-a-process-instead",
        "A process is safer, and nobody will see the difference.",
        {MODEL},
    ),
    *on_each(
        {"fork": instead(IGNORE_CHILDREN, "    signal.signal(signal.SIGCHLD, lambda *_: os.wait())")},
        "waits-when-told-of-a-child",
        "Where SIGCHLD comes, a child has ended, and is waited for.",
        {SIGNALS},
        may_break={
            "processes.no-zombies-after-a-queue-of-clients",
            "processes.no-zombies-after-simultaneous-exits",
        },
        why_may="signals that come together count as one",
    ),
    *on_each(
        {
            name: after(
                STOP,
                "    for number in signal.SIGHUP, signal.SIGCHLD, signal.SIGURG:\n"
                "        signal.signal(number, lambda *_: __import__('os')._exit(1))\n",
            )
            for name in ("iterative", "thread", "multiplexing", "async_io")
        },
        "takes-any-signal-for-the-end",
        "Whatever signal comes, it means the end.",
        {SIGNALS},
    ),
)
