"""Faults of end-of-file."""

from reference_servers.faults.fault import Fault

SEND = "            connection.sendall(answer(data))\n"

LEAVE_IF_HUNG_UP = """\
            poll = __import__("select").poll()
            poll.register(connection, __import__("select").POLLRDHUP)
            if poll.poll(0):
                break
"""

WAIT_FOR_MORE = """\
            data = connection.recv(RECEIVE_SIZE)
            if not data:
                time.sleep(0.05)
                continue
            log(data)
"""

LINGER_ZERO = """\
    connection.setblocking(False)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0]))
"""

FAULTS = (
    Fault(
        "takes-hanging-up-for-leaving",
        "A client that has hung up does not want an answer any more.",
        server="thread",
        edits=((SEND, LEAVE_IF_HUNG_UP + SEND),),
        breaks=frozenset({"end-of-file.reply-survives-half-close"}),
    ),
    Fault(
        "ignores-end-of-file",
        "An empty receive means that there is nothing yet: try again in a moment.",
        server="thread",
        edits=(
            ("        while data := connection.recv(RECEIVE_SIZE):\n", "        while True:\n"),
            ("            log(data)\n", WAIT_FOR_MORE),
        ),
        breaks=frozenset({"end-of-file.closes-after-the-client", "processes.descriptors-return-to-baseline"}),
    ),
    Fault(
        "closes-with-reset",
        "SO_LINGER with zero seconds gets rid of TIME_WAIT.",
        server="multiplexing",
        edits=(("    connection.setblocking(False)\n", LINGER_ZERO),),
        breaks=frozenset({"end-of-file.ends-with-fin"}),
    ),
)
