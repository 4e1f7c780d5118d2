"""What the kit itself may have of the system."""

import resource


def may_open(count: int) -> bool:
    """Raise our own RLIMIT_NOFILE to so many descriptors, where that is needed; whether it is permitted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= count:
        return True
    if count > hard:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    return True
