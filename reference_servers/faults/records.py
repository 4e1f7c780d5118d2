"""Faults of records and of sessions: requests have ends of their own, and the server ends the connection."""

from reference_servers.faults.fault import on_each
from reference_servers.faults.texts import (
    ANSWER,
    DELAY,
    HUNG_UP,
    LOOP,
    LOOP_ANSWER,
    LOOP_SEND,
    LOOP_SHUTDOWN,
    RECEIVE_SIZE,
    RUN,
    SESSION_END,
    TASK_ANSWER,
    TASK_DELAY,
    TASK_LOOP,
    TASK_SESSION_END,
    after,
    blocking,
    instead,
    tcp,
)

COALESCED = "exchanging.answers-coalesced-requests"
UNTERMINATED = "exchanging.ends-an-unterminated-record"
ENDLESS = "exchanging.bounds-an-endless-record"
LATE = "end-of-file.late-reply-survives-half-close"
REACHES = "end-of-file.close-reaches-the-client"
DELIVERS = "end-of-file.delivers-before-closing"
REUSED = "concurrency.reused-descriptor-is-clean"
THROUGH = "overload.holds-through-a-faulty-network"

HANG_UP_IN_A_LOOP = f"""\
    if client.session.delay and has_hung_up(client.connection):
        return True
{LOOP_SEND}"""
FIRST_LINE = "data[: data.find(b'\\n') + 1] or data"
MIDWAY = "getattr(session, '_begun', b'')"
REST = (RUN, "def rest() -> None:\n    time.sleep(0.01)\n\n\ndef run(")

SESSIONS = (
    RUN,
    """\
SESSIONS: dict[int, Session] = {}


def session_of(connection: object, service: Service) -> Session:
    session = SESSIONS.get(number := connection.fileno())
    if session is None or session.is_over:
        session = SESSIONS[number] = service()
    return session


def run(""",
)

FAULTS = (
    *on_each(
        blocking(
            HUNG_UP,
            *after(DELAY, "            if session.delay and has_hung_up(connection):\n                break\n"),
        )
        | {
            "multiplexing": (
                HUNG_UP,
                (
                    LOOP_SEND,
                    HANG_UP_IN_A_LOOP,
                ),
            ),
            "async_io": (
                HUNG_UP,
                *after(
                    TASK_DELAY,
                    "                if session.delay and has_hung_up(connection.socket):\n"
                    "                    break\n",
                ),
            ),
        },
        "looks-again-after-the-work",
        "If the client has hung up meanwhile, nobody waits for the result.",
        {LATE},
        services=("line",),
    ),
    *on_each(
        {
            "iterative": (
                SESSIONS,
                (
                    "        serve(connection, service(), log)\n",
                    "        serve(connection, session_of(connection, service), log)\n",
                ),
            ),
            "thread": (
                SESSIONS,
                (
                    "start_thread(connection, service(), log)",
                    "start_thread(connection, session_of(connection, service), log)",
                ),
            ),
            "multiplexing": (
                SESSIONS,
                ("Client(connection, service())", "Client(connection, session_of(connection, service))"),
            ),
            "async_io": (
                SESSIONS,
                (
                    "trio.SocketStream(connection), service(), log",
                    "trio.SocketStream(connection), session_of(connection, service), log",
                ),
            ),
        },
        "keeps-sessions-by-descriptor",
        "A table by descriptor says which session is whose.",
        {REUSED},
        services=("line",),
        may_break={UNTERMINATED, REACHES, THROUGH, "processes.descriptors-return-after-abnormal-ends"},
        why_may="the descriptor of half a request may be another client's, and another test's",
    ),
    *on_each(
        blocking((ANSWER, ANSWER.replace("(data)", f"({FIRST_LINE})")))
        | {
            "multiplexing": instead(LOOP_ANSWER, LOOP_ANSWER.replace("(data)", f"({FIRST_LINE})")),
            "async_io": instead(TASK_ANSWER, TASK_ANSWER.replace("(bytes(data))", f"(bytes({FIRST_LINE}))")),
        },
        "takes-the-first-line",
        "One send, one receive, one line.",
        {COALESCED, DELIVERS},
        services=("line",),
        may_break={THROUGH},
        why_may="what a receive call brings through a slow network is luck",
    ),
    *on_each(
        blocking(
            (LOOP, f"        while (data := connection.recv(RECEIVE_SIZE)) or {MIDWAY} and not rest():\n"),
            REST,
        )
        | {
            "async_io": instead(
                TASK_LOOP,
                "            while (data := await connection.receive_some(RECEIVE_SIZE)) or "
                f"{MIDWAY}:\n                await trio.sleep(0.01)\n",
            ),
        },
        "waits-for-the-line-end",
        "A line is read until its end.",
        {UNTERMINATED},
        services=("line",),
        may_break={
            REUSED,
            "concurrency.model-is-what-it-claims",
            "processes.descriptors-return-after-abnormal-ends",
        },
        why_may="an iterative server is lost to all clients then",
    ),
    *on_each(
        tcp(
            (RECEIVE_SIZE, "RECEIVE_SIZE = 1024 * 1024\n"),
            (RUN, "__import__('reference_servers.service').service.Line.LONGEST = 2**40\n\n\ndef run("),
        ),
        "keeps-whatever-comes",
        "A line is as long as who wrote it wanted it to be.",
        {ENDLESS},
        services=("line",),
    ),
    *on_each(
        {
            **blocking((SESSION_END, "                pass\n")),
            "multiplexing": instead(LOOP_SHUTDOWN, "        pass\n"),
            "async_io": instead(TASK_SESSION_END, "                    pass\n"),
        },
        "lets-the-client-hang-up",
        "Who says goodbye hangs up, too.",
        {REACHES, DELIVERS},
        services=("line",),
    ),
    *on_each(
        blocking((SESSION_END, "                break\n"))
        | {
            "multiplexing": instead(LOOP_SHUTDOWN, "        return True\n"),
            "async_io": instead(TASK_SESSION_END, "                    break\n"),
        },
        "closes-over-unread-input",
        "After the last word nobody listens any more.",
        {DELIVERS},
        services=("line",),
    ),
)
