"""End-of-file of a client that does not read: the server waits, and is not held up for ever."""

from functools import partial

from client_kit import Client, ClientKitError, numbered
from spec_tests.requirement import (
    BUSY,
    MUST,
    POLICY,
    PROCESS,
    Ability,
    NotJudgedError,
    ProcessTree,
    Server,
    Verdict,
    eventually,
    least_load,
    requirement,
)

PLENTY = 32 * 1024 * 1024
"""More than all buffers between a client and a server hold."""
SMALL_BUFFER = 64 * 1024
STALLS = 5


async def fill_the_buffers(server: Server, client: Client) -> None:
    """Send until nothing more is taken."""
    taken = 0
    for _ in range(STALLS):  # buffers grow while they are filled
        more = await client.send_until_stall(numbered(PLENTY)[taken:], stall_after=server.quiet_period)
        taken += more
        if not more:
            break
    server.timeline.note(f"{taken:,} bytes were taken from {client.name}, who reads nothing")


@requirement(
    "end-of-file.sleeps-while-half-closed",
    level=MUST,
    source="select(2); epoll_ctl(2) EPOLLRDHUP",
    authority=POLICY,
    accepts="less than a quarter of a processor in 0.3 s, while a client that has sent FIN does not read",
    needs=PROCESS,
    abilities={Ability.TAKES_ANY_TEXT},
)
async def test_sleeps_while_half_closed(server: Server) -> None:
    """The server waits, and spends no processor's time, for a client that has sent FIN and does not read."""
    tree = server.process_tree()
    async with server.client(receive_buffer=SMALL_BUFFER) as client:
        try:
            await fill_the_buffers(server, client)
            await client.half_close()
        except ClientKitError as error:
            raise NotJudgedError(Verdict.NOT_OBSERVED, f"A could not fill the buffers: {error}") from error
        share = await least_load(tree, server.patience / 2)

    assert share < BUSY, f"a client has sent FIN and reads nothing: the server takes {share:.0%} of a processor"


@requirement(
    "end-of-file.frees-a-blocked-writer",
    level=MUST,
    source="RFC 9293 §3.5.3, §3.6 MUST-12",
    authority=POLICY,
    accepts="as many threads, processes and descriptors as before, when a client that did not read has reset",
    needs=PROCESS,
    abilities={Ability.TAKES_ANY_TEXT},
    disruptive=True,
)
async def test_frees_a_blocked_writer(server: Server) -> None:
    """What serves a client that does not read is free again when that client resets its connection."""
    tree = server.process_tree()
    for number in (1, 2):  # what is made once, and kept, is made by the first
        before = tree.threads() + tree.descriptors()
        async with server.client(f"deaf {number}", receive_buffer=SMALL_BUFFER) as client:
            try:
                await fill_the_buffers(server, client)
            except ClientKitError as error:
                raise NotJudgedError(Verdict.NOT_OBSERVED, f"it could not fill the buffers: {error}") from error
            await client.reset()
        if await eventually(partial(_at_most, tree, before), server.patience):
            return
    more = tree.threads() + tree.descriptors() - before
    assert not more, f"a client that did not read has reset: {more} threads or descriptors more than before"


def _at_most(tree: ProcessTree, most: int) -> bool:
    return tree.threads() + tree.descriptors() <= most
