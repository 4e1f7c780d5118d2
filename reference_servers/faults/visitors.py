"""Faults of what a server expects of a newcomer: that it speaks at once, has an address, likes a greeting."""

from reference_servers.faults.fault import on_each
from reference_servers.faults.texts import (
    LOOP_ACCEPTED,
    LOOP_CLIENT,
    LOOP_RECEIVED,
    RESETTING,
    RUN,
    SERVE,
    TASK_LOOP,
    TASK_SERVE,
    WHY_RESETTING,
    after,
    blocking,
    instead,
)

START_THREAD = "        start_thread(connection,"

FIRST_BYTE = "        connection.recv(1, socket.MSG_PEEK)[0]\n"
END_WITH_A_THREAD = "threading.excepthook = lambda _: signal.raise_signal(signal.SIGTERM)\n\n\ndef run("

STOP_AT_SILENCE = """\
        if not connection.recv(1, socket.MSG_PEEK):
            os.kill(os.getppid(), signal.SIGTERM)
"""

FIRST_BYTE_IN_A_LOOP = (
    *after(LOOP_CLIENT, '    command: bytes = b""\n'),
    *instead(
        LOOP_RECEIVED,
        "        client.command = client.command or data[:1]\n        client.command[0]\n" + LOOP_RECEIVED,
    ),
)

FIRST_BYTE_IN_A_TASK = """\
            is_first = True
            while (data := await connection.receive_some(RECEIVE_SIZE)) or is_first:
                is_first = is_first and data[0] < 0
"""

PROMPT = """\
        connection.settimeout(0.15)
        try:
            connection.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            connection.sendall(b"still there?")
        connection.settimeout(None)
"""

SILENT = ("connecting.survives-a-silent-visitor", "end-of-file.notices-a-silent-end")
RESET = ("connecting.survives-an-instant-reset", "end-of-file.survives-reset-mid-reply")
SPEAKS = ("connecting.waits-for-the-client-to-speak",)

FAULTS = (
    *on_each(
        blocking(*after(SERVE, '        connection.sendall(b"welcome")\n'))
        | {
            "multiplexing": after(LOOP_ACCEPTED, '    connection.send(b"welcome")\n'),
            "async_io": after(TASK_SERVE, '            await connection.send_all(b"welcome")\n'),
        },
        "greets-its-clients",
        "Whoever comes is greeted: that is friendly.",
        SPEAKS,
    ),
    *on_each(
        {"thread": after(SERVE, PROMPT)},
        "asks-whether-anybody-is-there",
        "A client that says nothing has gone to sleep, and is woken.",
        SPEAKS,
        may_break={
            "connecting.takes-a-burst",
            "lifecycle.survives-stop-and-continue",
            "overload.slow-clients-stop-nobody",
        },
        why_may="a client says nothing there for a while, too",
    ),
    *on_each(
        {
            "iterative": after(SERVE, FIRST_BYTE),
            "thread": (*after(SERVE, FIRST_BYTE), (RUN, END_WITH_A_THREAD)),
            "multiplexing": FIRST_BYTE_IN_A_LOOP,
            "async_io": ((TASK_LOOP, FIRST_BYTE_IN_A_TASK),),
        },
        "expects-a-first-byte",
        "Who connects has something to say, so there is a first byte.",
        SILENT,
        may_break={"overload.holds-through-a-faulty-network"},
        why_may="a client says nothing there, too, and is what ends the server",
    ),
    *on_each(
        {"fork": after(SERVE, STOP_AT_SILENCE)},
        "stops-at-a-silent-visitor",
        "A connection without a request is an attack: it is safer to stop.",
        SILENT,
        may_break={"overload.holds-through-a-faulty-network"},
        why_may="a client says nothing there, too, and is what ends the server",
    ),
    *on_each(
        {
            "thread": ((START_THREAD, f"        connection.getpeername()\n{START_THREAD}"),),
            "iterative": instead(
                "        serve(connection,", "        connection.getpeername()\n        serve(connection,"
            ),
            "fork": instead(
                "        with connection:  #", "        connection.getpeername()\n        with connection:  #"
            ),
            "multiplexing": after(LOOP_ACCEPTED, "    connection.getpeername()\n"),
            "async_io": instead(
                "            nursery.start_soon(",
                "            connection.getpeername()\n            nursery.start_soon(",
            ),
        },
        "asks-for-the-peer",
        "Whoever has connected has an address, so getpeername() cannot fail.",
        {*RESET, "connecting.survives-aborted-connections"},
        may_break=RESETTING - {"connecting.survives-aborted-connections"},
        why_may=WHY_RESETTING,
    ),
)
