"""An address is read and written in one form, and a bad one is refused in one sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_kit import Address, AddressError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp://127.0.0.1:8888", Address("tcp", "127.0.0.1", 8888)),
        ("udp://127.0.0.1:7", Address("udp", "127.0.0.1", 7)),
        ("tcp://[::1]:8888", Address("tcp", "::1", 8888)),
        ("tcp://localhost:65535", Address("tcp", "localhost", 65535)),
        ("tcp://my_host.example:1", Address("tcp", "my_host.example", 1)),
    ],
)
def test_an_address_is_read_and_written_alike(text: str, address: Address) -> None:
    assert address == Address.parse(text)
    assert text == str(address)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("TCP://127.0.0.1:08888", Address("tcp", "127.0.0.1", 8888)),
        ("tcp://[0:0:0:0:0:0:0:1]:80", Address("tcp", "::1", 80)),
    ],
)
def test_other_spellings_are_read_as_well(text: str, address: Address) -> None:
    assert address == Address.parse(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "names no transport"),
        ("127.0.0.1:8888", "names no transport"),
        ("tcp:127.0.0.1:8888", "names no transport"),
        ("http://127.0.0.1:8888", "'http' is neither tcp nor udp"),
        ("://127.0.0.1:8888", "'' is neither tcp nor udp"),
        ("tcp://127.0.0.1", "has no port"),
        ("tcp://127.0.0.1:", "has no port"),
        ("tcp://[::1]", "has no port"),
        ("tcp://", "has no port"),
        ("tcp://:8888", "has no host"),
        ("tcp://127.0.0.1:99999", "99999 is not between 1 and 65535"),
        ("tcp://127.0.0.1:0", "0 is not between 1 and 65535"),
        ("tcp://127.0.0.1:-1", "'-1' is not a number"),
        ("tcp://127.0.0.1:http", "'http' is not a number"),
        ("tcp://127.0.0.1:٨٨", "is not a number"),
        ("tcp://127.0.0.1:" + "9" * 5000, "is not between 1 and 65535"),
        ("tcp://::1:8888", "belongs in brackets"),
        ("tcp://[::1:8888", "brackets do not match"),
        ("tcp://::1]:8888", "brackets do not match"),
        ("tcp://[localhost]:8888", "no IPv6 host"),
        ("tcp://[]:8888", "no IPv6 host"),
        ("tcp://me@127.0.0.1:8888", "names a user"),
        ("tcp://127.0.0.1:8888/", "something follows its port"),
        ("tcp://127.0.0.1:8888?x", "something follows its port"),
        ("tcp://127.0.0.1: 8888", "contains a blank"),
        (" tcp://127.0.0.1:8888", "contains a blank"),
        ("tcp://127.0.0.1:8888\n", "contains a blank"),
        ("tcp://127.0.0.1\0:8888", "control character"),
    ],
    ids=range(28),
)
def test_a_bad_address_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(AddressError) as refusal:
        Address.parse(text)

    assert reason in str(refusal.value)
    assert repr(text) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = Address.parse(text)
    except AddressError:
        return
    assert address == Address.parse(str(address))
