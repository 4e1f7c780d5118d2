"""End-of-file of a client that does not read: the server waits, and is not held up for ever."""

from spec_tests.requirement import (
    BUSY,
    MUST,
    POLICY,
    PROCESS,
    Ability,
    Server,
    least_load,
    requirement,
)
from spec_tests.steps import at_most, deaf_client


@requirement(
    "end-of-file.sleeps-while-half-closed",
    level=MUST,
    source="select(2); epoll_ctl(2) EPOLLRDHUP",
    authority=POLICY,
    accepts="less than a quarter of a processor in 0.3 s, while a client that has sent FIN does not read",
    needs=PROCESS,
    abilities={Ability.TAKES_ANY_TEXT},
    takes="bulk data, until the buffers are full, and quiet periods in which CPU time is measured",
    once=True,
)
async def test_sleeps_while_half_closed(server: Server) -> None:
    """The server waits, and spends no processor's time, for a client that has sent FIN and does not read."""
    tree = server.process_tree()
    async with deaf_client(server) as client:
        await client.half_close()
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
    takes="bulk data, until the buffers are full",
    once=True,
)
async def test_frees_a_blocked_writer(server: Server) -> None:
    """What serves a client that does not read is free again when that client resets its connection."""
    tree = server.process_tree()

    def held() -> int:
        return tree.threads() + tree.descriptors()

    for number in (1, 2):  # what is made once, and kept, is made by the first
        before = held()
        async with deaf_client(server, f"deaf {number}") as client:
            await client.reset()
        if await server.eventually(at_most(held, before)):
            return
    more = held() - before
    assert not more, f"a client that did not read has reset: {more} threads or descriptors more than before"
