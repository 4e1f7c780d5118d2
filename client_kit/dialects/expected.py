"""What a reply must look like (pure)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from client_kit.wording import snippet


class Mismatch(Exception):  # noqa: N818 - it says no more than that the bytes differ
    """What has come cannot be the reply, from the byte at `offset` on."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Expected:
    """A reply that is owed: in words, and how its end is found.

    `end` is given all bytes that have come since the last reply. It returns the length of the reply, or 0
    while more must come, and raises `Mismatch`.
    """

    words: str
    end: Callable[[bytes], int]


@dataclass(frozen=True, slots=True)
class ExpectedDatagram:
    """A datagram that is owed: in words, and from which byte on one that came is not it; None if it is."""

    words: str
    wrong_from: Callable[[bytes], int | None]

    def is_met_by(self, data: bytes) -> bool:
        """Whether this is the datagram."""
        return self.wrong_from(data) is None


def exact_datagram(reply: bytes) -> ExpectedDatagram:
    """These bytes and no others."""

    def wrong_from(data: bytes) -> int | None:
        return None if data == reply else common_length(data, reply)

    return ExpectedDatagram(snippet(reply), wrong_from)


def exactly(reply: bytes) -> Expected:
    """These bytes and no others."""

    def end(data: bytes) -> int:
        same = common_length(data, reply)
        if same < min(len(data), len(reply)):
            raise Mismatch(same)
        return len(reply) if same == len(reply) else 0

    return Expected(snippet(reply), end)


def line(pattern: str, words: str) -> Expected:
    """One line, of which all but its line end matches the pattern."""
    wanted = re.compile(pattern.encode(), re.DOTALL)

    def end(data: bytes) -> int:
        text, found, _ = data.partition(b"\n")
        if not found:
            return 0
        if not wanted.fullmatch(text.removesuffix(b"\r")):
            raise Mismatch(0)
        return len(text) + 1

    return Expected(words, end)


def matching(pattern: bytes, what: str) -> Expected:
    """What a regular expression matches, from its first byte on. That it never will cannot be known.

    Raises `ValueError` for what is no regular expression, and for one that matches nothing at all.
    """
    shown = f"`{pattern.decode(errors='backslashreplace')}`"
    try:
        wanted = re.compile(pattern, re.DOTALL)
    except re.error as error:
        raise ValueError(f"{shown} is no regular expression: {error}") from error
    if wanted.match(b""):
        raise ValueError(f"{shown} matches an empty text, so it would have come at once")

    def end(data: bytes) -> int:
        found = wanted.match(data)
        return found.end() if found else 0

    return Expected(f"{what} {shown}", end)


def whole_datagram(reply: Expected) -> ExpectedDatagram:
    """A datagram that is such a reply from its first byte to its last."""

    def wrong_from(data: bytes) -> int | None:
        size = reply.end(data)
        return None if size and size == len(data) else size

    return ExpectedDatagram(reply.words, wrong_from)


def coded(codes: str, words: str) -> Expected:
    """A reply with a three-digit code, of one line or of several; RFC 5321 §4.2.1, RFC 959 §4.2."""
    wanted = re.compile(codes.encode())

    def end(data: bytes) -> int:
        size = 0
        while (found := data.find(b"\n", size)) >= 0:
            text, size = data[size:found], found + 1
            if text[:3] == data[:3] and text[3:4] != b"-":
                if not wanted.match(data):
                    raise Mismatch(0)
                return size
        return 0

    return Expected(words, end)


def common_length(left: bytes, right: bytes) -> int:
    """Return how many bytes the two have in common at their start."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(left), len(right)))
