"""By which rule does it answer? The servers that students write: an echo, a constant, capital letters.

Two random texts decide, which share no character in the same place, so that no constant looks like a rule.
Who goes on sending follows none, however much alike two beginnings are.
A server that says nothing to a text is asked again with a line end.
"""

import random
import string
from collections.abc import Callable, Mapping
from math import ceil

from spec_tests.harness.identifying.probing import Heard, Prober
from spec_tests.harness.identifying.quoting import escaped, pattern_of

Options = Mapping[str, str | list[str] | bool]

LENGTH = 14
SIZES = (64, 100, 128, 256, 512, 1000, 1024, 2048, 4096, 8192, 10240, 16384, 32768, 65536)
"""What programs receive at once."""
BLOCK = 60_000
"""As much as loopback carries in one segment, so that a receive call brings as much as it may."""
TRIES = 3

WAIT = 1.0


async def find_rule(prober: Prober, greeting: str) -> tuple[Options, str]:
    """Return the options that say by which rule a server answers, none if by no rule, and how that is known.

    One that greets is listened to before it is asked.
    """
    before = [b""] if greeting else []
    for end in (b"", b"\n"):
        one, other = _two_texts()
        heard = [await prober.say(*before, one + end, wait=WAIT)]
        if heard[0].reply:
            heard.append(await prober.say(*before, other + end, wait=WAIT))
        if len(heard) == 2 and heard[1].reply:
            if not all(one.is_whole for one in heard):
                break
            options = _by_lines(heard) if end else _by_bytes(heard)
            if options and await _closes(prober, before, heard):
                return {**options, "closes_after_reply": True}, "; ".join(map(str, heard))
            if options.get("dialect") == "ack" and prober.transport == "tcp":
                options = await _with_receive_size(prober, before, options, heard[0].reply)
            return options, "; ".join(map(str, heard))
    return {}, "; ".join(map(str, heard))


def _two_texts() -> tuple[bytes, bytes]:
    """Two texts with letters of both cases and digits, which differ in every place."""
    dice = random.SystemRandom()
    while True:
        one, other = (
            "".join(dice.choice(string.ascii_letters + string.digits) for _ in range(LENGTH)) for _ in range(2)
        )
        differ = all(left.lower() != right.lower() for left, right in zip(one, other, strict=True))
        if differ and all(any(map(test, text)) for text in (one, other) for test in (str.isupper, str.islower)):
            return one.encode(), other.encode()


def _by_bytes(heard: list[Heard]) -> Options:
    """The rule of a server that answers whatever it received."""
    rules: dict[str, Callable[[bytes], bytes]] = {
        "echo": lambda text: text,
        "upper": bytes.upper,
        "reverse": lambda text: text[::-1],
    }
    for name, rule in rules.items():
        if all(one.reply == rule(one.sent) for one in heard):
            return {"dialect": name}
    if pair := _wrapping(heard):
        before, after = pair
        return {"dialect": "wrapped", "reply": f"{escaped(before)}{{request}}{escaped(after)}"}
    if heard[0].reply == heard[1].reply:
        return {"dialect": "ack", "reply": escaped(heard[0].reply)}
    return {}


def _by_lines(heard: list[Heard]) -> Options:
    """The rule of a server that answers lines."""
    if all(one.reply == one.sent for one in heard):
        return {"dialect": "line"}
    lines = [Heard(one.sent.removesuffix(b"\n"), one.reply) for one in heard]
    if pair := _wrapping(lines):
        before, after = map(pattern_of, pair)
        return {"exchange": ["{token}\\n", f"{before}{{token}}{after}"]}
    if heard[0].reply == heard[1].reply:
        return {"exchange": ["{token}\\n", pattern_of(heard[0].reply)]}
    return {}


def _wrapping(heard: list[Heard]) -> tuple[bytes, bytes] | None:
    """What stands before and after the text, if that is the same in both replies."""
    pairs = {one.reply.partition(one.sent)[::2] for one in heard if one.sent in one.reply}
    return pairs.pop() if len(pairs) == 1 and all(one.sent in one.reply for one in heard) else None


async def _closes(prober: Prober, before: list[bytes], heard: list[Heard]) -> bool:
    """Whether the connection ends, with no second reply on it, where two texts are sent one after the other."""
    if prober.transport == "udp":
        return False
    last = await prober.say(*before, *(one.sent for one in heard), wait=WAIT)
    return last.ending is not None and not (last.sent == heard[1].sent and last.reply)


async def _with_receive_size(prober: Prober, before: list[bytes], options: Options, reply: bytes) -> Options:
    """Find out how much it receives at once, from how many replies a block has: the fewest of some tries."""
    fewest = BLOCK
    enough = len(reply) * ceil(BLOCK / SIZES[0])
    for _ in range(TRIES):
        heard = await prober.say(*before, b"x" * BLOCK, wait=WAIT, enough=enough)
        fewest = min(fewest, heard.reply.count(reply) or BLOCK)
    likely = [size for size in SIZES if ceil(BLOCK / size) <= fewest] or SIZES[-1:]
    size = max(size for size in likely if ceil(BLOCK / size) == ceil(BLOCK / likely[0]))
    return {**options, "receive_size": str(size)} if size != 1024 else options
