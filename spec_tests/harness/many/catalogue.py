"""The file of `--servers`: a table for each server, and what is wrong with it, in one line (TOML).

`{here}` in a command is the folder of the file, `{port}` and `{host}` are as for `--launch`.
"""

import importlib.util
import shutil
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spec_tests.harness.expectations import Expectation, entries_from
from spec_tests.harness.values import BadOptionError

OPTIONS = (
    *(
        "transport",
        "dialect",
        "reply",
        "receive_size",
        "exchange",
        "greeting",
        "closes_after_reply",
        "model",
        "idle_timeout",
        "max_clients",
        "max_rate",
    ),
    *("ready_line", "patience"),
)
"""The keys that are options of the command line, by the same names."""
LAUNCHING = ("transport", "ready_line")
"""Those that say something of a server that is launched."""
KEYS = {*OPTIONS, "version", "prepare", "launch", "address", "programs", "modules", "expected"}

VERSION_SECONDS = 20
PREPARE_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Entry:
    """One server of the file."""

    name: str
    folder: Path
    values: Mapping[str, Any]
    expected: Sequence[Expectation] = field(default_factory=tuple)

    @property
    def launch(self) -> str | None:
        """The launch command, if it has one."""
        command: str | None = self.values.get("launch")
        return command and self._placed(command)

    def _placed(self, command: str) -> str:
        return command.replace("{here}", str(self.folder))

    def prepare(self, room: Path) -> str:
        """Run what comes before the first launch, in the folder of the run; return what went wrong, or ""."""
        if "prepare" not in self.values:
            return ""
        command = ["sh", "-c", self._placed(self.values["prepare"])]
        try:
            done = subprocess.run(
                command, cwd=room, capture_output=True, text=True, timeout=PREPARE_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return f"{command[2]} took longer than {PREPARE_SECONDS} s"
        return f"{command[2]} failed: {done.stderr.strip()[-300:]}" if done.returncode else ""

    @property
    def missing(self) -> list[str]:
        """The programs and modules that it needs and that are not installed."""
        programs = [one for one in self.values.get("programs", []) if not shutil.which(one)]
        return programs + [one for one in self.values.get("modules", []) if not importlib.util.find_spec(one)]

    @property
    def version(self) -> str:
        """The first line that its version command prints; "" if it has none."""
        command = self.values.get("version")
        if not command:
            return ""
        try:
            done = subprocess.run(
                ["sh", "-c", command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=VERSION_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "unknown"
        lines = [line.strip() for line in done.stdout.decode(errors="replace").splitlines() if line.strip()]
        return lines[0] if lines else "unknown"

    def arguments(self, *, is_launched: bool) -> list[str]:
        """What the command line says of it, but for where it is."""
        words: list[str] = []
        for name in OPTIONS:
            value = self.values.get(name, False)
            if value is not False and (is_launched or name not in LAUNCHING):
                words.append(f"--{name.replace('_', '-')}")
                words += map(str, value if isinstance(value, list) else [value] * (value is not True))
        return words


def read_catalogue(file: Path, names: Sequence[str], known: Sequence[str]) -> list[Entry]:
    """Read the servers of a file, or those of them that are named. Raises BadOptionError."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadOptionError(f"--servers {file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadOptionError(f"--servers {file}: {error}") from error
    if unknown := [name for name in names if name not in content]:
        raise BadOptionError(f"--servers {file} has no server {unknown[0]!r}; it has {', '.join(content)}")
    return [_entry(file, name, values, known) for name, values in content.items() if not names or name in names]


def _entry(file: Path, name: str, values: Any, known: Sequence[str]) -> Entry:
    where = f"--servers {file}: {name}"
    if not isinstance(values, Mapping):
        raise BadOptionError(f"{where}: wanted a table, [{name}]")
    if unknown := sorted(set(values) - KEYS):
        raise BadOptionError(f"{where}: {unknown[0]!r} is none of {', '.join(sorted(KEYS))}")
    if ("launch" in values) == ("address" in values):
        raise BadOptionError(f"{where}: wanted either launch or address")
    expected = entries_from(values.get("expected", []), where, known)
    return Entry(name, file.absolute().parent, values, tuple(expected))
