"""Faults that show when clients meet: too few places, one buffer for all, and no patience with who waits."""

from reference_servers.faults.fault import Edits, on_each
from reference_servers.faults.texts import LOOP_ANSWER, RUN, SEND, SERVE, TASK_SEND, instead

LIGHT = "concurrency.light-client-is-not-starved"
MODEL = "concurrency.model-is-what-it-claims"
OWN = "concurrency.replies-reach-their-own-client"
QUEUED = "concurrency.queued-client-is-served-next"
SHARE = "concurrency.newcomers-and-residents-share"
SLOW = "overload.slow-clients-stop-nobody"
MEET = frozenset({"concurrency.clients-meet", "concurrency.many-clients-meet"})

BUFFER = (RUN, "BUFFER = bytearray(1024)\n\n\ndef run(")
SHARED_BUFFER = (RUN, "BUFFER = __import__('mmap').mmap(-1, 1024)\n\n\ndef run(")
ONE_BUFFER = """\
            BUFFER[: len(data)] = reply
            time.sleep(0.001 * (len(data) < 1024))
            connection.sendall(BUFFER[: len(data)])
"""
ONE_BUFFER_IN_A_LOOP = """\
        BUFFER[: len(data)] = client.session.answer(data)
        client.unsent = memoryview(BUFFER)[: len(data)]
        return False
"""
ONE_BUFFER_IN_A_TASK = """\
                BUFFER[: len(data)] = reply
                await trio.sleep(0.001 * (len(data) < 1024))
                await connection.send_all(BUFFER[: len(data)])
"""

IMPATIENT = """\
        waited = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 56)[52:56]  # tcpi_last_data_recv
        if int.from_bytes(waited, "little") > 120:
            connection.close()
            continue
        serve(connection, service(), log)
"""


def places(count: int) -> dict[str, Edits]:
    """The edits by which each server serves so many clients at once, and lets the others wait in silence."""
    taken = (SERVE, "    with PLACES, connection, contextlib.suppress(OSError):\n")
    return {
        "thread": ((RUN, f"PLACES = threading.Semaphore({count})\n\n\ndef run("), taken),
        "fork": ((RUN, f"PLACES = __import__('multiprocessing').Semaphore({count})\n\n\ndef run("), taken),
        "multiplexing": instead(
            "    try:\n        connection, _ =",
            f"    if len(selector.get_map()) > {count}:\n        return\n    try:\n        connection, _ =",
        ),
        "async_io": (
            (RUN, f"PLACES = trio.CapacityLimiter({count})\n\n\ndef run("),
            ("    async with connection:\n", "    async with PLACES, connection:\n"),
        ),
    }


FAULTS = (
    *on_each(
        places(4),
        "four-silent-places",
        "Four at a time are enough; whoever comes fifth can wait.",
        MEET,
        may_break={MODEL, SHARE, SLOW},
        why_may="it is the same as to have more clients than places",
    ),
    *on_each(
        places(64),
        "sixty-four-silent-places",
        "A table of 64 places is large.",
        {"concurrency.many-clients-meet"},
    ),
    *on_each(
        {
            "thread": (BUFFER, (SEND, ONE_BUFFER)),
            "fork": (SHARED_BUFFER, (SEND, ONE_BUFFER)),
            "multiplexing": (BUFFER, (LOOP_ANSWER, ONE_BUFFER_IN_A_LOOP)),
            "async_io": (BUFFER, (TASK_SEND, ONE_BUFFER_IN_A_TASK)),
        },
        "one-buffer-for-all",
        "A buffer is allocated once and reused: allocation is slow.",
        {OWN},
        may_break={
            *(LIGHT, SHARE, MODEL),
            "end-of-file.survives-reset-mid-reply",
            "overload.survives-descriptor-exhaustion",
            "overload.does-not-spin-during-exhaustion",
            "overload.slow-clients-stop-nobody",
            "overload.holds-through-a-faulty-network",
        },
        why_may="the server may be busy still with the client that is gone, or with another",
    ),
    *on_each(
        {"iterative": instead("        serve(connection, service(), log)\n", IMPATIENT)},
        "drops-who-has-waited",
        "Whoever has waited that long has lost patience, and gets no answer.",
        {QUEUED},
        may_break={
            OWN,
            "connecting.drains-the-accept-queue",
            "connecting.takes-a-burst",
            "lifecycle.survives-stop-and-continue",
        },
        why_may="several clients come at once there, and how long the last has to wait is the machine's affair",
    ),
)
