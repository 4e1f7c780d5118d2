"""By which rule does it answer? The servers that students write: an echo, a constant, capital letters.

Some random texts decide, two of which share no character in the same place, so that no constant looks like a
rule; and it must hold for one character, and for a second request on the same connection, or that ends.
Numbers beside the text may change from one reply to the next.
Who goes on sending follows none, however much alike two beginnings are.
A server that says nothing to a text is asked again with a line end.
"""

import random
import string
from collections.abc import Callable, Mapping
from math import ceil

import trio

from client_kit import Transport
from spec_tests.harness.identifying.probing import SETTLED, Heard, Prober
from spec_tests.harness.identifying.quoting import (
    NUMBER,
    escaped,
    pattern_of,
    pattern_with_numbers,
    without_numbers,
)

Options = Mapping[str, str | list[str] | bool]

RULES: Mapping[str, Callable[[bytes], bytes]] = {
    "echo": lambda text: text,
    "upper": bytes.upper,
    "reverse": lambda text: text[::-1],
}

LENGTH = 14
SIZES = (64, 100, 128, 256, 512, 1000, 1024, 2048, 4096, 8192, 10240, 16384, 32768, 65536)
"""What programs receive at once."""
BLOCK = 60_000
"""As much as loopback carries in one segment, so that a receive call brings as much as it may."""
SMALL_BLOCK = 4097
"""Tells the most usual of these sizes from each other by few replies."""
TRIES = 3

WAIT = 1.0

TICK = 1.1
"""Seconds after which a clock that counts seconds shows another."""


async def find_rule(prober: Prober, greeting: str) -> tuple[Options, str]:
    """Return the options that say by which rule a server answers, none if by no rule, and how that is known.

    One that greets is listened to before it is asked.
    """
    before = [b""] if greeting else []
    for end in (b"", b"\n"):
        heard = await _hear(prober, before, end)
        if not all(one.reply for one in heard):
            continue
        options: Options = {}
        if all(one.is_whole for one in heard):
            options = _rule(heard, end, prober.transport)
            if any(char.isdigit() for value in options.values() for char in str(value)):
                await trio.sleep(TICK)  # nothing is waited for: by then a clock says something else
                heard.append(await prober.say(*before, heard[0].sent, wait=WAIT))
                options = _rule(heard, end, prober.transport)
        if options:
            shortest = await prober.say(*before, b"x" + end, wait=prober.patience)
            if shortest.reply:
                return await _repeated(prober, before, options, heard, end)
            heard.append(shortest)  # it wants so many bytes, which are no text
        return {}, "; ".join(map(str, heard))
    return {}, "; ".join(map(str, heard))


async def _hear(prober: Prober, before: list[bytes], end: bytes) -> list[Heard]:
    """The replies to some texts, each on a connection of its own; that to the first alone, if it is none."""
    first, *others = (text + end for text in _texts(end))
    heard = [await prober.say(*before, first, wait=WAIT)]
    if heard[0].reply:
        heard += [await prober.say(*before, text, wait=WAIT) for text in others]
    return heard


async def _repeated(
    prober: Prober, before: list[bytes], options: Options, heard: list[Heard], end: bytes
) -> tuple[Options, str]:
    """What holds of a rule where one client sends two texts: it ends, goes on, counts, or follows none."""
    first, second = heard[:2]
    evidence = f"{first}; {second}"
    for wait in (WAIT, *[prober.patience] * (TRIES - 1)):  # what comes late may be taken for what comes next
        last = await prober.say(*before, first.sent, second.sent, wait=wait)
        if last.ending and not (last.sent == second.sent and last.reply):
            if await prober.has_ended():  # not the connection alone
                break
            return {**options, "closes_after_reply": True}, evidence
        if last.reply and without_numbers(second.reply).startswith(without_numbers(last.reply)):
            break
    if last.reply and not without_numbers(second.reply).startswith(without_numbers(last.reply)):
        return {}, f"{evidence}; and after another, {last}"
    if without_numbers(last.reply) == without_numbers(second.reply) and last.reply != second.reply:
        return _rule([*heard, last], end, prober.transport), f"{evidence}; and after another, {last}"
    if options.get("dialect") == "ack" and prober.transport == "tcp":
        options = await _with_receive_size(prober, before, options, first.reply)
    return options, evidence


