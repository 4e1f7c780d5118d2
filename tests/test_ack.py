"""The tutorial's reply, one `OK` for each receive call: how many are owed nobody but the server knows."""

import pytest
from conversing import receive, sizes, split, told
from hypothesis import given
from hypothesis import strategies as st

from client_kit import ACK, Ack, WrongReply


@given(
    st.binary(min_size=1, max_size=20),
    st.lists(st.tuples(st.sampled_from(["send", "serve", "deliver"]), st.integers(1, 3000))),
)
def test_ack_never_accuses_an_honest_server(reply: bytes, steps: list[tuple[str, int]]) -> None:
    """Whatever its reply is, and however TCP cuts it."""
    conversation = Ack(reply).conversation()
    unread, on_the_way = 0, b""
    for step, size in [*steps, *[("serve", 1024)] * 200, ("deliver", 1_000_000)]:
        if step == "send":
            conversation.sent(bytes(size))
            unread += size
        elif step == "serve" and unread:
            unread -= min(size, unread, 1024)
            on_the_way += reply
        elif step == "deliver":
            conversation.received(on_the_way[:size])
            on_the_way = on_the_way[size:]
        if not unread and not on_the_way:
            assert conversation.is_settled


@given(st.integers(1, 5000))
def test_ack_is_settled_by_the_least_number_of_oks(size: int) -> None:
    least = (size + 1023) // 1024
    conversation = told(ACK, bytes(size), b"OK" * (least - 1) + b"O")

    assert not conversation.is_settled
    assert conversation.least_missing == 1
    conversation.received(b"K")
    assert conversation.is_settled
    assert conversation.owed == "nothing"


@given(st.integers(1, 3000), sizes)
def test_ack_accepts_an_ok_for_every_byte_and_no_more(size: int, back: list[int]) -> None:
    conversation = told(ACK, bytes(size))
    receive(conversation, split(b"OK" * size, back))

    with pytest.raises(WrongReply) as refusal:
        conversation.received(b"O")

    assert refusal.value.offset == 2 * size
    assert refusal.value.owed == "nothing"


@given(st.integers(0, 199), st.integers(1, 255), sizes)
def test_ack_refuses_a_wrong_byte_at_its_offset(offset: int, change: int, back: list[int]) -> None:
    conversation = told(ACK, bytes(100))
    wrong = bytearray(b"OK" * 100)
    wrong[offset] ^= change

    with pytest.raises(WrongReply) as refusal:
        receive(conversation, split(bytes(wrong), back))

    assert refusal.value.offset == offset


def test_ack_names_what_it_is_owed() -> None:
    assert told(ACK, b"x").owed == "1 more `OK`"
    assert told(ACK, b"hello").owed == "at least 1 and at most 5 more `OK`s"
    assert told(ACK, bytes(2048), b"OK").owed == "at least 1 and at most 2,047 more `OK`s"
    assert told(ACK, b"x", b"O").owed == "1 more `OK` (of the first, `O` has come)"


def test_ack_owes_as_much_for_a_batch_in_pieces() -> None:
    conversation = told(ACK, bytes(1024))
    conversation.sent(bytes(1024))

    assert conversation.least_missing == 4


def test_ack_is_not_settled_by_half_an_ok() -> None:
    conversation = told(ACK, b"hello", b"OKO")

    assert conversation.least_missing == 1
    assert conversation.owed == "at least 1 and at most 4 more `OK`s (of the first, `O` has come)"


def test_ack_begins_a_new_batch_when_settled() -> None:
    conversation = told(ACK, b"first", b"OK")
    conversation.sent(b"second")

    assert not conversation.is_settled
    assert conversation.least_missing == 2


def test_ack_credits_a_late_ok_in_the_servers_favour() -> None:
    conversation = told(ACK, b"two reads", b"OK")
    conversation.sent(b"x")
    conversation.received(b"OK")  # of the first batch, or the second: nobody can tell

    assert conversation.is_settled
    conversation.received(b"OK")


def test_ack_takes_as_answered_what_an_ok_may_cover() -> None:
    assert told(ACK, bytes(3000)).answered == 0
    assert told(ACK, bytes(3000), b"OKO").answered == 1024
    assert told(ACK, bytes(3000), b"OKOKOK").answered == 3000


@pytest.mark.parametrize("ok", [b"ok\n", "收到了".encode(), b"\xff"])
def test_ack_takes_another_text_and_size(ok: bytes) -> None:
    dialect = Ack(ok, receive_size=4)
    conversation = told(dialect, b"9 bytes !", ok * 3)

    assert conversation.is_settled
    assert dialect.datagram_reply(b"token").is_met_by(ok)
    with pytest.raises(WrongReply, match=r"offset \d+: owed was .*, but b'OK' came"):
        told(dialect, b"hello", b"OK")


def test_ack_shows_a_text_as_its_author_wrote_it() -> None:
    assert told(Ack("收到了".encode()), b"x").owed == "1 more `收到了`"
    assert told(Ack(b"ok\n"), b"x", b"ok").owed == r"1 more `ok\n` (of the first, `ok` has come)"


def test_ack_misses_the_rest_of_a_split_reply() -> None:
    assert told(Ack(b"12345"), b"x", b"1234").least_missing == 1
    assert told(Ack(b"12345"), b"xy", b"123451").least_missing == 4


@pytest.mark.parametrize(("reply", "size"), [(b"", 1024), (b"OK", 0)])
def test_ack_refuses_parameters_that_make_no_sense(reply: bytes, size: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        Ack(reply, size)
