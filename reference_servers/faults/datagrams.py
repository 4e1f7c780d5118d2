"""Faults of datagrams."""

from reference_servers.faults.fault import Fault

SEND = "        endpoint.sendto(answer(data), client)\n"

JOIN = """\
        endpoint.settimeout(0.05)
        with contextlib.suppress(TimeoutError):
            data += endpoint.recv(RECEIVE_SIZE)
        endpoint.settimeout(None)
        log(data)
"""

LEAVE_IF_EMPTY = """\
        if not data:
            raise SystemExit
        log(data)
"""

FAULTS = (
    Fault(
        "answers-twice",
        "UDP loses datagrams, so each answer is sent twice.",
        server="datagram",
        edits=((SEND, SEND + SEND),),
        services=("ack", "echo"),
        breaks=frozenset({"datagrams.answers-exactly-once", "datagrams.keeps-boundaries"}),
    ),
    Fault(
        "strips-its-datagrams",
        "The line end is not part of the message.",
        server="datagram",
        edits=((SEND, SEND.replace("(data)", "(data.strip())")),),
        breaks=frozenset({"datagrams.answers-exactly-once"}),
    ),
    Fault(
        "joins-datagrams",
        "What comes together belongs together.",
        server="datagram",
        edits=(("        log(data)\n", JOIN),),
        services=("ack", "echo"),
        breaks=frozenset({"datagrams.keeps-boundaries"}),
    ),
    Fault(
        "ends-at-an-empty-datagram",
        "Nothing received means that the other side has finished.",
        server="datagram",
        edits=(
            ("        log(data)\n", "        if not data:\n            raise SystemExit\n        log(data)\n"),
        ),
        services=("ack", "echo"),
        breaks=frozenset({"datagrams.survives-an-empty-datagram"}),
    ),
)
