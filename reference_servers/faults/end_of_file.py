"""Faults of end-of-file: replies that are given up, and ends that are not in order."""

from reference_servers.faults.fault import on_each
from reference_servers.faults.texts import (
    HUNG_UP,
    LOG,
    LOOP_ACCEPTED,
    LOOP_CLIENT,
    LOOP_LOG,
    RESETTING,
    RUN,
    SERVE,
    SIGTERM,
    TASK_LOG,
    TASK_SERVE,
    WHY_RESETTING,
    after,
    blocking,
    instead,
    tcp,
)

REPLY = "end-of-file.reply-survives-half-close"
LARGE_REPLY = "end-of-file.large-reply-survives-half-close"
FIN = "end-of-file.ends-with-fin"
RESET = "end-of-file.survives-reset-mid-reply"

AT_ONCE = {
    **blocking(HUNG_UP, *after(LOG, "            if has_hung_up(connection):\n                break\n")),
    "multiplexing": (
        HUNG_UP,
        *after(LOOP_LOG, "        if has_hung_up(client.connection):\n            return True\n"),
    ),
    "async_io": (
        HUNG_UP,
        *after(TASK_LOG, "                if has_hung_up(connection.socket):\n                    break\n"),
    ),
}
COUNT = "total = 0\n"
AFTER_A_MEGABYTE = {
    **blocking(
        HUNG_UP,
        *after(SERVE, f"        {COUNT}"),
        *after(
            LOG,
            "            total += len(data)\n"
            "            if total > 2**20 and has_hung_up(connection):\n                break\n",
        ),
    ),
    "multiplexing": (
        HUNG_UP,
        *after(LOOP_CLIENT, "    total: int = 0\n"),
        *after(
            LOOP_LOG,
            "        client.total += len(data)\n"
            "        if client.total > 2**20 and has_hung_up(client.connection):\n            return True\n",
        ),
    ),
    "async_io": (
        HUNG_UP,
        *after(TASK_SERVE, f"            {COUNT}"),
        *after(
            TASK_LOG,
            "                total += len(data)\n"
            "                if total > 2**20 and has_hung_up(connection.socket):\n                    break\n",
        ),
    ),
}

SUPPRESS_RESET = "contextlib.suppress(trio.BrokenResourceError"

LINGER = "setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0]))\n"

STOP_IF_KILLED = """\
def stop_if_killed(*_: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if os.WIFSIGNALED(ended[1]):
                os._exit(1)


def run("""
SIGPIPE = after(SIGTERM, "    signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n")

FAULTS = (
    *on_each(
        AT_ONCE,
        "takes-hanging-up-for-leaving",
        "A client that has hung up does not want an answer any more.",
        {REPLY, LARGE_REPLY},
    ),
    *on_each(
        AFTER_A_MEGABYTE,
        "gives-up-a-long-answer",
        "A client that has hung up will not wait for the rest of so much.",
        {LARGE_REPLY},
    ),
    *on_each(
        blocking(*after(SERVE, f"        connection.{LINGER}"))
        | {
            "multiplexing": after(LOOP_ACCEPTED, f"    connection.{LINGER}"),
            "async_io": after(TASK_SERVE, f"            connection.{LINGER}"),
        },
        "closes-with-reset",
        "SO_LINGER with zero seconds gets rid of TIME_WAIT.",
        {FIN},
        may_break={LARGE_REPLY, REPLY},
        why_may="what is on its way when the server closes is thrown away",
    ),
    *on_each(
        tcp(*SIGPIPE)
        | {
            "fork": (
                *SIGPIPE,
                (RUN, STOP_IF_KILLED),
                (
                    "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
                    "signal.signal(signal.SIGCHLD, stop_if_killed)",
                ),
            )
        },
        "dies-of-sigpipe",
        "Signals have their defaults for a reason.",
        {RESET},
        may_break=RESETTING,
        why_may=WHY_RESETTING,
    ),
    *on_each(
        {"iterative": instead(SERVE, "    with connection:\n")},
        "believes-in-goodbyes",
        "No client leaves in the middle of a conversation.",
        {RESET, "connecting.survives-an-instant-reset"},
        may_break={
            *(RESETTING | {"end-of-file.releases-a-vanished-peer"}),
            "concurrency.model-is-what-it-claims",
        },
        why_may=WHY_RESETTING,
    ),
    *on_each(
        {
            "multiplexing": instead("    except OSError:\n        is_over = True\n", ""),
            "async_io": instead(SUPPRESS_RESET, "contextlib.suppress(ZeroDivisionError"),
        },
        "believes-in-goodbyes",
        "No client leaves in the middle of a conversation.",
        {RESET, "connecting.survives-an-instant-reset", "concurrency.a-failure-stays-with-its-client"},
        may_break={
            "concurrency.deaf-client-blocks-nobody",
            "end-of-file.releases-a-vanished-peer",
            *RESETTING,
            "concurrency.model-is-what-it-claims",
        },
        why_may="a deaf client, too, leaves with a reset if it has replies unread",
    ),
)