def _texts(end: bytes) -> tuple[bytes, ...]:
    """Two texts with letters of both cases and digits, which differ in every place, and others.

    Those are words after a number, or, for lines, what --exchange will send: digits, decimal and hexadecimal.
    """
    dice = random.SystemRandom()
    number = b"%d" % dice.randrange(10**6)
    words = number + b" times, I said."
    others = (number.hex().encode(), words.hex().encode()) if end else (words,)
    while True:
        one, other = (
            "".join(dice.choice(string.ascii_letters + string.digits) for _ in range(LENGTH)) for _ in range(2)
        )
        differ = all(left.lower() != right.lower() for left, right in zip(one, other, strict=True))
        if differ and all(any(map(test, text)) for text in (one, other) for test in (str.isupper, str.islower)):
            return one.encode(), other.encode(), *others


def _rule(heard: list[Heard], end: bytes, transport: Transport) -> Options:
    """The rule that all replies follow, to texts or lines: the same one whatever number is in a reply."""
    if options := _by_lines(heard) if end else _by_bytes(heard):
        return options
    pattern = _but_for_numbers(heard, end)
    has_end = transport == "udp" or (end and not pattern.endswith(NUMBER))  # over TCP a number may go on
    return {"exchange": ["{token}\\n" if end else "{token}", pattern]} if pattern and has_end else {}


def _by_bytes(heard: list[Heard]) -> Options:
    """The rule of a server that answers whatever it received."""
    if name := _changed(heard):
        return {"dialect": name}
    if pair := _wrapping(heard):
        before, after = pair
        return {"dialect": "wrapped", "reply": f"{escaped(before)}{{request}}{escaped(after)}"}
    if len({one.reply for one in heard}) == 1:
        return {"dialect": "ack", "reply": escaped(heard[0].reply)}
    return {}


def _by_lines(heard: list[Heard]) -> Options:
    """The rule of a server that answers lines."""
    texts = [Heard(one.sent.removesuffix(b"\n"), one.reply.removesuffix(b"\n")) for one in heard]
    if all(one.reply.endswith(b"\n") for one in heard) and (name := _changed(texts)):
        return {"dialect": "line" if name == "echo" else f"line-{name}"}
    lines = [Heard(text.sent, one.reply) for text, one in zip(texts, heard, strict=True)]
    if pair := _wrapping(lines):
        before, after = map(pattern_of, pair)
        return {"exchange": ["{token}\\n", f"{before}{{token}}{after}"]}
    if len({one.reply for one in heard}) == 1:
        return {"exchange": ["{token}\\n", pattern_of(heard[0].reply)]}
    return {}


def _but_for_numbers(heard: list[Heard], end: bytes) -> str:
    """A pattern of all replies, with the text in it perhaps, where numbers may change; "" if there is none."""
    texts = [Heard(one.sent.removesuffix(end), one.reply) for one in heard]
    if pair := _wrapping(texts, without_numbers):
        before, after = map(pattern_with_numbers, pair)
        return f"{before}{{token}}{after}"
    replies = {without_numbers(one.reply) for one in heard}
    return pattern_with_numbers(replies.pop()) if len(replies) == 1 else ""


def _changed(heard: list[Heard]) -> str:
    """The name of the rule by which every reply is the text, or is made of it; "" if by none of these."""
    rules = ((name, rule) for name, rule in RULES.items() if all(one.reply == rule(one.sent) for one in heard))
    return next((name for name, _ in rules), "")


def _wrapping(heard: list[Heard], kept: Callable[[bytes], bytes] = bytes) -> tuple[bytes, bytes] | None:
    """What stands before and after the text, if what is kept of that is the same in all replies."""
    if not all(one.sent in one.reply for one in heard):
        return None
    parts = [one.reply.partition(one.sent) for one in heard]
    pairs = {(kept(before), kept(after)) for before, _, after in parts}
    return pairs.pop() if len(pairs) == 1 else None


async def _with_receive_size(prober: Prober, before: list[bytes], options: Options, reply: bytes) -> Options:
    """Find out how much it receives at once, from how many replies a block has: the fewest of some tries.

    Who takes his time is asked once, and with a smaller block.
    """
    pause = prober.reply_time
    block, tries = (SMALL_BLOCK, 1) if pause > SETTLED else (BLOCK, TRIES)
    fewest = block
    enough = len(reply) * ceil(block / SIZES[0])
    for _ in range(tries):
        heard = await prober.say(*before, b"x" * block, wait=WAIT, enough=enough, pause=max(pause, SETTLED))
        fewest = min(fewest, heard.reply.count(reply) or block)
    likely = [size for size in SIZES if ceil(block / size) <= fewest] or SIZES[-1:]
    size = max(size for size in likely if ceil(block / size) == ceil(block / likely[0]))
    return {**options, "receive_size": str(size)} if size != 1024 else options
