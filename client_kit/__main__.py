"""`python -m client_kit`: one question, or a crowd of them, from the command line.

It shows how the kit is used and judges little: a reply that is wrong, late or missing is one line and exit
status 1; a call that makes no sense is one line and exit status 2.
"""

import argparse
import os
import resource
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from math import inf
from typing import NoReturn

import trio

from client_kit import (
    DIALECTS,
    RAW,
    Address,
    AddressError,
    ClientKitError,
    Ending,
    EndingKind,
    Misuse,
    NoReply,
    ServerReset,
    Timeline,
    open_client,
    open_crowd,
    open_datagram_client,
)
from client_kit.wording import counted

SHOWN = 1024 * 1024
"""`ask` leaves a server that sends more than this many bytes."""


class OneLineParser(argparse.ArgumentParser):
    """An argument parser that complains in one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, f"{self.prog}: {message} (--help says more)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    options = _parser().parse_args(arguments)
    timeline = Timeline()
    try:
        answer, status = trio.run(_ask if options.command == "ask" else _crowd, options, timeline)
    except ClientKitError as error:
        message = error.args[0] if options.command == "ask" else error  # which of the crowd it was, matters
        print(f"client_kit: {message}", file=sys.stderr)
        return 2 if isinstance(error, Misuse) else 1
    except KeyboardInterrupt:
        return 130
    else:
        print(answer)
        return status
    finally:
        if options.verbose:
            print(timeline, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    common = OneLineParser(add_help=False)
    common.add_argument("address", type=_address, help="such as tcp://127.0.0.1:8888")
    common.add_argument("--patience", type=_seconds, default=5.0, metavar="SECONDS", help="default: 5")
    common.add_argument("--verbose", action="store_true", help="print what happened on the wire to stderr")
    parser = OneLineParser(prog="python -m client_kit", description="Talk to a server as one client or many.")
    commands = parser.add_subparsers(dest="command", required=True)
    ask = commands.add_parser(
        "ask", parents=[common], help="send one text, half-close, and print what comes and how it ends"
    )
    ask.add_argument("text", type=os.fsencode)
    crowd = commands.add_parser("crowd", parents=[common], help="let many clients ask at the same time")
    crowd.add_argument("--dialect", choices=DIALECTS, default="echo", help="default: echo")
    crowd.add_argument("--clients", type=_count, default=100, metavar="N", help="default: 100")
    return parser


def _address(text: str) -> Address:
    try:
        return Address.parse(text)
    except AddressError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < (seconds := float(text)) < inf:
            return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is no positive number of seconds")


def _count(text: str) -> int:
    with suppress(ValueError):
        if (count := int(text)) > 0:
            return count
    raise argparse.ArgumentTypeError(f"{text!r} is no positive number of clients")


async def _ask(options: argparse.Namespace, timeline: Timeline) -> tuple[str, int]:
    """Send one text; return what came, and how the connection ended."""
    ask = _ask_datagram if options.address.transport == "udp" else _ask_stream
    return await ask(options.address, options.text, options.patience, timeline)


async def _ask_stream(address: Address, text: bytes, patience: float, timeline: Timeline) -> tuple[str, int]:
    """Send, half-close, and listen to the end, however it comes."""
    heard = bytearray()
    async with open_client(address, RAW, timeline=timeline, patience=patience) as client:
        try:
            await client.send(text)
            await client.half_close()
            while len(heard) < SHOWN and (data := await client.receive()):
                heard += data
            kind = EndingKind.FIN
        except ServerReset:
            kind = EndingKind.RST
        except NoReply:
            kind = EndingKind.SILENCE
    if len(heard) >= SHOWN:
        return f"{_shown(heard)}[still sending after {len(heard):,} bytes; left]", 1
    ending = Ending(kind, len(heard), seconds=patience)
    return f"{_shown(heard)}[{ending}]", 0 if ending.is_orderly else 1


async def _ask_datagram(address: Address, text: bytes, patience: float, timeline: Timeline) -> tuple[str, int]:
    """Send one datagram and wait for one."""
    async with open_datagram_client(address, RAW, timeline=timeline, patience=patience) as client:
        await client.send(text)
        reply = await client.receive()
    return f"{_shown(reply)}[a datagram of {counted(len(reply), 'byte')}]", 0


def _shown(data: bytes | bytearray) -> str:
    """Show what came on lines of its own, terminal escapes and all else that is unprintable escaped."""
    text = data.decode(errors="backslashreplace")
    lines = [
        "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line) for line in text.split("\n")
    ]
    return "\n".join(lines).removesuffix("\n") + "\n" if text else ""


async def _crowd(options: argparse.Namespace, timeline: Timeline) -> tuple[str, int]:
    """Hold a crowd, let it ask at once and leave; return how it was served, in five lines."""
    if options.address.transport != "tcp":
        raise Misuse(f"a crowd holds connections, so it needs a tcp:// address, not {options.address}")
    _raise_descriptor_limit()
    dialect = DIALECTS[options.dialect]
    started = trio.current_time()
    async with open_crowd(
        options.address,
        options.clients,
        dialect,
        timeline=timeline,
        patience=options.patience,
        may_refuse=True,
    ) as crowd:
        met_after = trio.current_time() - started
        replies = await crowd.ask(lambda place: b"question %d" % place)
        met_for = trio.current_time() - started - met_after
        endings = await crowd.step(lambda client: client.exchange_to_end())
    is_well = len(replies) == options.clients and all(ending.is_orderly for ending in endings)
    lines = [
        f"{options.address}, {dialect.name}, {options.clients} clients",
        f"held at the same time: {len(replies)}, each after an exchange of its own, within {met_after:.2f} s",
        f"met: all {len(replies)} asked at once and were answered within {met_for:.2f} s",
        f"turned away: {len(crowd.refused)}" + (f" ({_kinds(crowd.refused)})" if crowd.refused else ""),
        f"after half-close they ended with {_kinds(endings) or 'nothing, for none was held'}",
    ]
    return "\n".join(lines), 0 if is_well else 1


def _kinds(endings: list[Ending]) -> str:
    """Word endings as "198 FIN, 2 RST"."""
    counts: Counter[EndingKind] = Counter(ending.kind for ending in endings)
    return ", ".join(f"{count} {kind.value}" for kind, count in counts.most_common())


def _raise_descriptor_limit() -> None:
    """Allow this process as many descriptors as the system lets it have; setrlimit(2)."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
