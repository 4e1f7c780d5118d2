"""What does it speak? Found out by harmless requests, one connection each.

First we listen, for some greet. Then comes `PING`, which echo servers return, redis answers, and line
protocols refuse in their own way; never `GET` first, which redis takes for an attack. Only where nothing
comes follow `GET`, MQTT's `CONNECT`, and a ClientHello, which TLS answers. A server of a textbook is told by
its replies to random texts (textbooks.py). Every conclusion is an option of the command line.
"""

import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from client_kit import DIALECTS, ConnectionRefused, EndingKind
from client_kit.dialects.expected import common_length
from spec_tests.harness.identifying.probing import CONFIRMING, Heard, Prober
from spec_tests.harness.identifying.quoting import pattern_with_numbers, without_numbers
from spec_tests.harness.identifying.textbooks import find_rule

GREETING_WAIT = 0.5
"""Seconds in which a server that speaks first is expected to do so."""

SHOWN = 80
"""Characters of a greeting that are shown where it is told how a server speaks."""

CLOSES = re.compile(rb"^HTTP/1\.0|^connection: *close", re.IGNORECASE | re.MULTILINE)

HTML = re.compile(rb"\s*<(!doctype )?html", re.IGNORECASE)
"""How a server of HTTP/0.9 begins, which answers without a head what is no request: RFC 1945 §6."""

PING = b"PING\r\n"
GREETINGS = {rb"SSH-\d": "ssh", rb"INFO \{": "nats", rb"220[ -].*FTP": "ftp", rb"220[ -].*SMTP": "smtp"}
TLS_REPLY = re.compile(rb"\x16\x03...\x02|\x15\x03", re.DOTALL)
"""How a reply to a ClientHello begins: a ServerHello, or an alert (RFC 8446 §4, §5.1); an echo does not."""
REPLIES = {rb"\+PONG\r\n": "redis", rb"ERROR\r\n": "memcached", rb"UNKNOWN_COMMAND\r\n": "beanstalkd"}


@dataclass(frozen=True, slots=True)
class Speech:
    """What a server speaks, as the options that say so, and from which bytes that is known."""

    options: Mapping[str, str | list[str] | bool] = field(default_factory=dict)
    evidence: str = ""
    is_one_shot: bool = False
    """Whether it served the first visitor and nobody else."""

    @property
    def is_known(self) -> bool:
        """Whether anything fits."""
        return bool(self.options)


async def find_speech(prober: Prober) -> Speech:
    """Find out what a server speaks. Raises what a first visitor meets: a refusal, an unreachable host."""
    if prober.transport == "udp":
        return await _asked_over_udp(prober)
    greeting = await prober.listen(GREETING_WAIT)
    try:
        if greeting.reply:
            return await _greeted(prober, greeting)
        if greeting.ending:
            return Speech(evidence=f"it ends a connection on which nothing was said: {greeting}")
        return await _asked(prober)
    except ConnectionRefused:
        return Speech(evidence="it refused the second visitor", is_one_shot=True)


async def _asked_over_udp(prober: Prober) -> Speech:
    """One that answers datagrams, or says nothing to ours."""
    found = await _rule(prober, "")
    if not found.is_known:
        found = await _confirmed(prober, "dns", None)
    return found if found.is_known else Speech(evidence="; ".join(str(one) for one in prober.heard))


async def _greeted(prober: Prober, greeting: Heard) -> Speech:
    """One that speaks first: by its greeting, by what it says to `NOOP`, or by what follows."""
    if not greeting.is_whole:
        return Speech(evidence=f"it speaks before it is asked, and does not stop: {greeting}")
    for pattern, name in GREETINGS.items():
        if re.match(pattern, greeting.reply, re.IGNORECASE):
            return await _confirmed(prober, name, greeting)
    if greeting.ending is EndingKind.FIN:
        return Speech({"dialect": "daytime"}, f"it says something and ends: {greeting}")
    if re.match(rb"\d{3}[ -]", greeting.reply):
        answer = await prober.say(b"", b"NOOP\r\n")
        name = "smtp" if answer.reply.startswith(b"250") else "ftp"
        return await _confirmed(prober, name, answer)
    again = await prober.listen(GREETING_WAIT)
    return await _rule(prober, _pattern(greeting.reply, again.reply))


def _pattern(one: bytes, other: bytes) -> str:
    """A regular expression for a greeting, of which two examples are known; its numbers may change."""
    ours, theirs = map(without_numbers, (one, other))
    same = common_length(ours, theirs)
    kept = ours if ours == theirs else re.sub(rb"\w+$", b"", ours[:same])
    pattern = pattern_with_numbers(kept)
    return pattern if ours == theirs else f"{pattern}.+"


async def _asked(prober: Prober) -> Speech:
    """One that waits to be asked."""
    answer = await prober.say(PING)
    for pattern, name in REPLIES.items():
        if re.match(pattern, answer.reply):
            return await _confirmed(prober, name, answer)
    if answer.reply.startswith(b"HTTP/") or HTML.match(answer.reply):
        return await _confirmed(prober, "http", answer)
    if answer.reply.startswith((b"-NOAUTH", b"-DENIED")):
        return Speech(evidence=f"it is redis, and does not serve us: {answer}")
    if re.match(rb"(220|421|500|501|502|554)[ -]", answer.reply):
        return await _greeted(prober, answer)
    if answer.reply or answer.ending is None:
        found = await _rule(prober, "")
        if found.is_known or answer.reply:
            return found
    return await _by_trial(prober)


async def _by_trial(prober: Prober) -> Speech:
    """One that says nothing to `PING` and to no text: HTTP, MQTT, or one that never says anything."""
    for name in ("http", "mqtt"):
        found = await _confirmed(prober, name, None)
        if found.is_known:
            return found
    hello = await prober.say(client_hello(), wait=CONFIRMING)
    if TLS_REPLY.match(hello.reply):
        return Speech({"dialect": "tls"}, f"it answers a ClientHello: {hello}")
    last = await prober.say(b"whatever\n", wait=prober.patience)
    if last.reply:  # only late
        return await _rule(prober, "")
    if not hello.reply and last.ending is None:
        return Speech({"dialect": "discard"}, f"it takes what it is sent and says nothing: {last}")
    return Speech(evidence="; ".join(str(one) for one in prober.heard))


def client_hello() -> bytes:
    """What a client says first over TLS (RFC 8446 §4.1.2); whose certificate it would get is not asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    sent = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), sent).do_handshake()
    return sent.read()


async def _confirmed(prober: Prober, name: str, why: Heard | None) -> Speech:
    """Have a real exchange in a dialect; what a server says of itself is not enough."""
    reply, error = await prober.ask(DIALECTS[name])
    if error:
        return Speech(evidence=f"it looks like {name} ({why}), and then: {error}" if why else "")
    if name == "http" and CLOSES.search(reply.partition(b"\r\n\r\n")[0]):
        name = "http-closing"
    return Speech({"dialect": name}, str(why or prober.heard[-1]))


async def _rule(prober: Prober, greeting: str) -> Speech:
    options, evidence = await find_rule(prober, greeting)
    if greeting:
        options = {**(options or {"dialect": "raw"}), "greeting": greeting}
        shown = f"{greeting[:SHOWN]}…" if len(greeting) > SHOWN else greeting
        evidence = f"it greets with `{shown}`; {evidence}"
    return Speech(options, evidence)
