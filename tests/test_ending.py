"""An ending says what the connection ended with, and what was missing then."""

import pytest

from client_kit import Ending, EndingKind


@pytest.mark.parametrize(
    ("ending", "sentence"),
    [
        (Ending(EndingKind.FIN, 1), "ended with FIN after 1 reply byte"),
        (
            Ending(EndingKind.RST, 128_000, "1,969,152 bytes"),
            "ended with RST after 128,000 reply bytes; still owed: 1,969,152 bytes",
        ),
        (
            Ending(EndingKind.SILENCE, 0, "b'x'", seconds=2.5),
            "did not end: neither FIN nor RST within 2.5 s after 0 reply bytes; still owed: b'x'",
        ),
        (Ending(EndingKind.REFUSAL), "ended before it began: the connection was refused"),
    ],
)
def test_an_ending_is_a_sentence(ending: Ending, sentence: str) -> None:
    assert sentence == str(ending)


@pytest.mark.parametrize("kind", EndingKind)
def test_only_fin_is_orderly(kind: EndingKind) -> None:
    assert Ending(kind).is_orderly == (kind is EndingKind.FIN)


def test_an_ending_is_complete_when_nothing_is_owed() -> None:
    assert Ending(EndingKind.FIN, 5).is_complete
    assert not Ending(EndingKind.FIN, 5, "1 byte: b'x'").is_complete


def test_an_ending_carries_the_replies_that_came_whole() -> None:
    ending = Ending(EndingKind.RST, 5, answered=(b"one", b"two"))

    assert ending.carries_reply_to(b"two")
    assert not ending.carries_reply_to(b"three")
