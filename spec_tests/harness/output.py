"""What a launched server prints: it is always drained, and the end of it kept."""

import re
import threading
from collections import deque

KEPT_LINES = 200
KEPT_CHARACTERS = 500
"""Of a line."""

TOLD = 3
"""So many lines at most say why a server ended."""
OF_AN_ERROR = re.compile(
    r"(?i:error|exception|panic|fatal|cannot|can't|unable|fail|denied|refused|in use)|\bE[A-Z]{4,}\b"
)
"""What is in the line that matters, wherever a language puts it: Python last, Ruby, Go and Java first."""
INNER = (" ", "\\t", "Traceback ")
"""How the lines of a traceback begin that do not tell the error."""


class Output:
    """Drains what a server prints, and keeps the last 200 lines."""

    def __init__(self, descriptor: int) -> None:
        self._lines: deque[bytes] = deque(maxlen=KEPT_LINES)
        self._descriptor = descriptor
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def last(self, count: int = KEPT_LINES) -> list[str]:
        """The last lines, escaped, without their ends."""
        return [_printable(line) for line in list(self._lines)[-count:]]

    def told(self) -> str:
        """What it says of its end: the last lines that name an error, or else the last at all."""
        lines = [line for line in self.last() if line and not line.startswith(INNER)]
        errors = [line for line in lines if OF_AN_ERROR.search(line)]
        return " | ".join((errors or lines)[-TOLD:]) or "nothing"

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether one of the last lines matches."""
        return any(pattern.search(line) for line in self.last())

    def wait_for_end(self, seconds: float) -> None:
        """Wait until everybody who could print has ended."""
        self._thread.join(seconds)

    def _drain(self) -> None:
        unfinished = b""
        with open(self._descriptor, "rb", buffering=0) as stream:
            while data := stream.read(65536):
                *lines, unfinished = (unfinished + data).split(b"\n")
                self._lines.extend(line[:KEPT_CHARACTERS] for line in lines[-KEPT_LINES:])
                if len(unfinished) > KEPT_CHARACTERS:
                    self._lines.append(unfinished[:KEPT_CHARACTERS])
                    unfinished = b""
        if unfinished:
            self._lines.append(unfinished)


def _printable(line: bytes) -> str:
    text = line.decode(errors="backslashreplace").rstrip("\r")
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
