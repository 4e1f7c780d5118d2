"""How often we connect, and the super-servers that mind: they close a service that is asked for too often.

inetd(8) does so after 256 starts in a minute, for ten minutes; xinetd.conf(5) `cps` after 50 a second, for ten
seconds. What is met after that says nothing of the server behind it.
"""

import time
from collections import deque

import trio

from client_kit import ConnectionRefused, ServerClosed, ServerReset
from spec_tests.harness.processes import ProcessTree

SUPER_SERVERS = ("inetd", "xinetd", "openbsd-inetd")

MINUTE = 60.0


class Rate:
    """Paces connects, and remembers those of the last minute."""

    def __init__(self, most: float | None) -> None:
        self._most = most
        self._recent: deque[float] = deque()
        self._next = 0.0

    async def pace(self, count: int = 1) -> None:
        """Wait until `count` more connects stay below the rate; take note of them."""
        now = time.monotonic()  # trio's clock begins anew with each test
        if self._most is not None:
            self._next = max(self._next, now)
            await trio.sleep(self._next - now)
            self._next += count / self._most
            now = time.monotonic()
        self._recent.extend([now] * count)
        while self._recent and now - self._recent[0] > MINUTE:
            self._recent.popleft()

    def __str__(self) -> str:
        if not self._recent:
            return "no connects"
        seconds = max(1.0, self._recent[-1] - self._recent[0])
        return f"{len(self._recent)} connects in {seconds:.0f} s"


def why_closed(error: BaseException | None, rate: Rate, tree: ProcessTree | None) -> str:
    """Why a connection that ended early may be a super-server's doing, in words; "" if it is not."""
    name = tree.name if tree else ""
    if name not in SUPER_SERVERS:
        return ""
    while error:
        if isinstance(error, (ServerClosed, ServerReset, ConnectionRefused)):
            return (
                f"after {rate} {name} may have closed the service for a while: --max-rate connects more slowly"
            )
        error = error.__cause__
    return ""
