"""The options that say what the server speaks, and the dialect that they make."""

import argparse
import importlib
import re

from client_kit import DIALECTS, RAW, Ability, Ack, Dialect, Exchange, Greeted, closing, wrapped
from client_kit.dialects import OPAQUE
from client_kit.dialects.ack import OK, RECEIVE_SIZE
from spec_tests.harness.values import BadOptionError, choice, count, number

ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}
REQUEST = b"{request}"


def dialect_from(options: argparse.Namespace) -> Dialect:
    """The dialect that the command line says, with its parameters. Raises BadOptionError."""
    dialect = _exchange(options) or _named(options)
    if options.closes_after_reply:
        dialect = _closing(options, dialect)
    if options.greeting is None:
        return dialect
    try:
        return Greeted(_pattern(options.greeting), dialect)
    except ValueError as error:
        raise BadOptionError(f"--greeting: {error}") from error


def _closing(options: argparse.Namespace, dialect: Dialect) -> Dialect:
    if options.dialect in (None, "auto") and not options.exchange:
        raise BadOptionError("--closes-after-reply belongs to a --dialect or --exchange; auto finds it out")
    if Ability.REPEATS not in dialect.abilities:
        why = f"no connection of {dialect.name} carries more than one exchange: leave it out"
        raise BadOptionError(f"--closes-after-reply: {why}")
    return closing(dialect)


def _exchange(options: argparse.Namespace) -> Dialect | None:
    if options.exchange is None:
        return None
    if options.dialect not in (None, "auto"):
        raise BadOptionError(f"--exchange is a dialect of its own: leave out --dialect {options.dialect}")
    _refuse_parameters(options, "exchange")
    request, reply = options.exchange
    try:
        return Exchange(unescaped(request, "--exchange"), _pattern(reply))
    except ValueError as error:
        raise BadOptionError(f"--exchange {request!r} {reply!r}: {error}") from error


def _named(options: argparse.Namespace) -> Dialect:
    if options.dialect and ":" in options.dialect:
        _refuse_parameters(options, options.dialect)
        return _imported(options.dialect)
    name = choice(options, "dialect", ("auto", *DIALECTS, "wrapped", *OPAQUE)) or "auto"
    if name == "ack":
        reply = OK if options.reply is None else unescaped(options.reply, "--reply")
        return Ack(reply, number(options, "receive_size", count) or RECEIVE_SIZE)
    if name == "wrapped":
        return _wrapped(options)
    _refuse_parameters(options, name)
    return {**DIALECTS, **OPAQUE}.get(name, RAW)  # until it is known, nothing is


def _wrapped(options: argparse.Namespace) -> Dialect:
    before, found, after = unescaped(options.reply or "{request}", "--reply").partition(REQUEST)
    if not found or not before + after:
        raise BadOptionError(
            f"--reply {options.reply!r}: a wrapped reply has {{request}} in it, and text before or after"
        )
    return wrapped(before, after)


def _imported(place: str) -> Dialect:
    module, _, name = place.partition(":")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except Exception as error:
        raise BadOptionError(f"--dialect {place}: {module} cannot be imported: {error}") from error
    if not isinstance(found, Dialect):
        what = "there is no such name" if found is None else f"it is {type(found).__name__}"
        raise BadOptionError(f"--dialect {place}: wanted a client_kit.Dialect, and {what}")
    return found


def _refuse_parameters(options: argparse.Namespace, name: str) -> None:
    for option, value in ("--reply", options.reply), ("--receive-size", options.receive_size):
        if value is not None:
            raise BadOptionError(f"{option} belongs to --dialect ack; the dialect is {name}")


def _pattern(text: str) -> bytes:
    """A regular expression over bytes, as a shell hands it over."""
    return text.encode()


def unescaped(text: str, option: str) -> bytes:
    r"""Read `OK\n` as a shell hands it over; all but the escapes is UTF-8."""
    if not text:
        raise BadOptionError(f"{option} '': wanted at least one character")

    def value(found: re.Match[bytes]) -> bytes:
        return bytes.fromhex(found[1].decode()) if found[1] else ESCAPES[found[2]]

    return re.sub(rb"\\(?:x([0-9a-fA-F]{2})|([nrt0\\]))", value, text.encode())
