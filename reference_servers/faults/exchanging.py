"""Faults of exchanging."""

from reference_servers.faults.fault import Fault, on_each
from reference_servers.faults.texts import (
    ANSWER,
    LOG,
    LOOP,
    LOOP_ANSWER,
    LOOP_CLIENT,
    LOOP_LOG,
    LOOP_RECEIVED,
    LOOP_SENT,
    RECEIVE_SIZE,
    RUN,
    SEND,
    SERVE,
    SESSION_END,
    TASK_ANSWER,
    TASK_LOG,
    TASK_LOOP,
    TASK_SEND,
    TASK_SERVE,
    after,
    blocking,
    instead,
    tcp,
)

BYTES = ("exchanging.keeps-every-byte-value",)
SHORT = ("exchanging.accepts-one-byte-segments",)
LARGE = ("exchanging.carries-a-large-payload",)
LARGE_REPLY = "end-of-file.large-reply-survives-half-close"
TRUE = ("exchanging.delivers-only-true-bytes", "exchanging.loses-nothing-under-backpressure")
MANY = ("exchanging.lasts-many-exchanges",)
ACKNOWLEDGED = ("exchanging.acknowledges-every-byte",)

MUCH = (RECEIVE_SIZE, "RECEIVE_SIZE = 1024 * 1024\n")

SEND_AGAIN = """\
            connection.settimeout(0.1)
            while reply:
                with contextlib.suppress(TimeoutError):
                    for start in range(0, len(reply), 16384):
                        connection.sendall(reply[start : start + 16384])
                    reply = b""
            connection.settimeout(None)
"""

HELP = """\
            if len(data) < 64:
                helpers.append(threading.Timer(0.01 * (len(helpers) % 2), connection.sendall, [reply]))
                helpers[-1].start()
            else:
                connection.sendall(reply)
        for helper in helpers:
            helper.join()
"""
HELPERS = (*after(SERVE, "        helpers: list[threading.Timer] = []\n"), (SEND, HELP))
IMPORT_THREADING = after("import socket\n", "import threading\n")

HELP_IN_A_TASK = """\
                if len(data) < 64:
                    is_slow = not is_slow
                    helpers.start_soon(help_out, connection, reply, is_slow)
                    continue
                await connection.send_all(reply)
"""
HELPER_TASK = """\
async def help_out(connection: trio.SocketStream, reply: bytes, is_slow: bool) -> None:
    await trio.sleep(0.01 * is_slow)
    await connection.socket.send(reply)


def run("""

LATEST_FIRST = """\
            waiting = data.replace(b"><", b">|<").split(b"|") if b"><" in data else [data]
            reply = b""
            while waiting:
                reply += session.answer(waiting.pop())
"""

MEGABYTE = 2**20
IMPATIENT_LOOP = (
    *after(LOOP_CLIENT, "    left: int = {most}\n"),
    (
        LOOP_RECEIVED,
        "        client.left -= {cost}\n        if not data or client.left < 0:\n            return True\n",
    ),
)


