"""Faults of exchanging."""

from reference_servers.faults.fault import Fault

SEND = "            connection.sendall(answer(data))\n"

FAULTS = (
    Fault(
        "prints-decoded-text",
        "What clients send is text, so it is decoded before it is printed.",
        server="thread",
        edits=(("            log(data)\n", "            log(data.decode().encode())\n"),),
        services=("ack", "echo"),
        breaks=frozenset({"exchanging.keeps-every-byte-value"}),
    ),
    Fault(
        "strips-its-input",
        "The line end is not part of the message.",
        server="async_io",
        edits=(("send_all(answer(bytes(data)))", "send_all(answer(bytes(data).strip()))"),),
        breaks=frozenset({"exchanging.keeps-every-byte-value"}),
    ),
    Fault(
        "hangs-up-after-a-megabyte",
        "Nobody sends more than a megabyte, and a limit protects the server.",
        server="fork",
        edits=(
            ("        while data :=", "        total = 0\n        while total < 2**20 and (data :="),
            ("recv(RECEIVE_SIZE):", "recv(RECEIVE_SIZE)):"),
            (SEND, SEND + "            total += len(data)\n"),
        ),
        services=("ack", "echo"),
        breaks=frozenset({"exchanging.carries-a-large-payload"}),
    ),
    Fault(
        "receives-much-at-once",
        "A larger buffer is faster.",
        server="thread",
        edits=(("RECEIVE_SIZE = 1024", "RECEIVE_SIZE = 1024 * 1024"),),
        services=("ack",),
        breaks=frozenset({"exchanging.acknowledges-every-byte"}),
        may_break=frozenset({"exchanging.carries-a-large-payload"}),
        why_may="how much one receive call brings depends on how fast the client sends",
    ),
    Fault(
        "acknowledges-the-end",
        "The client is told that its end-of-file has been received, too.",
        server="iterative",
        edits=((SEND, SEND + "        connection.sendall(answer(b''))\n"),),
        services=("ack",),
        breaks=frozenset({"exchanging.acknowledges-every-byte"}),
    ),
)
