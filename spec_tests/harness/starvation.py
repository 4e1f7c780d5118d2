"""Was it we who were too slow? Asked before a deadline that passed is held against a server.

Two signs: the heart beside the test was woken late, or an exchange of this process with itself, over
loopback, takes long. What the server did wrong in so many bytes is wrong on a busy machine, too.
"""

import trio

from client_kit import ConnectionRefused, ServerClosed, ServerReset, WrongReply
from spec_tests.harness.asynchronous import Pulse

LATE = 0.5
"""Our loop was woken late by more than this share of the patience."""

SLOW = 0.25
"""An exchange with ourselves took more than this share of the patience."""

SHOWN_BY_BYTES = (WrongReply, ServerClosed, ServerReset, ConnectionRefused)
"""These rest on what came, not on what did not come in time."""


def why_starved(error: Exception, pulse: Pulse, patience: float) -> str:
    """Why this failure may be ours, in words; "" if it is the server's."""
    if isinstance(error, SHOWN_BY_BYTES):
        return ""
    return trio.run(why_late, pulse, patience)


async def why_late(pulse: Pulse, patience: float) -> str:
    """Why what did not come within the patience may have been held up by us, in words; "" if it was not."""
    if pulse.worst > LATE * patience:
        return f"the kit itself was not given the processor for {pulse.worst:.1f} s"
    taken = await _seconds_of_an_exchange_with_ourselves(patience)
    if taken > SLOW * patience:
        return f"the machine is so busy that an exchange of the kit with itself took {taken:.1f} s"
    return ""


async def _seconds_of_an_exchange_with_ourselves(ceiling: float) -> float:
    started = trio.current_time()
    with trio.move_on_after(ceiling):
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        async with listener:
            port = listener.socket.getsockname()[1]
            async with await trio.open_tcp_stream("127.0.0.1", port) as near, await listener.accept() as far:
                await near.send_all(b"hello")
                await far.send_all(await far.receive_some(5))
                await near.receive_some(5)
    return trio.current_time() - started
