"""Faults by which a server holds on to a client that has left."""

from reference_servers.faults.fault import Edits, on_each
from reference_servers.faults.texts import (
    LOG,
    LOOP,
    LOOP_CLIENT,
    LOOP_LOG,
    LOOP_RECEIVED,
    RUN,
    SERVE,
    TASK_LOG,
    TASK_LOOP,
    TASK_SERVE,
    after,
    instead,
)

CLOSES = "end-of-file.closes-after-the-client"
CLOSE_WAIT = "end-of-file.leaves-no-close-wait"
SILENT = "end-of-file.notices-a-silent-end"
DESCRIPTORS = "processes.descriptors-return-to-baseline"
THREADS = "processes.threads-return-to-baseline"

RECEIVE_AGAIN = """\
            data = connection.recv(RECEIVE_SIZE)
            if not data:
                time.sleep(0.05)
                continue
"""
WAIT_FOR_MORE: Edits = ((LOOP, "        while True:\n"), (LOG, RECEIVE_AGAIN + LOG))
RECEIVE_AGAIN_IN_A_TASK = """\
                data = await connection.receive_some(RECEIVE_SIZE)
                if not data:
                    await trio.sleep(0.05)
                    continue
"""
WAIT_FOR_MORE_IN_A_TASK: Edits = (
    (TASK_LOOP, "            while True:\n"),
    (TASK_LOG, RECEIVE_AGAIN_IN_A_TASK + TASK_LOG),
)

EXHAUSTION = {
    "overload.does-not-spin-during-exhaustion",
    "overload.serves-residents-during-exhaustion",
    "overload.survives-descriptor-exhaustion",
}
KEPT = (RUN, "KEPT: list[object] = []\n\n\ndef run(")
KEEP: Edits = (
    KEPT,
    *after(SERVE, "        is_new = True\n"),
    *after(
        LOG,
        "            if is_new:\n                KEPT.append(connection.dup())\n            is_new = False\n",
    ),
)
KEEP_IN_A_LOOP: Edits = (
    KEPT,
    *after(LOOP_CLIENT, "    kept: socket.socket | None = None\n"),
    *after(
        LOOP_LOG, "        client.kept = client.kept or client.connection.dup()\n        KEPT.append(client)\n"
    ),
)
KEEP_IN_A_TASK: Edits = (
    KEPT,
    *after(TASK_SERVE, "            is_new = True\n"),
    *after(
        TASK_LOG,
        "                if is_new:\n                    KEPT.append(connection.socket.dup())\n"
        "                is_new = False\n",
    ),
)

FIRST_WORD = """\
        while not connection.recv(1, socket.MSG_PEEK):
            time.sleep(0.05)
"""
FIRST_WORD_IN_A_TASK = """\
            while not await connection.socket.recv(1, socket.MSG_PEEK):
                await trio.sleep(0.05)
"""
SUPPRESS_RESET = "contextlib.suppress(trio.BrokenResourceError"

NOTHING_YET = "An empty receive means that there is nothing yet: try again in a moment."
HELD_ON_TO = {
    "concurrency.mass-departure-releases-all",
    "end-of-file.sleeps-while-half-closed",
    "lifecycle.drain-is-bounded",
    "lifecycle.stops-on-request",
    "processes.descriptors-return-after-abnormal-ends",
}
WHY_HELD_ON_TO = "whoever has left is still held: which looks notice it depends on the model"

FAULTS = (
    *on_each(
        {"async_io": WAIT_FOR_MORE_IN_A_TASK}
        | {"multiplexing": instead(LOOP_RECEIVED, "        if not data:\n            return False\n")},
        "ignores-end-of-file",
        NOTHING_YET,
        {CLOSES, CLOSE_WAIT, SILENT, DESCRIPTORS},
        may_break=HELD_ON_TO,
        why_may=WHY_HELD_ON_TO,
    ),
    *on_each(
        {"thread": WAIT_FOR_MORE},
        "ignores-end-of-file",
        NOTHING_YET,
        {CLOSES, CLOSE_WAIT, SILENT, DESCRIPTORS, THREADS},
        may_break=HELD_ON_TO,
        why_may=WHY_HELD_ON_TO,
    ),
    *on_each(
        {"fork": WAIT_FOR_MORE},
        "ignores-end-of-file",
        NOTHING_YET,
        {CLOSES, CLOSE_WAIT, SILENT, DESCRIPTORS, THREADS},
        may_break=HELD_ON_TO | {"lifecycle.leaves-no-process-behind"},
        why_may=f"{WHY_HELD_ON_TO}; its child outlives the server by two seconds",
    ),
    *on_each(
        {
            "iterative": KEEP,
            "thread": KEEP,
            "multiplexing": KEEP_IN_A_LOOP,
            "async_io": KEEP_IN_A_TASK,
        },
        "keeps-its-clients",
        "The connections are kept in a table, for the statistics.",
        {CLOSES, CLOSE_WAIT, DESCRIPTORS},
        may_break={
            *(EXHAUSTION),
            "end-of-file.frees-a-blocked-writer",
            "processes.descriptors-return-after-abnormal-ends",
        },
        why_may="a copy needs a descriptor, and where none is left it cannot be made",
    ),
    *on_each(
        {
            "fork": (
                KEPT,
                *after(
                    "            start_child(listener, connection, service(), log)\n",
                    "            KEPT.append(connection.dup())\n",
                ),
            )
        },
        "keeps-its-copy",
        "The child closes the connection, so the parent need not.",
        {CLOSES, CLOSE_WAIT, SILENT, DESCRIPTORS},
        may_break={
            *(EXHAUSTION | {"overload.survives-fork-refusal"}),
            "concurrency.mass-departure-releases-all",
            "end-of-file.frees-a-blocked-writer",
            "processes.descriptors-return-after-abnormal-ends",
        },
        why_may="a copy needs a descriptor, and one that it has made is never closed",
    ),
    *on_each(
        {
            "fork": after(SERVE, FIRST_WORD),
            "thread": after(SERVE, FIRST_WORD),
            "async_io": (
                *after(TASK_SERVE, FIRST_WORD_IN_A_TASK),
                (SUPPRESS_RESET, f"{SUPPRESS_RESET}, OSError"),
            ),
            "multiplexing": (
                *after(LOOP_CLIENT, "    has_spoken: bool = False\n"),
                *instead(
                    LOOP_RECEIVED,
                    "        client.has_spoken |= bool(data)\n"
                    "        if not data:\n            return client.has_spoken\n",
                ),
            ),
        },
        "waits-for-the-first-word",
        "A client that has not said anything yet is going to.",
        {SILENT},
    ),
    *on_each(
        {"iterative": after(SERVE, FIRST_WORD)},
        "waits-for-the-first-word",
        "A client that has not said anything yet is going to.",
        {SILENT, "connecting.survives-a-silent-visitor"},
    ),
)
