"""The files that a run writes are well-formed, whatever a server is called and whatever it says."""

import json
import os
import shlex
import signal
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from client_kit import DIALECTS, Timeline
from client_kit.timeline import RECEIVED, SENT
from spec_tests.harness.description import Description
from spec_tests.harness.registry import registry
from spec_tests.harness.report.badge import as_badge
from spec_tests.harness.report.html import as_html
from spec_tests.harness.report.json_file import SCHEMA, as_json, reports
from spec_tests.harness.report.markdown import as_markdown
from spec_tests.harness.report.results import Results, ServerResult
from spec_tests.harness.verdicts import Finding, Verdict

ROOT = Path(__file__).parents[1]
MARKUP = "<script>alert(1)</script> \"double\" 'single' & "
MARKUP += "NUL \x00 bell \x07 \u202eright-to-left\u202c مرحبا \udc80 | * `"
MEGABYTE = 1_000_000
CEILING = 60


def report(name: str, text: str, verdicts: list[Verdict]) -> dict[str, Any]:
    """A report in which each verdict comes up, and in which every text is this one."""
    timeline = Timeline()
    timeline.record(text, f"connected from {text}")
    timeline.record(text, SENT, text.encode(errors="replace"))
    timeline.note(text)
    timeline.record("B", RECEIVED, bytes(range(256)))
    for number in range(200):
        timeline.record("B", f"event {number}")
    findings = []
    for number, one in enumerate(registry()):
        verdict = verdicts[number % len(verdicts)]
        is_wrong = verdict in (Verdict.FAILED, Verdict.ADVISED)
        findings.append(
            Finding(
                *(name, one.id, one.level, verdict, "" if verdict is Verdict.PASSED else text, 0.1),
                text=text if is_wrong else "",
                timeline=tuple(timeline.events()) if is_wrong else (),
                output=(text, text) if is_wrong else (),
            )
        )
    server = Description(name=name, transport="tcp", dialect=DIALECTS["echo"], model="fork", launch=text)
    (made,) = reports([server], registry(), findings, ["--launch", text])
    return made


HOSTILE = Results([ServerResult(report(MARKUP, MARKUP, list(Verdict)) | {"version": MARKUP})])
MANY = Results(
    [
        ServerResult(report(f"server-{number}", "it sent nothing", [Verdict.PASSED] * 27 + [Verdict.FAILED]))
        for number in range(40)
    ],
    [("absent", MARKUP)],
    is_catalogue=True,
)
HEALTHY = Results([ServerResult(report("healthy", "", [Verdict.PASSED]))])


class Page(HTMLParser):
    """Counts the elements of a page, and complains of what is closed and was not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.count: dict[str, int] = {}
        self.attributes: list[tuple[str, str | None]] = []
        self.ids: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element."""
        self.count[tag] = self.count.get(tag, 0) + 1
        self.attributes += attrs
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        if self.get_starttag_text() and self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            raise AssertionError(f"</{tag}> closes {self.open[-3:]}")


@pytest.mark.parametrize("results", [HOSTILE, MANY, HEALTHY], ids=["hostile", "many", "healthy"])
def test_each_file_is_well_formed(results: Results) -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(as_json(results)), schema)

    page = Page(as_html(results))
    assert 1 == page.count["script"] == page.count["main"]
    assert not [value for name, value in page.attributes if name in ("src", "onclick", "onload")]
    links = {value for name, value in page.attributes if name == "href"}
    ids = {f"#{value}" for name, value in page.attributes if name == "id"}
    assert links <= ids
    Page(as_badge(results))
    assert "<script" not in as_markdown(results)


