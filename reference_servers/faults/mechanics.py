"""Faults of what serves the clients: another model than it claims to be, and signals that were not meant."""

from reference_servers.faults.fault import Fault, on_each
from reference_servers.faults.texts import after, instead

DESCRIPTORS = "concurrency.passes-descriptor-1023"
LIGHT = "concurrency.light-client-is-not-starved"
SHARE = "concurrency.newcomers-and-residents-share"
MODEL = "concurrency.model-is-what-it-claims"
SIGNALS = "concurrency.signals-disturb-nobody"

IGNORE_CHILDREN = "    signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
LISTENING = """\
            if key.fileobj is listener:
                accept_client(selector, later, listener, service)
            else:
"""
FORK = """\
        if not __import__("os").fork():
            listener.close()
            serve(connection, service(), log)
            __import__("os")._exit(0)
        connection.close()
"""
STOP = "    stop_on_signal()\n"

COLLECT = """\
    import select

    while select.select([listener], [], [], 0.2)[0]:
        accept_one(selector, later, listener, service)


def accept_one(
    selector: selectors.BaseSelector, later: sched.scheduler, listener: socket.socket, service: Service
) -> None:
"""
WHEN_QUIET = """\
            if key.fileobj is listener:
                time = __import__("time")
                if time.monotonic() > SPOKEN[0] + 0.05:
                    accept_client(selector, later, listener, service)
                else:
                    time.sleep(0.001)
            else:
                SPOKEN[0] = __import__("time").monotonic()
"""
QUIET = (
    (LISTENING, WHEN_QUIET),
    ("def run(", "SPOKEN = [0.0]\n\n\ndef run("),
)

HEAR_OUT = """\
        while not (is_over := advance(client, log)) and more_comes(client):
            pass
"""
MORE_COMES = """\
def more_comes(client: Client) -> bool:
    import select

    poll = select.poll()
    poll.register(client.connection, select.POLLOUT if client.unsent else select.POLLIN)
    return not client.delay and bool(poll.poll(20))


def run("""

EDGE_TRIGGERED = """\
class EdgeTriggered(selectors.EpollSelector):
    def register(self, fileobj, events, data=None):
        import select

        key = super().register(fileobj, events, data)
        if data:
            self._selector.modify(key.fd, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
        return key

    def modify(self, fileobj, events, data=None):
        return self.get_key(fileobj)


def run("""

FAULTS = (
    Fault(
        "reads-on-while-something-comes",
        "Whoever has something to say is listened to until all has been said.",
        server="multiplexing",
        edits=(("        is_over = advance(client, log)\n", HEAR_OUT), ("def run(", MORE_COMES)),
        breaks=frozenset({LIGHT, SHARE}),
    ),
    Fault(
        "accepts-until-nobody-comes",
        "All who come together are accepted together, and where one comes another is not far.",
        server="multiplexing",
        edits=after('    """Accept one client."""\n', COLLECT),
        breaks=frozenset({SHARE}),
        may_break=frozenset(
            {
                DESCRIPTORS,
                "overload.does-not-spin-during-exhaustion",
                "overload.serves-residents-during-exhaustion",
                "overload.survives-descriptor-exhaustion",
            }
        ),
        why_may="1,100 clients that come together come for a long time",
    ),
    Fault(
        "accepts-when-all-is-quiet",
        "First those are served who are there; who is new can wait until all is quiet.",
        server="multiplexing",
        edits=QUIET,
        breaks=frozenset({SHARE}),
        may_break=frozenset(
            {
                DESCRIPTORS,
                "connecting.has-no-ghosts",
                "connecting.survives-an-instant-reset",
                "connecting.takes-a-burst",
                "overload.latency-recovers",
                "overload.recovers-from-a-reset-storm",
            }
        ),
        why_may="1,100 clients that come together are not quiet for a long time",
    ),
    Fault(
        "reads-once-for-an-edge",
        "Edge-triggered is faster: where epoll says that something has come, it is received.",
        server="multiplexing",
        edits=(("def run(", EDGE_TRIGGERED), ("selectors.DefaultSelector()", "EdgeTriggered()")),
        breaks=frozenset(
            {
                "concurrency.replies-reach-their-own-client",
                "exchanging.carries-a-large-payload",
                "exchanging.loses-nothing-under-backpressure",
            }
        ),
    ),
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
        may_break={
            "overload.does-not-spin-during-exhaustion",
            "overload.serves-residents-during-exhaustion",
            "overload.survives-descriptor-exhaustion",
            "overload.survives-fork-refusal",
        },
        why_may="what else it brings down depends on who is there at that moment, and on the model",
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
        may_break={"lifecycle.leaves-no-session-behind", DESCRIPTORS, "overload.survives-thread-refusal"},
        why_may="it has to look after its children now, and does not, and a thousand are too many",
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
