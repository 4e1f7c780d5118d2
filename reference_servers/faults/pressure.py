"""Faults that show when a client does not read, does not write, or marks a byte as urgent."""

from reference_servers.faults.fault import Fault, on_each
from reference_servers.faults.texts import (
    IDLE_TIMEOUT,
    KEEPALIVE,
    LOOP,
    LOOP_ACCEPTED,
    LOOP_ANSWER,
    RECEIVE_SIZE,
    SEND,
    SERVE,
    TASK_LOOP,
    TASK_SERVE,
    after,
    blocking,
    instead,
    tcp,
)

BOUNDS = "exchanging.bounds-memory-for-a-deaf-client"
SLEEPS = "end-of-file.sleeps-while-half-closed"
FREES = "end-of-file.frees-a-blocked-writer"
LOST = {"exchanging.loses-nothing-under-backpressure"}
INLINE = "setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)\n"
RECEIVE = """\
    data = None
    with __import__("contextlib").suppress(BlockingIOError):
        data = client.connection.recv(RECEIVE_SIZE)
    if data is not None:
"""
INSIST = """\
            while True:
                try:
                    connection.sendall(reply)
                    break
                except OSError:
                    time.sleep(0.1)
"""
IDLES = "exchanging.enforces-its-idle-timeout"
CAME = "        left, came = session.idle_timeout or 1e9, time.monotonic()\n"
COUNT_ON = "            connection.settimeout(max(0.01, left - (time.monotonic() - came)))\n"
TASK_CAME = "        deadline = trio.current_time() + (session.idle_timeout or math.inf)\n"
PUT_OFF = "    put_off_its_end(selector, later, client)\n"
WELCOME = """\
            has_spoken = False
            while data := await (receive(connection, session) if has_spoken else connection.receive_some()):
                has_spoken = True
"""
HURRY = """\
            data = b"first"
            while data:
                data = b""
                with trio.move_on_after(0.3):
                    data = await connection.receive_some(RECEIVE_SIZE)
                if not data:
                    break
"""

FAULTS = (
    *on_each(
        tcp(*instead(KEEPALIVE, "")),
        "leaves-keepalive-off",
        "Who leaves says so.",
        {"end-of-file.releases-a-vanished-peer"},
    ),
    *on_each(
        blocking(*instead(IDLE_TIMEOUT, ""))
        | {
            "multiplexing": instead(
                "client.end = later.enter(limit + client.delay, 0, let_go, (selector, client))", "pass"
            ),
            "async_io": instead("trio.move_on_after(session.idle_timeout or math.inf)", "trio.CancelScope()"),
        },
        "has-all-the-time-in-the-world",
        "A client will come back to us when it has something to say.",
        {IDLES},
        services=("brief",),
    ),
    *on_each(
        blocking(
            (IDLE_TIMEOUT, CAME + IDLE_TIMEOUT),
            (LOOP, LOOP + COUNT_ON),
        )
        | {
            "multiplexing": instead(f"{PUT_OFF}    event", "    event"),
            "async_io": (
                (TASK_LOOP, TASK_LOOP.replace("session)", "deadline)")),
                (TASK_SERVE, TASK_CAME + TASK_SERVE),
                ("session: Session) -> bytes |", "deadline: float) -> bytes |"),
                ("trio.move_on_after(session.idle_timeout or math.inf)", "trio.move_on_at(deadline)"),
            ),
        },
        "counts-from-the-beginning",
        "A visit takes so long at the most.",
        {IDLES},
        services=("brief",),
        may_break={"exchanging.lasts-many-exchanges", "overload.holds-through-a-faulty-network"},
        why_may="10,000 exchanges, or a long reply through a slow network, take longer than a visit may",
    ),
    *on_each(
        {
            "multiplexing": instead(
                "    selector.unregister(client.connection)\n    client.connection.close()",
                "    client.connection.close()",
            )
        },
        "watches-whom-it-has-closed",
        "The kernel takes a descriptor that is closed out of the set by itself: epoll(7) says so.",
        {IDLES},
        services=("brief",),
        may_break={
            "end-of-file.releases-a-vanished-peer",
            "end-of-file.sleeps-while-half-closed",
            "exchanging.tolerates-an-idle-client",
            "concurrency.light-client-is-not-starved",
            "concurrency.passes-descriptor-1023",
        },
        why_may="whoever is silent for a second for another reason is let go, too; who comes next, meets it",
    ),
    *on_each(
        blocking((IDLE_TIMEOUT, ""), *after(LOOP, f"    {IDLE_TIMEOUT}"))
        | {
            "multiplexing": instead(f"client)\n{PUT_OFF}", "client)\n"),
            "async_io": instead(TASK_LOOP, WELCOME),
        },
        "welcomes-whoever-comes",
        "Who has not said anything yet has only just come.",
        {IDLES},
        services=("brief",),
    ),
    Fault(
        "reads-on-whatever-is-unsent",
        "Whatever comes is read, and sent when the client is ready for it.",
        server="multiplexing",
        edits=(
            ("    if not client.unsent:\n        data = client.connection.recv(RECEIVE_SIZE)\n", RECEIVE),
            (RECEIVE_SIZE, "RECEIVE_SIZE = 1024 * 1024\n"),
            (LOOP_ANSWER, LOOP_ANSWER.replace(" = ", " += ")),
            ("selectors.EVENT_WRITE if client", "selectors.EVENT_WRITE | selectors.EVENT_READ if client"),
        ),
        breaks=frozenset({BOUNDS, "end-of-file.large-reply-survives-half-close"}),
        may_break=frozenset({SLEEPS}),
        why_may="whether the end is read before the rest is sent depends on how fast the client sends",
    ),
    Fault(
        "always-wants-to-read",
        "It is always of interest whether something can be read.",
        server="multiplexing",
        edits=(("selectors.EVENT_WRITE if client", "selectors.EVENT_WRITE | selectors.EVENT_READ if client"),),
        breaks=frozenset({SLEEPS}),
    ),
    *on_each(
        {"fork": instead(SEND, INSIST), "thread": instead(SEND, INSIST)},
        "insists-on-sending",
        "What is to be sent is sent, if not at once then later.",
        {FREES},
        may_break={"processes.descriptors-return-after-abnormal-ends"},
        why_may="a client may have reset before its reply is sent",
    ),
    Fault(
        "insists-on-sending",
        "What is to be sent is sent, if not at once then later.",
        server="iterative",
        edits=instead(SEND, INSIST),
        breaks=frozenset({FREES, "end-of-file.survives-reset-mid-reply"}),
        may_break=frozenset({BOUNDS, SLEEPS, *LOST}),
        why_may="the server is lost to all clients then",
    ),
    *on_each(
        blocking(*instead(IDLE_TIMEOUT, "        connection.settimeout(0.3)\n"))
        | {"async_io": instead(TASK_LOOP, HURRY)},
        "has-no-time-for-silence",
        "A client that says nothing has gone home.",
        {"exchanging.tolerates-an-idle-client"},
    ),
    *on_each(
        blocking(*after(SERVE, f"        connection.{INLINE}"))
        | {
            "multiplexing": after(LOOP_ACCEPTED, f"    connection.{INLINE}"),
            "async_io": after(TASK_SERVE, f"            connection.{INLINE}"),
        },
        "keeps-urgent-data-in-line",
        "No byte may get lost, not even an urgent one.",
        {"exchanging.ignores-urgent-data"},
    ),
)
