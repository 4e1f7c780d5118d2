"""Faults of connecting."""

from reference_servers.faults.fault import Edits, Fault, on_each
from reference_servers.faults.texts import (
    BIND,
    LOOP_END,
    RESETTING,
    SESSION_END,
    TASK_SESSION_END,
    after,
    blocking,
    instead,
    tcp,
)

ACCEPT = "connection, _ = listener.accept()"

BURST = frozenset({"connecting.takes-a-burst", "connecting.has-no-ghosts"})
QUEUEING = {
    "connecting.drains-the-accept-queue",
    "connecting.survives-a-silent-visitor",
    "connecting.survives-aborted-connections",
    "connecting.survives-an-instant-reset",
}
ONE_PLACE = ("BACKLOG = 128\n", "BACKLOG = 1\n")
LOOK_FOR_ANYBODY = """\
        ready = selector.select(0.5 if until_next is None else until_next)
        if not ready and len(selector.get_map()) == 1 and until_next is None:
            return
        for key, _ in ready:
"""
TASK_ACCEPT = "                connection, _ = await async_listener.accept()\n"
WAIT_A_WHILE = """\
                with trio.move_on_after(0.5) as a_while:
                    connection, _ = await async_listener.accept()
                if a_while.cancelled_caught and not nursery.child_tasks:
                    return
                if a_while.cancelled_caught:
                    continue
"""
EDGE = "    selector._selector.modify(listener.fileno(), 1 | 1 << 31)  # EPOLLIN | EPOLLET\n"


def going_home(nobody: str) -> Edits:
    """The edits by which a blocking server ends half a second after its last client has come and gone."""
    waiting = "        except TimeoutError:\n"
    waiting += f"            if {nobody}:\n                return\n            continue\n"
    begin = "    while True:\n        try:\n"
    failed = "        except OSError:  # no"
    return (begin, "    listener.settimeout(0.5)\n" + begin), (failed, waiting + failed)


FAULTS = (
    *on_each(
        tcp((ACCEPT, "signal.pause()"))
        | {"async_io": instead("connection, _ = await async_listener.accept()", "await trio.sleep_forever()")},
        "never-accepts",
        "The system completes the handshake, so connecting works; what is left will be added later.",
        {"connecting.serves-one-exchange"},
    ),
    *on_each(
        {
            "iterative": instead("    while True:\n", "    for _ in range(1):\n"),
            "fork": instead("    while True:\n", "    for _ in range(1):\n"),
            "thread": after(SESSION_END, "    signal.raise_signal(signal.SIGTERM)\n"),
            "multiplexing": after(LOOP_END, "        raise SystemExit\n"),
            "async_io": after(TASK_SESSION_END, "    signal.raise_signal(signal.SIGTERM)\n"),
        },
        "serves-one-client",
        "A program that has answered has done its work.",
        {"connecting.serves-one-after-another"},
    ),
    *on_each(
        tcp(*instead(BIND, '    listener.bind(("", port))\n')),
        "binds-every-interface",
        "The empty host means this machine.",
        {"connecting.answers-only-the-announced-interface"},
    ),
    Fault(
        "accepts-one-at-an-edge",
        "Edge-triggered is faster, and one accept an event is what all examples do.",
        server="multiplexing",
        edits=(("    while True:\n", EDGE + "    while True:\n"),),
        services=("ack", "echo"),
        breaks=frozenset({"connecting.drains-the-accept-queue"}),
        may_break=frozenset(
            {
                *BURST,
                "concurrency.a-failure-stays-with-its-client",
                "concurrency.clients-meet",
                "concurrency.half-a-request-blocks-nobody",
                "concurrency.idle-client-blocks-nobody",
                "concurrency.light-client-is-not-starved",
                "concurrency.many-clients-meet",
                "concurrency.mass-departure-releases-all",
                "concurrency.model-is-what-it-claims",
                "concurrency.newcomers-and-residents-share",
                "concurrency.one-departure-ends-one-client",
                "concurrency.passes-descriptor-1023",
                "concurrency.replies-reach-their-own-client",
                "connecting.survives-a-silent-visitor",
                "connecting.survives-aborted-connections",
                "connecting.survives-an-instant-reset",
                "end-of-file.survives-reset-mid-reply",
                "overload.recovers-from-a-reset-storm",
                "overload.slow-clients-stop-nobody",
                "processes.children-are-bounded",
                "processes.descriptors-return-after-abnormal-ends",
                "processes.idles-without-cpu",
                "processes.no-zombies-after-simultaneous-exits",
            }
        ),
        why_may="who comes last may be left in the queue, until somebody comes after them",
    ),
    *on_each(
        blocking(ONE_PLACE, (ACCEPT, f"time.sleep(0.02)\n            {ACCEPT}"))
        | {
            "multiplexing": (ONE_PLACE, (ACCEPT, f"__import__('time').sleep(0.02)\n        {ACCEPT}")),
            "async_io": (
                ONE_PLACE,
                (
                    "connection, _ = await async_listener.accept()",
                    "await trio.sleep(0.02)\n                connection, _ = await async_listener.accept()",
                ),
            ),
        },
        "has-a-backlog-of-one",
        "A backlog of one is enough, for a client is accepted at once.",
        BURST,
        may_break={*(QUEUEING | RESETTING), "concurrency.model-is-what-it-claims"},
        why_may="a SYN that found no place is sent again after a second, and that is long in a test of faults",
    ),
    *on_each(
        {
            "iterative": going_home("True"),
            "thread": going_home("threading.active_count() == 1"),
            "fork": going_home('not open(f"/proc/self/task/{os.getpid()}/children").read()'),
            "multiplexing": instead("        for key, _ in selector.select(until_next):\n", LOOK_FOR_ANYBODY),
            "async_io": instead(
                "                connection, _ = await async_listener.accept()\n", WAIT_A_WHILE
            ),
        },
        "goes-home-when-nobody-comes",
        "If nobody comes for a while there is nothing more to do.",
        {"connecting.serves-after-an-idle-spell"},
        may_break={"connecting.takes-a-burst", "overload.recovers-from-a-reset-storm"},
        why_may="who finds no place in the backlog comes again after a second, and meanwhile nobody does",
    ),
    *on_each(
        tcp(
            *instead(
                "socket.getaddrinfo(host, port", 'socket.getaddrinfo("0.0.0.0" if ":" in host else host, port'
            )
        ),
        "knows-one-family",
        "An address with colons is all addresses, so it listens at all.",
        {"connecting.answers-every-announced-family"},
    ),
    *on_each(
        tcp(
            *instead(
                "        announce(listener)\n", '        print(f"listening on {host}:{port}", flush=True)\n'
            )
        ),
        "announces-what-it-was-told",
        "It listens where it was told to.",
        {"connecting.announces-its-real-port"},
        may_break={"overload.survives-a-full-log-device"},
        why_may="it looks up where it listens before it can say so, and the log may be full",
    ),
)
