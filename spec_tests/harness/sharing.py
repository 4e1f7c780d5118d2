"""A server that is only addressed is shared by all who test it: by the workers of a run, and by other runs.

What measures the server (its descriptors, its threads) takes it alone, the rest shares it. A launched server
belongs to the worker that launched it, and needs none of this.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import ReadWriteLock

from client_kit import Address


def lock_file(address: Address) -> Path:
    """Where those who test the server at an address agree: one file a server, in a folder of the user's own."""
    folder = Path(tempfile.gettempdir()) / f"acceptspec-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    name = re.sub(r"[^\w.-]+", "-", str(address))
    return folder / f"{name}.lock"


class Share:
    """A share in a server at an address; without an address, the server is one's own."""

    def __init__(self, address: Address | None) -> None:
        self._lock = ReadWriteLock(lock_file(address)) if address else None

    @contextmanager
    def held(self, *, alone: bool) -> Iterator[None]:
        """Hold the server, alone or together with others; waits until that is possible.

        Where the machine has no lock to give (filelock trusts no file of the user nobody), nobody waits.
        """
        with ExitStack() as stack:
            if self._lock:
                with suppress(PermissionError):
                    stack.enter_context(self._lock.write_lock() if alone else self._lock.read_lock())
            yield
