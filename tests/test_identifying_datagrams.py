"""What a UDP server makes of a datagram is found out, though a part of the reply is never the same."""

import shlex
import sys

import pytest
from test_identifying import identity

SERVER = """
import socket, sys, time
server = socket.socket(type=socket.SOCK_DGRAM)
server.bind(("127.0.0.1", int(sys.argv[1])))
seen = {{}}
while True:
    data, client = server.recvfrom(1024)
    seen[client] = seen.get(client, 0) + 1
    reply = {reply}
    if reply:
        server.sendto(reply, client)
"""

RULES: dict[str, list[str]] = {
    "time.strftime('it is %H:%M:%S').encode()": ["{token}", r"it\ is\ [0-9]+:[0-9]+:[0-9]+"],
    "b'%d' % seen[client]": ["{token}", "[0-9]+"],
    "b'%d %s' % (seen[client], data)": ["{token}", r"[0-9]+\ {token}"],
    "b'%s, number %d' % (data, sum(seen.values()))": ["{token}", r"{token},\ number\ [0-9]+"],
    "b'%s from %s port %d' % (data, client[0].encode(), client[1])": [
        "{token}",
        r"{token}\ from\ [0-9]+\.[0-9]+\.[0-9]+\.[0-9]+\ port\ [0-9]+",
    ],
}
"""Replies, and the rule that is found in them."""


def command(reply: str) -> str:
    """Launch a server that makes such replies."""
    return f"{shlex.join([sys.executable, '-c', SERVER.format(reply=reply)])} {{port}}"


@pytest.mark.parametrize("reply", RULES)
def test_a_reply_is_told_by_all_but_the_numbers(reply: str) -> None:
    found, options = identity(command(reply), "udp")

    assert RULES[reply] == options.exchange, found.speech.evidence


def test_one_that_says_nothing_is_told_with_all_that_it_was_sent() -> None:
    found, options = identity(command("b''"), "udp")

    assert "raw" == options.dialect
    assert 3 == found.speech.evidence.count("← nothing"), found.speech.evidence
