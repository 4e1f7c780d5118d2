"""Fairness: that a server has had enough of one client's requests is not held against it."""

import pytest
import trio
from tiny_servers import Handler, on_trio, serving

from client_kit import DIALECTS, WrongReply
from spec_tests.concurrency.test_fairness import ALONE
from spec_tests.concurrency.test_fairness import test_newcomers_and_residents_share as share
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.server import Server


def has_enough(after: int, last_words: bytes) -> Handler:
    """Echo so many requests of a client, and then say something else and hang up."""

    async def handler(stream: trio.SocketStream) -> None:
        for _ in range(after):
            if not (data := await stream.receive_some(1024)):
                return
            await stream.send_all(data)
        await stream.receive_some(1024)
        await stream.send_all(last_words)

    return handler


@pytest.mark.parametrize("last_words", [b"", b"554 Too many nonmail commands\r\n"], ids=["fin", "told"])
@on_trio
async def test_who_is_let_go_after_so_many_requests_comes_again(last_words: bytes) -> None:
    async with serving(has_enough(ALONE // 2, last_words)) as address:
        await share(Server(Description("limited", "tcp", DIALECTS["echo"], "event-loop", address), Limits()))


@on_trio
async def test_who_is_answered_wrongly_at_once_is_not_let_go() -> None:
    async with serving(has_enough(1, b"wrong")) as address:
        server = Server(Description("wrong", "tcp", DIALECTS["echo"], "event-loop", address), Limits())
        with pytest.raises(ExceptionGroup) as caught:
            await share(server)

    assert caught.group_contains(WrongReply)
