"""Faults that show when the system refuses something: a descriptor, an accept, a process, a thread."""

from reference_servers.faults.fault import on_each
from reference_servers.faults.texts import blocking, instead, tcp

SURVIVES = "overload.survives-descriptor-exhaustion"
RESIDENTS = "overload.serves-residents-during-exhaustion"
SPINS = "overload.does-not-spin-during-exhaustion"
RETRIES = "overload.retries-transient-accept-errors"
NO_PROCESS = "overload.survives-fork-refusal"
NO_THREAD = "overload.survives-thread-refusal"

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

FAULTS = (
    *on_each(
        blocking(*instead(f"{WAIT}            continue\n", WAIT)),
        "forgets-that-nobody-came",
        "When accept fails one waits a little, and all will be well.",
        {RETRIES},
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
)
