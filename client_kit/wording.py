"""How the kit words bytes and numbers, so that every message words them alike (pure)."""

SNIPPET = 40
"""The most bytes that a message shows of anything."""


def counted(number: int, thing: str) -> str:
    """Return "1 byte", "5 bytes", "1,048,576 bytes"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def snippet(data: bytes, size: int | None = None) -> str:
    """Return `data` as Python shows bytes, cut after 40 of them.

    `size` is the length of the whole when `data` is only its beginning.
    """
    size = len(data) if size is None else size
    if size <= SNIPPET:
        return repr(data)
    return f"{data[:SNIPPET]!r}… {size:,} bytes in all"
