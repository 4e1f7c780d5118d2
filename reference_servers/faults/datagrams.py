"""Faults of datagrams."""

from reference_servers.faults.fault import Fault

ANSWER = "        reply = session.answer(data)\n"
SEND = "        later.enter(session.delay, 0, send, (endpoint, reply, info, client))\n"

SIGINT = "    signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
KEYBOARD_INTERRUPT = "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"

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
                data, info, _, client = endpoint.recvmsg(RECEIVE_SIZE, PACKET_INFO_SIZE)
                replies.append(session.answer(data))
        endpoint.settimeout(None)
        for reply in replies:
            endpoint.sendmsg([reply], info, 0, client)
"""

WORK_FIRST = """\
        __import__("time").sleep(session.delay)
        send(endpoint, reply, info, client)
"""

GO_HOME = """\
        try:
            data, info, _, client = endpoint.recvmsg(RECEIVE_SIZE, PACKET_INFO_SIZE)
        except TimeoutError:
            raise SystemExit from None
"""

GUARDED = "    with contextlib.suppress(OSError):\n        data, info"
GUARDED_SEND = "    with contextlib.suppress(OSError):\n        endpoint.sendmsg"
TELL_ERRORS = "    endpoint.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR\n"
REUSE = "    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"

KEEP_A_THREAD = """\
        import threading

        threading.Thread(target=threading.Event().wait, daemon=True).start()
"""

FAULTS = (
    Fault(
        "serves-connections-itself",
        "A connection is served where it is accepted, as datagrams are.",
        server="tcp_and_udp",
        edits=(
            ("    start_thread(connection, service(), log)\n", "    serve(connection, service(), log)\n"),
            (
                "import STOPPING, listen, start_thread, stop_on_signal",
                "import STOPPING, listen, serve, stop_on_signal",
            ),
        ),
        breaks=frozenset({"datagrams.tcp-and-udp-do-not-block-each-other"}),
    ),
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
        breaks=frozenset({"datagrams.survives-an-empty-datagram", "datagrams.answers-an-empty-datagram"}),
    ),
    Fault(
        "receives-a-kilobyte",
        "A datagram that is longer will be received in two parts.",
        server="datagram",
        edits=(("RECEIVE_SIZE = 65535\n", "RECEIVE_SIZE = 1024\n"),),
        breaks=frozenset({"datagrams.never-truncates", "datagrams.carries-the-largest-datagram"}),
    ),
    Fault(
        "answers-the-last-client",
        "The client is whoever was heard of last.",
        server="datagram",
        edits=(("        log(data)\n", LAST_CLIENT), (SEND, "")),
        services=("ack", "echo"),
        breaks=frozenset({"datagrams.answers-each-client"}),
        may_break=frozenset({"datagrams.survives-a-vanished-client", "datagrams.survives-garbage"}),
        why_may="who comes after many may be sent their replies",
    ),
    Fault(
        "ignores-empty-datagrams",
        "Where nothing is asked, nothing is answered.",
        server="datagram",
        edits=((ANSWER, f"        if not data:\n            return\n{ANSWER}"),),
        services=("ack", "echo"),
        breaks=frozenset({"datagrams.answers-an-empty-datagram"}),
    ),
    Fault(
        "receives-a-page",
        "A page of memory holds any datagram.",
        server="datagram",
        edits=(("RECEIVE_SIZE = 65535\n", "RECEIVE_SIZE = 4096\n"),),
        breaks=frozenset({"datagrams.carries-the-largest-datagram"}),
    ),
    Fault(
        "forgets-where-it-was-asked",
        "The system knows from which address a datagram leaves.",
        server="datagram",
        edits=(("sendmsg([reply], info, 0, client)", "sendto(reply, client)"),),
        services=("ack", "echo", "line"),
        breaks=frozenset({"datagrams.replies-from-the-asked-address"}),
    ),
    Fault(
        "knows-one-internet",
        "Whoever comes by way of IPv6 has an address of IPv6.",
        server="datagram",
        edits=(("IPV6, socket.IPV6_RECVPKTINFO, 1)", "IPV6, socket.IPV6_RECVPKTINFO, 0)"),),
        services=("ack", "echo", "line"),
        breaks=frozenset({"datagrams.replies-from-the-asked-address"}),
    ),
    Fault(
        "does-nothing-about-ctrl-c",
        "What happens at Ctrl-C, Python knows best.",
        server="datagram",
        edits=((SIGINT, KEYBOARD_INTERRUPT),),
        breaks=frozenset({"lifecycle.stops-without-a-traceback"}),
    ),
    Fault(
        "works-before-it-listens-again",
        "One request at a time is what iterative means.",
        server="datagram",
        edits=((SEND, WORK_FIRST),),
        services=("line",),
        breaks=frozenset({"datagrams.slow-request-delays-nobody"}),
    ),
    Fault(
        "goes-home-when-nothing-comes",
        "If nothing comes for a while there is nothing more to do.",
        server="datagram",
        edits=(
            ("later.run(blocking=False))", "later.run(blocking=False) or 0.5)"),
            ("        data, info, _, client = endpoint.recvmsg(RECEIVE_SIZE, PACKET_INFO_SIZE)\n", GO_HOME),
        ),
        services=("ack", "echo"),
        breaks=frozenset({"datagrams.survives-an-idle-spell"}),
    ),
    Fault(
        "wants-to-know-of-errors",
        "Errors that nobody hears of cannot be mended.",
        server="datagram",
        edits=(
            ("    endpoint.bind(address)\n", f"{TELL_ERRORS}    endpoint.bind(address)\n"),
            (GUARDED, GUARDED.replace("OSError", "ZeroDivisionError")),
            (GUARDED_SEND, GUARDED_SEND.replace("OSError", "ZeroDivisionError")),
        ),
        services=("ack", "echo"),
        breaks=frozenset({"datagrams.survives-a-vanished-client"}),
    ),
    Fault(
        "unpacks-a-header",
        "A message begins with two bytes that say how long it is.",
        server="datagram",
        edits=((ANSWER, f"        __import__('struct').unpack('!H', data[:2] or b'  ')\n{ANSWER}"),),
        services=("ack",),
        breaks=frozenset({"datagrams.survives-garbage"}),
    ),
    Fault(
        "keeps-a-thread-for-each",
        "A thread for each client waits for what it will say next.",
        server="datagram",
        edits=((ANSWER, KEEP_A_THREAD + ANSWER),),
        services=("ack", "echo"),
        breaks=frozenset({"datagrams.holds-no-residue"}),
    ),
    Fault(
        "reuses-the-address",
        "A server sets SO_REUSEADDR, as every textbook says.",
        server="datagram",
        edits=(("    endpoint.bind(address)\n", f"{REUSE}    endpoint.bind(address)\n"),),
        services=("ack", "echo"),
        breaks=frozenset({"datagrams.refuses-a-second-instance"}),
    ),
)
