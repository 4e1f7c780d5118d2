"""Faults of connecting."""

from reference_servers.faults.fault import on_each
from reference_servers.faults.texts import (
    BIND,
    LOOP_ACCEPTED,
    LOOP_CLIENT,
    LOOP_END,
    LOOP_RECEIVED,
    RUN,
    SERVE,
    SESSION_END,
    TASK_LOOP,
    TASK_SERVE,
    TASK_SESSION_END,
    after,
    blocking,
    instead,
    tcp,
)

ACCEPT = "connection, _ = listener.accept()"
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
    ),
    *on_each(
        {"fork": after(SERVE, STOP_AT_SILENCE)},
        "stops-at-a-silent-visitor",
        "A connection without a request is an attack: it is safer to stop.",
        SILENT,
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
        RESET,
    ),
    *on_each(
        tcp(*instead(BIND, '    listener.bind(("", port))\n')),
        "binds-every-interface",
        "The empty host means this machine.",
        {"connecting.answers-only-the-announced-interface"},
    ),
)
