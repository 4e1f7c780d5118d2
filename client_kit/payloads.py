"""Bytes to send where what they are does not matter, but where each of them belongs does (pure)."""

from functools import lru_cache

PIECE = 16
BATCH = 10_000


@lru_cache(maxsize=4)
def numbered(size: int) -> bytes:
    """Return `size` printable bytes of which no two aligned pieces of 16 are alike: each tells its place.

    Raises `ValueError` for a negative size.
    """
    if size < 0:
        raise ValueError(f"a payload holds at least 0 bytes, not {size}")
    pattern = b"".join(b"?%04d." % number for number in range(BATCH))
    batches = -(-size // (PIECE * BATCH))  # in batches, for a caller waits: 2 million pieces take a second
    made = b"".join(pattern.replace(b"?", b"%011d" % number) for number in range(batches))
    return made[:size]
