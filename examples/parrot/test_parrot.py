"""What parrot promises, and the bugs that it once had."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from client_kit import Address, open_client, open_crowd

PATIENCE = 10
"""Seconds of inactivity after which parrot counts as hung."""


@pytest.fixture(scope="session")
def parrot() -> Iterator[Address]:
    """Run parrot, and give its address."""
    command = [sys.executable, str(Path(__file__).with_name("parrot.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = process.stdout.readline().split()[-1]
            yield Address.parse(f"tcp://127.0.0.1:{port}")
        finally:
            process.kill()


def test_it_repeats_what_it_hears(parrot: Address) -> None:
    """The least that can be asked of a parrot."""

    async def talk() -> None:
        async with open_client(parrot, patience=PATIENCE) as client:
            assert await client.ask(b"Polly wants a cracker") == b"Polly wants a cracker"

    trio.run(talk)


def test_it_repeats_a_long_speech_to_the_last_byte(parrot: Address) -> None:
    """0.1 forgot to drain, and its memory grew with the speech."""

    async def talk() -> None:
        async with open_client(parrot, patience=PATIENCE) as client:
            ending = await client.exchange_to_end(bytes(range(256)) * 16 * 1024)

        assert ending.is_orderly, f"{ending}\n{client.timeline}"
        assert ending.is_complete, f"{ending}\n{client.timeline}"

    trio.run(talk)


def test_it_repeats_the_last_words_of_who_has_stopped_talking(parrot: Address) -> None:
    """0.2 hung up as soon as its client had finished, with the answer still in its beak."""

    async def talk() -> None:
        async with open_client(parrot, patience=PATIENCE) as client:
            await client.send_request(b"last words")
            await client.half_close()
            ending = await client.receive_until_end()

        assert ending.is_orderly, f"{ending}\n{client.timeline}"
        assert ending.carries_reply_to(b"last words"), f"{ending}\n{client.timeline}"

    trio.run(talk)


def test_who_slams_the_door_disturbs_nobody(parrot: Address) -> None:
    """0.3 let a reset escape from its handler and went down with a traceback."""

    async def talk() -> None:
        async with (
            open_client(parrot, name="rude", patience=PATIENCE) as rude,
            open_client(parrot, name="polite", patience=PATIENCE) as polite,
        ):
            await rude.ask(b"hello")
            await rude.send(b"x" * 100_000)
            await rude.reset()

            assert await polite.ask(b"good morning") == b"good morning"

    trio.run(talk)


def test_who_never_listens_holds_up_nobody(parrot: Address) -> None:
    """0.3.1 served its clients in turn: one that did not read stopped the show."""

    async def talk() -> None:
        async with (
            open_client(parrot, name="deaf", receive_buffer=4096) as deaf,
            open_client(parrot, name="polite", patience=PATIENCE) as polite,
        ):
            await deaf.send_until_stall(bytes(32 * 1024 * 1024), stall_after=0.2)

            assert await polite.ask(b"good morning") == b"good morning"

    trio.run(talk)


def test_a_full_house_gets_fifty_answers(parrot: Address) -> None:
    """0.3.2 mixed up its clients when many of them talked at once."""

    async def talk() -> None:
        async with open_crowd(parrot, 50, patience=PATIENCE) as crowd:
            replies = await crowd.ask(lambda place: b"I am guest %d" % place)
            endings = await crowd.step(lambda client: client.exchange_to_end(b"good night"))

        assert replies == [b"I am guest %d" % place for place in range(50)]
        assert all(ending.is_orderly and ending.is_complete for ending in endings)

    trio.run(talk)
