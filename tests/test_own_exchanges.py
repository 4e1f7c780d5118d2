"""A protocol that only its author knows: one exchange, and perhaps a greeting, as the command line says."""

import pytest

from client_kit import DIALECTS, Ability, Exchange, Greeted


def test_an_exchange_of_ones_own_returns_the_token_where_it_says_so() -> None:
    dialect = Exchange(b"ECHO {token}\r\n", rb"\+{token}\r\n")
    ledger = dialect.conversation()
    ledger.sent(dialect.request(b"ab"))
    ledger.received(b"+6162\r")
    assert not ledger.is_settled
    ledger.received(b"\n")

    assert ledger.is_settled
    assert Ability.RETURNS_TOKEN in dialect.abilities
    assert Ability.RETURNS_TOKEN not in Exchange(b"PING\r\n", rb"\+PONG\r\n").abilities


def test_an_exchange_over_udp_is_answered_by_a_datagram_that_matches_as_a_whole() -> None:
    dialect = Exchange(b"join {token}", rb"welcome {token}!*")
    owed = dialect.datagram_reply(dialect.request(b"ab"))

    assert owed.is_met_by(b"welcome 6162")
    assert owed.is_met_by(b"welcome 6162!!")
    assert 14 == owed.wrong_from(b"welcome 6162!!?")
    assert 0 == owed.wrong_from(b"welcome 6163")
    assert 0 == owed.wrong_from(b"")
    assert "`welcome 6162!*`" in owed.words


@pytest.mark.parametrize(("request_", "reply"), [(b"", b"x"), (b"x", b"("), (b"x", b".*")])
def test_an_exchange_that_could_not_be_judged_is_refused(request_: bytes, reply: bytes) -> None:
    with pytest.raises(ValueError, match=r"at least one byte|no regular expression|empty text"):
        Exchange(request_, reply)


def test_a_greeting_comes_before_all_else() -> None:
    dialect = Greeted(rb"welcome.*\n", DIALECTS["echo"])
    ledger = dialect.conversation()
    assert Ability.SPEAKS_FIRST in dialect.abilities
    ledger.received(b"welcome, ")
    assert not ledger.is_settled
    ledger.received(b"friend\nsay something\n")
    assert ledger.is_settled
    ledger.sent(b"hello")
    ledger.received(b"hello")

    assert ledger.is_settled