def test_a_page_shows_what_a_browser_would_not() -> None:
    text = as_html(HOSTILE)

    assert not {"\x00", "\x07", "\u202e", "\udc80"} & set(text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "NUL ␀ bell ␇ \\u202eright-to-left\\u202c مرحبا \\udc80" in text


def test_forty_servers_are_a_page_of_less_than_three_megabytes() -> None:
    assert len(as_html(MANY).encode()) < 3 * MEGABYTE


def test_a_badge_says_how_many_musts_passed() -> None:
    musts = sum(one.level == "MUST" for one in registry())

    assert f"acceptspec: conformant {musts}/{musts} MUST" in as_badge(HEALTHY)
    assert "acceptspec: 0/40 servers conformant" in as_badge(MANY)
    assert "not conformant" in as_badge(HOSTILE)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_run_writes_what_is_known_until_then(tmp_path: Path) -> None:
    server = f"{shlex.quote(sys.executable)} -m reference_servers thread --port {{port}} --quiet"
    names = {one: tmp_path / one for one in ("report-json", "report-html", "report-markdown", "badge")}
    options = [word for name, file in names.items() for word in (f"--{name}", str(file))]
    command = [sys.executable, "-m", "spec_tests", "--launch", server, "-n", "0", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as run:
        try:
            assert run.stdout
            for line in run.stdout:
                if "serves-one-after-another" in line:
                    run.send_signal(signal.SIGINT)
                    break
            printed = run.stdout.read()
            run.wait(CEILING)
        finally:
            run.kill()

    found = json.loads(names["report-json"].read_text())
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    verdicts = {row["verdict"] for row in found["requirements"]}
    assert {"passed", "not run"} <= verdicts
    assert "not run: the run was interrupted before it was asked (" in printed
    Page(names["report-html"].read_text())
    Page(names["badge"].read_text())
    assert names["report-markdown"].read_text().startswith("# Servers")


def test_junit_has_the_verdict_and_what_it_is_about(tmp_path: Path) -> None:
    server = f"{shlex.quote(sys.executable)} -m reference_servers thread --port {{port}} --quiet"
    file = tmp_path / "junit.xml"
    faulty = f"{server} --service echo --fault one-buffer-for-all"
    command = [sys.executable, "-m", "spec_tests", "--launch", faulty, "--dialect", "echo"]
    command += ["-k", "serves_one or replies_reach or announces_its", "--junitxml", str(file)]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=CEILING, check=False)

    suite = ET.parse(file).getroot()[0]  # noqa: S314 - our own file
    cases = list(suite)
    told = [{one.get("name"): one.get("value") for one in case.iter("property")} for case in cases]
    assert 4 == len(cases)
    assert {"connecting.serves-one-exchange", "concurrency.replies-reach-their-own-client"} < {
        one["requirement"] for one in told
    }
    assert {"passed", "failed"} == {one["verdict"] for one in told}
    check_as_ci_readers_do(suite)


def check_as_ci_readers_do(suite: ET.Element) -> None:
    """Find what the readers of GitLab and of GitHub's actions go by, and nothing that they would miscount.

    GitLab (docs.gitlab.com/ci/testing/unit_test_reports) takes the name, the class, the time, the file and the
    first of failure, error and skipped of a case, and of equal names the first case only.
    """
    assert "testsuite" == suite.tag
    names = {(case.get("classname"), case.get("name")) for case in suite}
    assert len(suite) == len(names) == int(suite.attrib["tests"])
    for outcome, counted in {"failure": "failures", "error": "errors", "skipped": "skipped"}.items():
        found = list(suite.iter(outcome))
        assert len(found) == int(suite.attrib[counted]), outcome
        assert all(one.get("message") for one in found)
    assert not list(suite.iter("error"))
    for case in suite:
        assert float(case.attrib["time"]) >= 0
        assert ".test_" in case.attrib["classname"]
        assert sum(one.tag in {"failure", "skipped"} for one in case) <= 1


@pytest.mark.parametrize(
    ("verdicts", "word"),
    [
        ([Verdict.PASSED], "conformant: "),
        ([Verdict.PASSED, Verdict.INCONCLUSIVE], "undecided: "),
        ([Verdict.INCONCLUSIVE, Verdict.EXPECTED], "undecided: "),
        ([Verdict.PASSED, Verdict.INCONCLUSIVE, Verdict.FAILED], "not conformant: "),
        ([Verdict.PASSED, Verdict.BLOCKED], "not conformant: "),
        ([Verdict.PASSED, Verdict.EXPECTED], "as expected: "),
    ],
)
def test_what_is_not_judged_makes_nobody_conformant_nor_the_contrary(
    verdicts: list[Verdict], word: str
) -> None:
    assert report("server", "so", verdicts)["conclusion"].startswith(word)