def limited(most: int, cost: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """The edits by which each server ends a connection when `cost`, summed up, has reached `most`."""
    start = f"left = {most}\n"
    return blocking(
        *after(SERVE, f"        {start}"),
        (LOOP, "        while left > 0 and (data := connection.recv(RECEIVE_SIZE)):\n"),
        *after(LOG, f"            left -= {cost}\n"),
    ) | {
        "multiplexing": tuple((old, new.format(most=most, cost=cost)) for old, new in IMPATIENT_LOOP),
        "async_io": (
            *after(TASK_SERVE, f"            {start}"),
            (
                TASK_LOOP,
                "            while left > 0 and (data := await connection.receive_some(RECEIVE_SIZE)):\n",
            ),
            *after(TASK_LOG, f"                left -= {cost}\n"),
        ),
    }


FAULTS = (
    *on_each(
        blocking((LOG, "            log(data.decode().encode())\n"))
        | {
            "multiplexing": instead(LOOP_LOG, "        log(data.decode().encode())\n"),
            "async_io": instead(TASK_LOG, "                log(bytes(data).decode().encode())\n"),
        },
        "prints-decoded-text",
        "What clients send is text, so it is decoded before it is printed.",
        BYTES,
        services=("ack", "echo"),
    ),
    *on_each(
        blocking((ANSWER, ANSWER.replace("(data)", "(data.strip())")))
        | {
            "multiplexing": instead(LOOP_ANSWER, LOOP_ANSWER.replace("(data)", "(data.strip())")),
            "async_io": instead(TASK_ANSWER, TASK_ANSWER.replace("(bytes(data))", "(bytes(data).strip())")),
        },
        "strips-its-input",
        "The line end is not part of the message.",
        BYTES,
    ),
    *on_each(
        blocking((LOG, f"            if len(data) < 2:\n                continue\n{LOG}"))
        | {
            "multiplexing": instead(
                LOOP_LOG, f"        if len(data) < 2:\n            return False\n{LOOP_LOG}"
            ),
            "async_io": instead(
                TASK_LOG, f"                if len(data) < 2:\n                    continue\n{TASK_LOG}"
            ),
        },
        "takes-a-byte-for-noise",
        "What one receive brings is a message, and no message is as short as that.",
        SHORT,
    ),
    *on_each(
        limited(MEGABYTE, "len(data)"),
        "hangs-up-after-a-megabyte",
        "Nobody sends more than a megabyte, and a limit protects the server.",
        {*LARGE, LARGE_REPLY, "exchanging.loses-nothing-under-backpressure"},
        services=("ack", "echo"),
    ),
    *on_each(
        blocking(MUCH, (SEND, SEND_AGAIN)),
        "sends-again-after-a-timeout",
        "A message that could not be sent in time is sent again.",
        {*TRUE, LARGE_REPLY},
    ),
    *on_each(
        {
            "multiplexing": (
                MUCH,
                (LOOP_SENT, "    if sent == len(client.unsent):\n        client.unsent = b''\n"),
            )
        },
        "sends-again-after-a-short-send",
        "If not all could be sent, it is sent again.",
        {*TRUE, LARGE_REPLY},
        may_break=LARGE,
        why_may="whether a send is short depends on how fast the client reads",
    ),
    *on_each(
        {"multiplexing": (MUCH, (LOOP_SENT, '    client.unsent = b""\n'))},
        "ignores-short-sends",
        "What has been sent has been sent: nobody looks at what send() returns.",
        {*TRUE, LARGE_REPLY},
        may_break=LARGE,
        why_may="whether a send is short depends on how fast the client reads",
    ),
    *on_each(
        {
            "async_io": (
                MUCH,
                (TASK_SEND, f"                with trio.move_on_after(0.1):\n    {TASK_SEND}"),
            )
        },
        "drops-what-takes-too-long",
        "A client that does not read must not hold up the server.",
        {*TRUE, LARGE_REPLY},
    ),
    *on_each(
        {
            "iterative": (*HELPERS, *IMPORT_THREADING),
            "fork": (*HELPERS, *IMPORT_THREADING),
            "thread": HELPERS,
            "async_io": (
                (
                    "    async with connection:\n",
                    "    async with connection, trio.open_nursery() as helpers:\n        is_slow = True\n",
                ),
                (TASK_SEND, HELP_IN_A_TASK),
                (RUN, HELPER_TASK),
            ),
        },
        "answers-short-messages-elsewhere",
        "Short messages are answered by a helper, so that no long one holds them up.",
        MANY,
        may_break={
            *LARGE,
            "concurrency.signals-disturb-nobody",
            "end-of-file.survives-reset-mid-reply",
            "exchanging.keeps-order",
            "lifecycle.drain-is-bounded",
            "overload.holds-through-a-faulty-network",
            "processes.stderr-is-clean",
        },
        why_may="what a receive call brings is short or long by luck, and a helper may meet a reset",
    ),
    *on_each(
        blocking((ANSWER, LATEST_FIRST), (SEND, SEND + "            time.sleep(0.003 * (len(data) < 128))\n")),
        "pops-from-the-wrong-end",
        "What has come together is put on a list, and taken off it one by one.",
        {"exchanging.keeps-order", *MANY},
    ),
    *on_each(
        limited(1000, "len(data) < 64"),
        "hangs-up-after-a-thousand-requests",
        "A limit of requests for each connection keeps the server young.",
        MANY,
    ),
    *on_each(
        tcp(MUCH),
        "receives-much-at-once",
        "A larger buffer is faster.",
        {*ACKNOWLEDGED, LARGE_REPLY},
        services=("ack",),
        may_break={*LARGE, "exchanging.loses-nothing-under-backpressure"},
        why_may="how much one receive call brings depends on how fast the client sends",
    ),
    Fault(
        "acknowledges-the-end",
        "The client is told that its end-of-file has been received, too.",
        server="iterative",
        edits=((SESSION_END, SESSION_END + "        connection.sendall(session.answer(b''))\n"),),
        services=("ack",),
        breaks=frozenset(ACKNOWLEDGED),
    ),
)
