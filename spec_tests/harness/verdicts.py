"""The verdicts, and why a requirement is not judged.

A verdict is what came out for one requirement on one server; it is never a silent skip.
Nothing here knows pytest.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self


class Level(StrEnum):
    """How much a requirement binds, in the sense of RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class Verdict(StrEnum):
    """What came out for one requirement on one server."""

    PASSED = "passed"
    FAILED = "failed"
    ADVISED = "advised"
    EXPECTED = "expected"
    NOT_APPLICABLE = "not applicable"
    ASKED_ELSEWHERE = "asked with another service"
    NOT_OBSERVED = "not observed"
    BLOCKED = "blocked"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


FAILING = frozenset({Verdict.FAILED, Verdict.BLOCKED})
"""The verdicts that make a run end with exit status 1."""


class NotJudgedError(Exception):
    """A requirement could not or need not be judged; `reason` says why, in words for the server's author."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


class ViolatedError(Exception):
    """The server did what its requirement forbids; the text says what."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One requirement, one server, one verdict; made of simple types, for it travels between processes."""

    server: str
    id: str
    level: Level
    verdict: Verdict
    reason: str
    seconds: float
    text: str = ""
    """The full account of a failure."""
    timeline: tuple[dict[str, Any], ...] = ()
    """What happened on the wire, where it did not pass; as Timeline.events() tells it."""
    output: tuple[str, ...] = ()
    """What a launched server printed last, where it did not pass."""

    @property
    def chapter(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]

    def as_dict(self) -> dict[str, Any]:
        """For the journey through pytest's reports: execnet carries no enumerations."""
        return asdict(self) | {"level": str(self.level), "verdict": str(self.verdict)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The way back."""
        kinds = {"level": Level(values["level"]), "verdict": Verdict(values["verdict"])}
        return cls(**values | kinds | {name: tuple(values[name]) for name in ("timeline", "output")})


def having(findings: Iterable[Finding], *verdicts: Verdict) -> list[Finding]:
    """The findings with one of these verdicts, in their order."""
    return [finding for finding in findings if finding.verdict in verdicts]
