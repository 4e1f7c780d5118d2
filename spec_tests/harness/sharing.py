"""A server that is only addressed is shared by all who test it: by the workers of a run, and by other runs.

What measures the server (its descriptors, its threads) takes it alone, the rest shares it. A launched server
belongs to the worker that launched it, and needs none of this.
"""

import os
import re
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from filelock import ReadWriteLock

from client_kit import Address


def lock_file(address: Address) -> Path:
    """Where those who test the server at an address agree: one file a server and user."""
    name = re.sub(r"[^\w.-]+", "-", str(address))
    return Path(tempfile.gettempdir()) / f"socketspec-{os.getuid()}-{name}.lock"


class Share:
    """A share in a server at an address; without an address, the server is one's own."""

    def __init__(self, address: Address | None) -> None:
        self._lock = ReadWriteLock(lock_file(address)) if address else None

    def held(self, *, alone: bool) -> AbstractContextManager[None]:
        """Hold the server, alone or together with others; waits until that is possible."""
        if self._lock is None:
            return nullcontext()
        return self._lock.write_lock() if alone else self._lock.read_lock()
