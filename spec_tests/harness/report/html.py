"""`--report-html`: one page that explains every failure, complete in itself; readable without JavaScript."""

from dataclasses import dataclass
from typing import Any

import jinja2
from markupsafe import Markup

from spec_tests.harness.conclusion import Conclusion, Standing
from spec_tests.harness.registry import CHAPTERS, registry
from spec_tests.harness.report.console import cell
from spec_tests.harness.report.drawing import SERVER, Drawing, drawing, told
from spec_tests.harness.report.explanation import AGAIN_WITH
from spec_tests.harness.report.results import DEVIATIONS, Results, ServerResult
from spec_tests.harness.report.suspects import suspects
from spec_tests.harness.verdicts import Finding, Verdict
from spec_tests.requirement import Requirement

BIDIRECTIONAL = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
"""Characters that turn text around: a name of a client must not reorder the page."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A requirement, and what came out for it."""

    asked: Requirement
    finding: Finding
    authority: str
    suspects: list[str]
    drawing: Drawing | None

    @property
    def is_open(self) -> bool:
        """Whether there is something to explain."""
        return self.finding.verdict in DEVIATIONS

    @property
    def again_with(self) -> str:
        """The command that asks again, as the account of the failure ends."""
        return self.finding.text.rpartition(AGAIN_WITH)[2].strip() if AGAIN_WITH in self.finding.text else ""

    @property
    def key(self) -> str:
        """Its verdict as a word for a class of CSS."""
        return self.finding.verdict.replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Section:
    """A server, chapter by chapter."""

    tested: ServerResult
    conclusion: Conclusion
    chapters: list[tuple[str, str, list[Entry]]]
    """The name of a chapter, the cell of the matrix, and the entries."""

    @property
    def is_good(self) -> bool:
        """Whether it is conformant."""
        return self.conclusion.standing is Standing.CONFORMANT

    @property
    def look(self) -> str:
        """The class of CSS for its conclusion."""
        if self.is_good:
            return "good"
        return "bad" if self.conclusion.standing is Standing.NOT_CONFORMANT else "doubt"


def as_html(results: Results) -> str:
    """The page."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("spec_tests.harness.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    environment.globals.update(told=told, SERVER=SERVER)
    sections = [_section(one) for one in results.tested]
    return environment.get_template("page.html.jinja").render(
        title=_title(sections),
        sections=sections,
        chapters=CHAPTERS,
        verdicts=[one for one in Verdict if any(one is e.finding.verdict for e in _entries(sections))],
        absent=results.absent,
    )


def _title(sections: list[Section]) -> str:
    if len(sections) == 1:
        return f"{sections[0].tested.name}: {sections[0].conclusion.sentence}"
    good = sum(one.is_good for one in sections)
    return f"{len(sections)} servers, {good} of them conformant"


def _entries(sections: list[Section]) -> list[Entry]:
    return [entry for one in sections for _, _, entries in one.chapters for entry in entries]


def _section(tested: ServerResult) -> Section:
    found = {one.id: one for one in tested.findings}
    known = [(one, found[one.id]) for one in registry() if one.id in found]
    chapters = []
    for chapter in CHAPTERS:
        entries = [_entry(one, finding, tested) for one, finding in known if one.chapter == chapter]
        chapters.append((chapter, cell([one.finding for one in entries]), entries))
    return Section(tested, tested.conclusion, chapters)


def _entry(asked: Requirement, finding: Finding, tested: ServerResult) -> Entry:
    is_wrong = finding.verdict in DEVIATIONS
    return Entry(
        asked=asked,
        finding=finding,
        authority=asked.authority_for(tested.report["dialect"]),
        suspects=suspects(asked.id, tested.report["model"]) if is_wrong else [],
        drawing=drawing(finding.timeline) if is_wrong and finding.timeline else None,
    )


def _plain(value: Any) -> Any:
    """Show what a browser would not: control characters, and those that turn the direction of text."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join(_shown(one) for one in value)


def _shown(one: str) -> str:
    code = ord(one)
    if one in "\n\t" or (code >= 0x20 and code not in {*BIDIRECTIONAL, 0x7F} and not 0xD800 <= code < 0xE000):
        return one
    return chr(0x2400 + code) if code < 0x20 else f"\\u{code:04x}"
