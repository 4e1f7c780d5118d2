"""What the kit itself may have of the system."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def many_descriptors(count: int) -> Iterator[bool]:
    """Let us open so many descriptors meanwhile (RLIMIT_NOFILE); give whether that is permitted.

    Meanwhile only: what we start inherits it, and a server is to have what it has from its user.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    is_enough = soft == resource.RLIM_INFINITY or count <= soft
    is_permitted = is_enough or hard == resource.RLIM_INFINITY or count <= hard
    if is_permitted and not is_enough:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    try:
        yield is_permitted
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
