"""Before the rest two clients are served; of a UDP server whose protocol nobody knows: somebody is there."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from client_kit import RAW, Dialect, Exchange
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.preliminary import look_for_obstacle
from spec_tests.harness.server import Server

UDP = """
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", int(sys.argv[1])))
while True:
    data, client = server.recvfrom(65535)
    {then}
"""
ANSWERS_ITS_OWN = 'server.sendto(b"welcome", client) if data.startswith(b"join ") else None'
ANSWERS_ANYTHING = 'server.sendto(b"what?", client)'
DIES = 'sys.exit("that is no request")'


@contextmanager
def unknown(then: str, dialect: Dialect = RAW, quiet_period: float = 0.2) -> Iterator[Server]:
    """A UDP server that does so with each datagram, and of which nobody may have said what it speaks."""
    command = shlex.join([sys.executable, "-c", UDP.format(then=then), "{port}"])
    server = Server(Description("game", "udp", dialect, launch=command), Limits(quiet_period=quiet_period))
    try:
        yield server
    finally:
        server.close()


@pytest.mark.parametrize("then", ["pass", ANSWERS_ITS_OWN, ANSWERS_ANYTHING])
def test_that_no_answer_is_known_is_not_held_against_a_udp_server(then: str) -> None:
    with unknown(then) as server:
        assert look_for_obstacle(server) is None


def test_a_udp_server_that_dies_of_the_first_datagram_does_not_serve_the_second_client() -> None:
    with unknown(DIES, quiet_period=2.0) as server:  # in which an interpreter has ended, on a busy machine too
        obstacle = look_for_obstacle(server)

    assert obstacle
    assert obstacle.culprit == "datagrams.answers-exactly-once"
    assert "refused" in obstacle.reason
    assert "ended with status 1" in obstacle.reason


@pytest.mark.parametrize(
    ("then", "culprit"),
    [
        (ANSWERS_ITS_OWN.replace('b"welcome"', 'b"welcome " + data[5:]'), ""),
        (ANSWERS_ITS_OWN, "datagrams.answers-exactly-once"),
        ("pass", "datagrams.answers-exactly-once"),
    ],
    ids=["right", "wrong", "silent"],
)
def test_an_exchange_says_what_is_owed_over_udp(then: str, culprit: str) -> None:
    with unknown(then, Exchange(b"join {token}", rb"welcome {token}")) as server:
        obstacle = look_for_obstacle(server)

    assert culprit == (obstacle.culprit if obstacle else "")
