"""Faults by which one client holds up the others, or takes them with it."""

from reference_servers.faults.fault import on_each
from reference_servers.faults.texts import (
    LOOP,
    LOOP_END,
    LOOP_ERROR,
    LOOP_SEND,
    RESETTING,
    RUN,
    SEND,
    SERVE,
    TASK_LOG,
    TASK_SEND,
    TASK_SERVE,
    after,
    instead,
)

IDLE = "concurrency.idle-client-blocks-nobody"
HALF = "concurrency.half-a-request-blocks-nobody"
DEAF = "concurrency.deaf-client-blocks-nobody"
FAILURE = "concurrency.a-failure-stays-with-its-client"
DEPARTURE = "concurrency.one-departure-ends-one-client"
OWN = "concurrency.replies-reach-their-own-client"
MODEL = "concurrency.model-is-what-it-claims"
LIGHT = "concurrency.light-client-is-not-starved"
SHARE = "concurrency.newcomers-and-residents-share"
SLOW = "overload.slow-clients-stop-nobody"
MEET = frozenset({"concurrency.clients-meet", "concurrency.many-clients-meet"})

WAIT_FOR_CHILD = """\
    if child:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)
        return
"""

START_CHILD = "        with connection:  #"
START_THREAD = "        start_thread(connection,"
START_TASK = "            nursery.start_soon("
PEEK = """\
        with contextlib.suppress(OSError):
            connection.recv(1, socket.MSG_PEEK)
"""
PEEK_IN_A_TASK = """\
            with contextlib.suppress(OSError):
                await connection.recv(1, socket.MSG_PEEK)
"""

# one request after another

THREAD_LOCK = (RUN, "LOCK = threading.Lock()\n\n\ndef run(")
PROCESS_LOCK = (RUN, "LOCK = __import__('multiprocessing').Lock()\n\n\ndef run(")
TASK_LOCK = (RUN, "LOCK = trio.Lock()\n\n\ndef run(")

HEADER = """\
        while connection.recv(1, socket.MSG_PEEK):
            with LOCK:
                connection.recv(2, socket.MSG_PEEK | socket.MSG_WAITALL)
                data = connection.recv(RECEIVE_SIZE)
"""
LOOP_RECEIVE = "        data = client.connection.recv(RECEIVE_SIZE)\n"
HEADER_IN_A_LOOP = """\
        client.connection.setblocking(True)
        client.connection.recv(2, socket.MSG_PEEK | socket.MSG_WAITALL)
        client.connection.setblocking(False)
"""
HEADER_IN_A_TASK = """\
                async with LOCK:
                    while len(data) < 2 and (more := await connection.receive_some(RECEIVE_SIZE)):
                        data += more
"""

LOCKED_SEND = (SEND, f"            with LOCK:\n    {SEND}")
BLOCKING_SEND = """\
    client.connection.setblocking(True)
    client.connection.sendall(client.unsent)
    client.connection.setblocking(False)
    sent = len(client.unsent)
"""

# one for all

FAIL_TOGETHER = """\
CLIENTS: set[socket.socket] = set()


@contextlib.contextmanager
def failing_together(connection):
    CLIENTS.add(connection)
    try:
        yield
    except (OSError, ERROR):
        for other in CLIENTS:
            with contextlib.suppress(OSError):
                other.shutdown(socket.SHUT_RDWR)
    finally:
        CLIENTS.discard(connection)


def run("""
FAIL_TOGETHER_IN_CHILDREN = """\
@contextlib.contextmanager
def failing_together():
    try:
        yield
    except OSError:
        os.killpg(0, signal.SIGUSR2)


def run("""
IGNORE_CHILDREN = "    signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
START_AFRESH = """\
        for key in list(selector.get_map().values()):
            if key.data and key.data is not client:
                selector.unregister(key.fileobj)
                key.data.connection.close()
"""

COMPACT = """\
CLIENTS: list[socket.socket] = []


@contextlib.contextmanager
def listed(connection):
    CLIENTS.append(connection)
    yield
    CLIENTS.remove(connection)
    if len(CLIENTS) > 8:
        with contextlib.suppress(OSError):
            CLIENTS[-1].shutdown(socket.SHUT_RDWR)


def run("""
COMPACT_THE_LOOP = """\
        others = [key.data.connection for key in selector.get_map().values() if key.data]
        if len(others) > 8:
            with __import__("contextlib").suppress(OSError):
                others[-1].shutdown(socket.SHUT_RDWR)
"""
END_A_SIBLING = """\
        siblings = open(f"/proc/{os.getppid()}/task/{os.getppid()}/children").read().split()
        if len(siblings) > 8:
            os.kill(int(siblings[-1]), signal.SIGKILL)
        os._exit(0)"""

