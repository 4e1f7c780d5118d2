"""A conversation accepts a right reply, however TCP splits it, and refuses a wrong byte where it stands."""

import pytest
from conversing import receive, sizes, split, told
from hypothesis import given
from hypothesis import strategies as st

from client_kit import ACK, ECHO, RAW, Dialect, Misuse, WrongReply
from client_kit.dialects import dialect_named

payloads = st.binary(min_size=1, max_size=3000)


# echo


@given(payloads, sizes, sizes)
def test_echo_accepts_what_was_sent_however_it_is_split(data: bytes, out: list[int], back: list[int]) -> None:
    conversation = ECHO.conversation()
    for piece in split(data, out):
        conversation.sent(piece)
    assert not conversation.is_settled
    receive(conversation, split(data, back))

    assert conversation.is_settled
    assert conversation.owed == "nothing"
    assert conversation.answered == len(data)


@given(payloads, sizes, sizes, st.data())
def test_echo_refuses_a_wrong_byte_at_its_offset(
    data: bytes, out: list[int], back: list[int], choice: st.DataObject
) -> None:
    offset = choice.draw(st.integers(0, len(data) - 1))
    wrong = bytearray(data)
    wrong[offset] ^= choice.draw(st.integers(1, 255))
    conversation = ECHO.conversation()
    for piece in split(data, out):
        conversation.sent(piece)

    with pytest.raises(WrongReply) as refusal:
        receive(conversation, split(bytes(wrong), back))

    assert refusal.value.offset == offset
    assert refusal.value.came.startswith(wrong[offset : offset + 1])


@given(payloads, payloads)
def test_echo_refuses_surplus(data: bytes, surplus: bytes) -> None:
    conversation = told(ECHO, data)

    with pytest.raises(WrongReply) as refusal:
        conversation.received(data + surplus)

    assert refusal.value.offset == len(data)
    assert refusal.value.owed == "nothing"
    assert refusal.value.came == surplus


def test_echo_names_what_it_is_owed() -> None:
    assert told(ECHO, b"hello").owed == "5 bytes: b'hello'"
    assert told(ECHO, b"hello", b"hell").owed == "1 byte: b'o'"
    assert told(ECHO, b"ab" * 50, b"a").owed == "99 bytes, beginning with b'" + "ba" * 20 + "'"


def test_echo_keeps_only_what_is_outstanding() -> None:
    conversation = ECHO.conversation()
    for _ in range(1000):
        conversation.sent(b"x" * 1000)
        conversation.received(b"x" * 1000)

    assert not conversation._outstanding


def test_a_wrong_reply_shows_what_was_owed_and_what_came() -> None:
    with pytest.raises(WrongReply, match=r"wrong reply at offset 2: owed was b'llo', but b'LLO' came"):
        told(ECHO, b"hello", b"heLLO")


def test_a_wrong_reply_stays_short() -> None:
    with pytest.raises(WrongReply, match=r"came$") as refusal:
        told(ECHO, b"a" * 100_000, b"b" * 100_000)

    assert len(str(refusal.value)) < 250


# all


@pytest.mark.parametrize("dialect", [ACK, ECHO], ids=repr)
def test_a_fresh_conversation_owes_nothing(dialect: Dialect) -> None:
    conversation = dialect.conversation()
    conversation.finish()

    assert conversation.is_settled
    assert conversation.owed == "nothing"
    with pytest.raises(WrongReply):
        conversation.received(b"hello")


def test_a_datagram_is_answered_by_one_datagram() -> None:
    assert ECHO.datagram_reply(b"token").is_met_by(b"token")
    assert ACK.datagram_reply(b"token").is_met_by(b"OK")


def test_raw_owes_nothing_and_accepts_everything() -> None:
    conversation = told(RAW, RAW.request(b"anything"), b"whatever")

    assert (conversation.is_settled, conversation.owed, conversation.answered) == (True, "nothing", 0)
    with pytest.raises(Misuse, match="nothing is known to answer b'token'"):
        RAW.datagram_reply(b"token")


def test_an_unknown_dialect_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Misuse, match="there is no dialect 'irc'; there are ack, echo"):
        dialect_named("irc")
