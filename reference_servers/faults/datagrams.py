"""Faults of datagrams."""

from reference_servers.faults.fault import Fault

ANSWER = "        reply = session.answer(data)\n"
SEND = "        later.enter(session.delay, 0, send, (endpoint, reply, client))\n"

JOIN = """\
        endpoint.settimeout(0.05)
        with contextlib.suppress(TimeoutError):
            data += endpoint.recv(RECEIVE_SIZE)
        endpoint.settimeout(None)
        log(data)
"""

LAST_CLIENT = """\
        replies = [session.answer(data)]
        endpoint.settimeout(0.005)
        with contextlib.suppress(TimeoutError):
            while True:
                data, client = endpoint.recvfrom(RECEIVE_SIZE)
                replies.append(session.answer(data))
        endpoint.settimeout(None)
        for reply in replies:
            endpoint.sendto(reply, client)
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
        edits=((ANSWER, ANSWER.replace("(data)", "(data.strip())")),),
        breaks=frozenset({"datagrams.answers-exactly-once"}),
    ),
    Fault(
        "joins-datagrams",
        "What comes together belongs together.",
        server="datagram",
        edits=(("        log(data)\n", JOIN),),
        services=("ack", "echo"),
        breaks=frozenset({"datagrams.keeps-boundaries", "datagrams.answers-each-client"}),
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
    Fault(
        "receives-a-kilobyte",
        "A datagram that is longer will be received in two parts.",
        server="datagram",
        edits=(("RECEIVE_SIZE = 65535\n", "RECEIVE_SIZE = 1024\n"),),
        breaks=frozenset({"datagrams.never-truncates"}),
    ),
    Fault(
        "answers-the-last-client",
        "The client is whoever was heard of last.",
        server="datagram",
        edits=(("        log(data)\n", LAST_CLIENT), (SEND, "")),
        services=("ack", "echo"),
        breaks=frozenset({"datagrams.answers-each-client"}),
    ),
)
