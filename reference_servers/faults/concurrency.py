"""Faults of concurrency."""

from reference_servers.faults.fault import Fault

WAIT_FOR_CHILD = """\
    if child:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)
        return
"""

BUFFER = "BUFFER = bytearray(1024)\n"

ONE_BUFFER = """\
            BUFFER[: len(data)] = answer(data)
            time.sleep(0.001)
            connection.sendall(BUFFER[: len(data)])
"""

IMPATIENT = """\
        waited = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 56)[52:56]  # tcpi_last_data_recv
        if int.from_bytes(waited, "little") > 120:
            connection.close()
            continue
        serve(connection, answer, log)
"""

SEND = "            connection.sendall(answer(data))\n"


def _places(count: int) -> tuple[tuple[str, str], ...]:
    """Edits that let the thread server serve so many clients at once; the others wait in silence."""
    serve = "def serve(connection: socket.socket, answer: Answer, log: Callable[[bytes], None]) -> None:\n"
    return (
        (serve, f"PLACES = threading.Semaphore({count})\n\n\n{serve}"),
        ("    with connection, contextlib.suppress(OSError):\n",
         "    with PLACES, connection, contextlib.suppress(OSError):\n"),
    )  # fmt: skip


MEET = frozenset({"concurrency.clients-meet", "concurrency.many-clients-meet"})

FAULTS = (
    Fault(
        "waits-for-its-child",
        "Who starts a child must wait for it, or it becomes a zombie.",
        server="fork",
        edits=(("    if child:\n        return\n", WAIT_FOR_CHILD),),
        breaks=MEET | {"concurrency.idle-client-blocks-nobody"},
    ),
    Fault(
        "four-silent-places",
        "Four threads are enough; whoever comes fifth can wait.",
        server="thread",
        edits=_places(4),
        breaks=MEET,
    ),
    Fault(
        "sixty-four-silent-places",
        "A table of 64 places is large.",
        server="thread",
        edits=_places(64),
        breaks=frozenset({"concurrency.many-clients-meet"}),
    ),
    Fault(
        "one-buffer-for-all",
        "A buffer is allocated once and reused: allocation is slow.",
        server="thread",
        edits=(
            ("RECEIVE_SIZE = 1024\n", "RECEIVE_SIZE = 1024\nBUFFER = bytearray(1024)\n"),
            (SEND, ONE_BUFFER),
        ),
        breaks=frozenset({"concurrency.replies-reach-their-own-client"}),
    ),
    Fault(
        "drops-who-has-waited",
        "Whoever has waited that long has lost patience, and gets no answer.",
        server="iterative",
        edits=(("        serve(connection, answer, log)\n", IMPATIENT),),
        breaks=frozenset({"concurrency.queued-client-is-served-next"}),
        may_break=frozenset({"concurrency.replies-reach-their-own-client"}),
        why_may="five clients talk at once there, and how long the last has to wait is the machine's affair",
    ),
)