FAULTS = (
    *on_each(
        {"fork": instead("    if child:\n        return\n", WAIT_FOR_CHILD)},
        "waits-for-its-child",
        "Who starts a child must wait for it, or it becomes a zombie.",
        {*MEET, IDLE, HALF, DEAF, MODEL, LIGHT, SHARE, SLOW},
        may_break={"lifecycle.leaves-no-session-behind"},
        why_may="who waits for its child may be killed with a client in the queue",
    ),
    *on_each(
        {
            "fork": instead(START_CHILD, PEEK + START_CHILD),
            "thread": instead(START_THREAD, PEEK + START_THREAD),
            "multiplexing": instead(
                "    connection.setblocking(False)\n",
                "    with __import__('contextlib').suppress(OSError):\n"
                "        connection.recv(1, socket.MSG_PEEK)\n    connection.setblocking(False)\n",
            ),
            "async_io": instead(START_TASK, PEEK_IN_A_TASK + START_TASK),
        },
        "looks-at-the-first-byte-itself",
        "The first byte tells how a client is to be served, so it is awaited before anything else.",
        {IDLE},
    ),
    *on_each(
        {
            "thread": (THREAD_LOCK, (LOOP, HEADER)),
            "fork": (PROCESS_LOCK, (LOOP, HEADER)),
            "multiplexing": instead(LOOP_RECEIVE, HEADER_IN_A_LOOP + LOOP_RECEIVE),
            "async_io": (TASK_LOCK, (TASK_LOG, HEADER_IN_A_TASK + TASK_LOG)),
        },
        "waits-for-the-whole-header",
        "A header has two bytes, and where the first is, the second will be there in a moment.",
        {HALF, "exchanging.accepts-one-byte-segments", SLOW},
        may_break={MODEL},
        why_may="who tries to find out the model sends the beginning of a request, and that of several",
    ),
    *on_each(
        {
            "thread": (THREAD_LOCK, LOCKED_SEND),
            "fork": (PROCESS_LOCK, LOCKED_SEND),
            "multiplexing": instead(LOOP_SEND, BLOCKING_SEND),
            "async_io": (TASK_LOCK, (TASK_SEND, f"                async with LOCK:\n    {TASK_SEND}")),
        },
        "sends-to-one-at-a-time",
        "Sending takes no time, so nobody minds waiting until it is done.",
        {DEAF},
    ),
    *on_each(
        {
            "thread": (
                (RUN, FAIL_TOGETHER.replace("ERROR", "OSError")),
                (SERVE, "    with connection, failing_together(connection):\n"),
            ),
            "fork": (
                (RUN, FAIL_TOGETHER_IN_CHILDREN),
                (SERVE, "    with connection, failing_together():\n"),
                (IGNORE_CHILDREN, f"    signal.signal(signal.SIGUSR2, signal.SIG_IGN)\n{IGNORE_CHILDREN}"),
                (
                    "        listener.close()  #",
                    "        signal.signal(signal.SIGUSR2, signal.SIG_DFL)\n        listener.close()  #",
                ),
            ),
            "multiplexing": after(LOOP_ERROR, START_AFRESH),
            "async_io": (
                (RUN, FAIL_TOGETHER.replace("ERROR", "trio.BrokenResourceError")),
                (TASK_SERVE, "        with failing_together(connection.socket):\n"),
            ),
        },
        "starts-afresh-after-a-failure",
        "After an error nothing is certain any more, so it is best to start afresh.",
        {FAILURE},
        may_break={
            "connecting.survives-an-instant-reset",
            "end-of-file.survives-reset-mid-reply",
            DEAF,
            "overload.holds-through-a-faulty-network",
            *RESETTING,
        },
        why_may="the next client may be there already when the server meets the error of the last",
    ),
    *on_each(
        {
            "thread": (
                (RUN, COMPACT),
                (SERVE, SERVE.replace("connection,", "connection, listed(connection),")),
            ),
            "fork": instead("        os._exit(0)", END_A_SIBLING),
            "multiplexing": after(LOOP_END, COMPACT_THE_LOOP),
            "async_io": (
                (RUN, COMPACT),
                (
                    "    async with connection:\n",
                    "    async with connection:\n      with listed(connection.socket):\n",
                ),
            ),
        },
        "ends-its-neighbour",
        "When one leaves, the last in the table takes its place, and its old place is cleared.",
        {DEPARTURE},
        may_break={OWN, *MEET, "connecting.takes-a-burst", "overload.slow-clients-stop-nobody"},
        why_may="clients of the test before may be leaving still",
    ),
)
