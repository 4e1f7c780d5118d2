"""The dialects of real protocols and of textbooks: each reply is found whole, however it is cut."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from client_kit import DIALECTS, Ability, Dialect, Misuse, WrongReply, wrapped
from client_kit.dialects.changed import REVERSE, UPPER
from client_kit.dialects.line import Line

HTTP_REPLY = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
KEXINIT = (12).to_bytes(4) + b"\x04\x14" + bytes(10)
RIGHT: dict[str, Callable[[bytes], bytes]] = {
    "line-session": lambda request: request,
    "redis": lambda request: b"$%d\r\n%s\r\n" % (len(request.split()[1]), request.split()[1]),
    "memcached": lambda _: b"END\r\n",
    "beanstalkd": lambda request: b"USING " + request.split()[1] + b"\r\n",
    "nats": lambda _: b"PING\r\nPONG\r\n",
    "mqtt": lambda _: b"\xd0\x00",
    "smtp": lambda _: b"250-well\r\n250 OK\r\n",
    "ftp": lambda _: b"530 Please login with USER and PASS.\r\n",
    "ssh": lambda _: KEXINIT,
    "http": lambda _: HTTP_REPLY,
    "line": lambda request: request,
}
GREETINGS = {
    "nats": b'INFO {"server_id":"N"} \r\n',
    "smtp": b"220-localhost ESMTP\r\n220 come in\r\n",
    "ftp": b"220 (vsFTPd 3.0.3)\r\n",
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
    "mqtt": b"\x20\x02\x00\x00",
}
"""What comes before the first request is answered; of MQTT, what answers the opening."""

GOODBYES = {
    "line-session": b"quit\n",
    "redis": b"+OK\r\n",
    "smtp": b"221 bye\r\n",
    "ftp": b"221 Goodbye.\r\n",
    "http": HTTP_REPLY,
    "http-closing": HTTP_REPLY,
}
"""What answers the request that ends the session, where anything does."""


@st.composite
def cuts(draw: st.DrawFn) -> list[int]:
    return sorted(draw(st.lists(st.integers(1, 120), max_size=5)))


def pieces(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, *(place for place in places if place < len(data)), len(data)})
    return [data[start:end] for start, end in pairwise(edges)]


@pytest.mark.parametrize("name", RIGHT)
@given(where=cuts(), token=st.binary(min_size=1, max_size=20))
def test_a_right_reply_settles_it_and_nothing_less_does(name: str, where: list[int], token: bytes) -> None:
    dialect = DIALECTS[name]
    assume(dialect.request(token) != dialect.goodbye)  # after that anything may come
    ledger = dialect.conversation()
    ledger.sent(dialect.opening)
    ledger.received(GREETINGS.get(name, b""))
    assert ledger.is_settled, ledger.owed
    for _ in range(2 if Ability.REPEATS in dialect.abilities else 1):
        request = dialect.request(token)
        for piece in pieces(request, where):
            ledger.sent(piece)
        for piece in pieces(RIGHT[name](request), where):
            assert not ledger.is_settled
            ledger.received(piece)
        assert ledger.is_settled
        assert ledger.owed == "nothing"


class Watched(Line):
    """Tells where the search for the end of a request began."""

    def __init__(self) -> None:
        self.begun: list[int] = []

    def request_size(self, data: bytes | bytearray, searched: int = 0) -> int:
        self.begun.append(searched)
        return super().request_size(data, searched)


def test_what_has_come_of_a_request_without_end_is_not_searched_again() -> None:
    watched = Watched()
    ledger = watched.conversation()
    for piece in (b"no", b"end", b"yet\nand", b"more\n"):
        ledger.sent(piece)

    assert [0, 2, 5, 0, 3, 0] == watched.begun
    assert "1 more" in ledger.owed


@pytest.mark.parametrize("name", [name for name in RIGHT if name != "ssh"])
def test_half_a_request_is_owed_nothing(name: str) -> None:
    ledger = DIALECTS[name].conversation()
    if Ability.SPEAKS_FIRST in DIALECTS[name].abilities:
        assert not ledger.is_settled
        ledger.received(GREETINGS[name])

    ledger.sent(DIALECTS[name].request(b"token")[:-1])

    assert ledger.is_settled


@pytest.mark.parametrize(
    ("dialect", "reply", "offset"),
    [
        (DIALECTS["redis"], b"-ERR unknown command\r\n", 0),
        (DIALECTS["redis"], b"$2\r\n6e\r\n", 1),
        (DIALECTS["memcached"], b"ERROR\r\n", 1),
        (DIALECTS["http"], b"+PONG\r\n", 0),
        (DIALECTS["http"], CHUNKED.replace(b"3\r\n", b"x\r\n"), 0),
        (DIALECTS["line"], b"tokem\n", 4),
        (UPPER, b"TOKEn", 4),
        (REVERSE, b"nekoT", 4),
        (wrapped(b"<", b">"), b"<token|", 6),
    ],
    ids=lambda value: value.name if isinstance(value, Dialect) else None,
)
def test_a_wrong_reply_is_told_at_its_first_wrong_byte(dialect: Dialect, reply: bytes, offset: int) -> None:
    ledger = dialect.conversation()
    ledger.sent(dialect.request(b"token"))

    with pytest.raises(WrongReply) as told:
        ledger.received(reply)

    assert told.value.offset == offset


@pytest.mark.parametrize("name", [name for name, one in DIALECTS.items() if one.goodbye])
def test_after_the_end_of_the_session_nothing_is_owed_and_anything_may_come(name: str) -> None:
    dialect = DIALECTS[name]
    ledger = dialect.conversation()
    if Ability.SPEAKS_FIRST in dialect.abilities:
        ledger.received(GREETINGS[name])
    assert ledger.is_settled
    ledger.sent(dialect.goodbye)
    if not ledger.is_settled:
        ledger.received(GOODBYES[name])
    ledger.sent(dialect.request(b"too late"))
    ledger.received(b"whatever")

    assert ledger.is_settled


@pytest.mark.parametrize(
    ("name", "reply"), [("line-session", b"slow 300\n"), ("redis", b"*-1\r\n"), ("redis", b"-ERR timeout\r\n")]
)
def test_a_slow_request_is_owed_its_own_reply(name: str, reply: bytes) -> None:
    ledger = DIALECTS[name].conversation()
    ledger.sent(DIALECTS[name].slow_request(b"token", 0.3))
    assert not ledger.is_settled
    ledger.received(reply)

    assert ledger.is_settled


def test_a_name_server_may_answer_whatever_it_likes_to_our_question() -> None:
    question = DIALECTS["dns"].request(b"token")
    other = DIALECTS["dns"].request(b"other")
    owed = DIALECTS["dns"].datagram_reply(question)
    refusal = question[:2] + b"\x81\x05" + question[4:]

    assert owed.is_met_by(refusal)
    assert owed.is_met_by(refusal.upper()), "a name's case is not kept by all; RFC 4343"
    assert owed.is_met_by(question[:2] + b"\x81\x01" + bytes(8)), "FORMERR may leave the question out"
    assert owed.wrong_from(question) == 2, "that is no response"
    assert owed.wrong_from(other[:2] + refusal[2:]) == 0
    assert owed.wrong_from(refusal[:12] + other[12:]) == 13, "the token is in the name"
    assert owed.wrong_from(b"") == 0
    with pytest.raises(Misuse, match="a question begins with 12 bytes"):
        DIALECTS["dns"].datagram_reply(b"token")


def test_what_has_no_slow_request_says_so() -> None:
    with pytest.raises(Misuse, match=r"no request of echo takes 0\.3 s"):
        DIALECTS["echo"].slow_request(b"token", 0.3)


def test_an_http_body_may_come_in_chunks() -> None:
    ledger = DIALECTS["http"].conversation()
    ledger.sent(DIALECTS["http"].request(b"token"))
    ledger.received(CHUNKED[:-1])
    assert not ledger.is_settled
    ledger.received(CHUNKED[-1:])

    assert ledger.is_settled


@given(where=cuts(), token=st.binary(min_size=1, max_size=20))
def test_what_one_receive_call_brought_is_changed_whatever_it_was(where: list[int], token: bytes) -> None:
    changes: list[tuple[Dialect, Callable[[bytes], bytes]]] = [
        (REVERSE, lambda piece: piece[::-1]),
        (wrapped(b"<", b">\n"), lambda piece: b"<" + piece + b">\n"),
    ]
    for dialect, change in changes:
        ledger = dialect.conversation()
        for _ in range(2):
            ledger.sent(token)
            assert not ledger.is_settled
            for piece in pieces(token, where):
                ledger.received(change(piece))
            assert ledger.is_settled


def test_discard_owes_nothing_and_is_told_of_a_reply() -> None:
    ledger = DIALECTS["discard"].conversation()
    ledger.sent(b"whatever")
    assert ledger.is_settled

    with pytest.raises(WrongReply, match="owed was nothing"):
        ledger.received(b"w")
