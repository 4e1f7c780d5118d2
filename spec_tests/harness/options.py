"""The command line: what it says of a server and of the run, and what is wrong with it, in one line.

Nothing is asked of the server here.
"""

import argparse
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import psutil

from client_kit import TRANSPORTS, Address, AddressError, Dialect, Transport
from spec_tests.harness.declarations import DEFAULTS
from spec_tests.harness.description import MODELS, Description, Limits
from spec_tests.harness.speaking import dialect_from
from spec_tests.harness.values import BadOptionError, choice, count, number, positive, seconds


def description_from(options: argparse.Namespace) -> Description | None:
    """What the command line says of the server; None if it names none. Raises BadOptionError."""
    if isinstance(options.server, str):
        options.server = _address(options.server)
    if options.server is None and options.launch is None:
        _refuse_without_server(options)
        return None
    if options.by_address:
        raise BadOptionError("--by-address belongs to --servers FILE")
    _check_launch(options)
    transport = _transport(options)
    return Description(
        name=str(options.server) if options.server else f"{shlex.split(options.launch)[0]}",
        transport=transport,
        dialect=_dialect(options, transport),
        model=_model(options),
        address=options.server,
        launch=options.launch,
        pid=_pid(options),
        cwd=_cwd(options),
        environment=_environment(options),
        ready_line=_ready_line(options),
        idle_timeout=0.0 if options.idle_timeout == "none" else number(options, "idle_timeout", seconds),
    )


def limits_from(options: argparse.Namespace) -> Limits:
    """How long is waited, and how many clients are held."""
    return Limits(
        patience=number(options, "patience", seconds) or DEFAULTS.patience,
        quiet_period=number(options, "quiet_period", seconds) or DEFAULTS.quiet_period,
        max_clients=number(options, "max_clients", count),
        max_rate=number(options, "max_rate", positive),
        seed=number(options, "seed", count),
        is_strict=options.strict,
        is_disruptive=options.disruptive,
    )


def _refuse_without_server(options: argparse.Namespace) -> None:
    given = {
        "--transport": options.transport,
        "--dialect": options.dialect,
        "--reply": options.reply,
        "--receive-size": options.receive_size,
        "--exchange": options.exchange,
        "--greeting": options.greeting,
        "--closes-after-reply": options.closes_after_reply or None,
        "--idle-timeout": options.idle_timeout,
        "--pid": options.pid,
        "--ready-line": options.ready_line,
        "--cwd": options.cwd,
        "--env": options.env or None,
    }
    for option, value in given.items():
        if value is not None:
            raise BadOptionError(f"{option} says something of a server; name it with --server or --launch")


def _check_launch(options: argparse.Namespace) -> None:
    command = options.launch
    if command is None:
        return
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise BadOptionError(f"--launch {command!r}: {error}") from error
    if not words:
        raise BadOptionError("--launch needs a command; it is empty")
    if "{port}" not in command and options.server is None:
        raise BadOptionError(
            f"--launch {command!r} says nothing of the port: put {{port}} where the port belongs, or, if "
            "it is written into the program, say where it listens with --server tcp://127.0.0.1:PORT"
        )
    if "{port}" in command and options.server is not None:
        raise BadOptionError("--launch with {port} picks a port itself: leave out --server, or {port}")
    if options.pid is not None:
        raise BadOptionError("--pid is for a server that runs already; --launch knows the process")


def _transport(options: argparse.Namespace) -> Transport:
    address: Address | None = options.server
    if address is None:
        return TRANSPORTS[choice(options, "transport", TRANSPORTS) or "tcp"]
    if choice(options, "transport", TRANSPORTS) not in (None, address.transport):
        raise BadOptionError(f"--transport {options.transport} contradicts --server {address}")
    return address.transport


def _dialect(options: argparse.Namespace, transport: Transport) -> Dialect:
    dialect = dialect_from(options)
    if transport not in dialect.transports:
        spoken = " or ".join(sorted(dialect.transports)).upper()
        what = "a greeting" if options.greeting else dialect.name
        raise BadOptionError(f"{what} is spoken over {spoken}, and the server is {transport.upper()}")
    return dialect


def _model(options: argparse.Namespace) -> str:
    name = choice(options, "model", ("auto", *MODELS)) or "auto"
    return "unknown" if name == "auto" else name  # until it is found out


def _pid(options: argparse.Namespace) -> int | None:
    pid = number(options, "pid", count)
    if pid is not None and not psutil.pid_exists(pid):
        raise BadOptionError(f"--pid {pid}: there is no such process")
    return pid


def _cwd(options: argparse.Namespace) -> str | None:
    folder: str | None = options.cwd
    if folder is None:
        return None
    if options.launch is None:
        raise BadOptionError("--cwd is for a server that is launched; give --launch, too")
    if not Path(folder).is_dir():
        raise BadOptionError(f"--cwd {folder}: wanted a folder, and there is none")
    return str(Path(folder).absolute())


def _environment(options: argparse.Namespace) -> tuple[tuple[str, str], ...]:
    pairs = []
    for text in options.env:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise BadOptionError(f"--env {text!r}: wanted NAME=VALUE")
        pairs.append((name, value))
    if pairs and options.launch is None:
        raise BadOptionError("--env is for a server that is launched; give --launch, too")
    return tuple(pairs)


def _ready_line(options: argparse.Namespace) -> str | None:
    pattern: str | None = options.ready_line
    if pattern is None:
        return None
    if options.launch is None:
        raise BadOptionError("--ready-line is for a server that is launched; give --launch, too")
    try:
        re.compile(pattern)
    except re.error as error:
        raise BadOptionError(f"--ready-line {pattern!r} is no regular expression: {error}") from error
    return pattern


def _address(text: str) -> Address:
    try:
        return Address.parse(text)
    except AddressError as error:
        raise BadOptionError(f"--server {error}") from error


def bare_address(arguments: Sequence[str]) -> str:
    """The address that somebody gave who does not know --server yet; "" if there is none."""
    for argument in arguments:
        if re.fullmatch(r"((tcp|udp)://)?[^/]*:[0-9]+", argument):
            return argument if "://" in argument else f"tcp://{argument}"
    return ""


def as_arguments(options: argparse.Namespace) -> list[str]:
    """The options by which a run is repeated: what is said of the server, and how it is judged."""
    given = {
        "--server": options.server,
        "--launch": options.launch,
        "--transport": options.transport,
        "--dialect": options.dialect,
        "--reply": options.reply,
        "--receive-size": options.receive_size,
        "--greeting": options.greeting,
        "--model": options.model,
        "--idle-timeout": options.idle_timeout,
        "--pid": options.pid,
        "--ready-line": options.ready_line,
        "--cwd": options.cwd,
        "--max-clients": options.max_clients,
        "--max-rate": options.max_rate,
        "--patience": options.patience,
        "--quiet-period": options.quiet_period,
        "--seed": options.seed,
    }
    words = [word for name, value in given.items() if value is not None for word in _words(name, str(value))]
    words += ["--exchange", *options.exchange] if options.exchange else []
    flags = ("closes_after_reply", "disruptive", "strict")
    words += [f"--{name.replace('_', '-')}" for name in flags if getattr(options, name)]
    return words + [word for pair in options.env for word in ("--env", pair)]


def _words(name: str, value: str) -> list[str]:
    """An option and its value: in one word where the value would be taken for an option."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]
