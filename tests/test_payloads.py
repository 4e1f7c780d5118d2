"""Payloads that tell the place of each byte."""

import pytest

from client_kit import numbered


@pytest.mark.parametrize("size", [0, 1, 16, 17, 1000])
def test_a_payload_has_the_size_that_was_asked_for(size: int) -> None:
    assert size == len(numbered(size))


def test_no_two_pieces_are_alike_and_all_are_printable() -> None:
    payload = numbered(160_000)
    pieces = {payload[start : start + 16] for start in range(0, len(payload), 16)}

    assert 10_000 == len(pieces)
    assert payload.decode("ascii").isprintable()


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="not -1"):
        numbered(-1)
