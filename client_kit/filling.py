"""Filling the buffers between a client and a server, by sending without reading."""

from contextlib import suppress

import trio

from client_kit.errors import NoReply
from client_kit.witness import Witness

STEP = 128 * 1024
"""Bytes that are sent at once."""
PAUSE = 0.0005
"""Seconds after each step. A server that is sent more than it can read is given a receive buffer of tens of
megabytes (tcp(7), tcp_rmem), and what lies there unread is acknowledged 40 ms late, a send buffer at a time."""

STALLS = 5
"""After so many, a peer that reads a little now and then is not waited for any longer."""


async def send_until_stall(witness: Witness, data: memoryview, stall_after: float) -> int:
    """Send until all is taken, or nothing for `stall_after` seconds; return how many bytes were."""
    before = witness.sent
    with suppress(NoReply):
        for start in range(0, len(data), STEP):
            await witness.send(data[start : start + STEP], stall_after)
            await trio.sleep(PAUSE)  # nothing is waited for: our own pace
    return witness.sent - before


async def send_until_full(witness: Witness, data: memoryview, stall_after: float) -> int:
    """Send until nothing more is taken, and the kernel has no room left; return how many bytes were."""
    before = witness.sent
    for _ in range(STALLS):
        taken = await send_until_stall(witness, data, stall_after)
        if not taken:
            break
        taken += witness.send_at_once(data[taken:])
        data = data[taken:]
    return witness.sent - before
