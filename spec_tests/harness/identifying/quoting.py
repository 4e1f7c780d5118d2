"""Bytes as the options of the command line take them."""

import re

NUMBER = "[0-9]+"
"""In a regular expression."""


def escaped(data: bytes) -> str:
    r"""Write bytes as `--reply` takes them: text as it is, and `\n`, `\xff` for the rest."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return "".join(map(_escaped_byte, data))
    return "".join(
        one if one.isprintable() and one != "\\" else "".join(map(_escaped_byte, one.encode())) for one in text
    )


def pattern_of(data: bytes) -> str:
    r"""Write a regular expression that matches these bytes and no others, in printable ASCII."""
    return "".join(re.escape(chr(byte)) if 0x20 <= byte < 0x7F else _escaped_byte(byte) for byte in data)


def without_numbers(data: bytes) -> bytes:
    """The same with every number 0: what is left of a text that counts, or tells the time."""
    return re.sub(rb"\d+", b"0", data)


def pattern_with_numbers(data: bytes) -> str:
    """Write a regular expression for such a text, in which each 0 is any number."""
    return NUMBER.join(pattern_of(part) for part in data.split(b"0"))


def _escaped_byte(byte: int) -> str:
    known = {0x0A: r"\n", 0x0D: r"\r", 0x09: r"\t", 0x5C: r"\\"}
    return known.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}")
