"""Known deviations: expected while they are as the file says, and a failure when they are not."""

import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from spec_tests.harness.expectations import (
    Expectation,
    as_expected,
    comparable,
    complaints,
    entries_from,
    read_expectations,
    write_entries,
    write_expectations,
)
from spec_tests.harness.values import BadOptionError
from spec_tests.harness.verdicts import Finding, Level, Verdict

ROOT = Path(__file__).parents[1]
FORK = f"{shlex.quote(sys.executable)} -m reference_servers fork --port {{port}} --quiet"
FAULTY = f"{FORK} --fault forgets-its-children"
KNOWN = ("a.one", "a.two")
ENTRY = Expectation("a.one", "it is so by design", "the server at ADDRESS sent")


def finding(verdict: Verdict, reason: str = "", requirement: str = "a.one") -> Finding:
    return Finding("it", requirement, Level.MUST, verdict, reason, 0.0)


def test_numbers_and_addresses_are_no_part_of_a_message() -> None:
    one = comparable("the server at tcp://127.0.0.1:7401 sent 1,024 bytes in 3.5 s\nand more")

    assert one == comparable("the server at tcp://[::1]:99 sent 7 bytes in 12 s")
    assert one == "the server at ADDRESS sent N bytes in N s"


def test_a_known_deviation_is_expected_and_keeps_its_message() -> None:
    deviation = finding(Verdict.FAILED, "the server at tcp://127.0.0.1:7401 sent 1,024 bytes")
    found = as_expected(deviation, [ENTRY])

    assert Verdict.EXPECTED is found.verdict
    assert "it is so by design: the server at tcp://127.0.0.1:7401 sent 1,024 bytes" == found.reason
    assert not complaints([ENTRY], [found])


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        (finding(Verdict.PASSED), "was expected to fail, and passed"),
        (finding(Verdict.FAILED, "the server died"), "fails in another way than expected: the server died"),
        (finding(Verdict.NOT_OBSERVED, "no power"), "and was not observed: no power"),
        (finding(Verdict.NOT_RUN, "it was deselected"), "and was not run"),
    ],
)
def test_what_differs_from_an_expectation_is_told(found: Finding, complaint: str) -> None:
    assert found is as_expected(found, [ENTRY])

    (told,) = complaints([ENTRY], [found])
    assert complaint in told


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[expected]]\nid = 'a.one'\n", "each [[expected]] has id, reason, message"),
        ("[[expected]]\nid = 'a.one'\nreason = ' '\nmessage = 'x'\n", "each a text"),
        ("[[expected]]\nid = 'a.three'\nreason = 'r'\nmessage = 'x'\n", "there is no requirement 'a.three'"),
        ("expected = 5\n", "each [[expected]] has"),
        ("unexpected = 5\n", "wanted nothing but [[expected]], and there is 'unexpected'"),
        ("[[expected]\n", "Expected ']]'"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(text: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "expected.toml"
    file.write_text(text)

    with pytest.raises(BadOptionError) as told:
        read_expectations(file, KNOWN)
    assert complaint in str(told.value)
    assert "\n" not in str(told.value)


def test_what_luck_decides_may_pass_and_may_not_fail_in_another_way() -> None:
    lucky = Expectation("a.one", "it is a race", "the server at ADDRESS sent", sometimes=True)

    assert not complaints([lucky], [finding(Verdict.PASSED)])
    assert not complaints([lucky], [finding(Verdict.NOT_OBSERVED)])
    assert complaints([lucky], [finding(Verdict.FAILED, "the server died")])


@pytest.mark.parametrize(("verdict", "why"), [(Verdict.PASSED, ""), (Verdict.NOT_OBSERVED, "nobody came")])
def test_a_deviation_that_luck_decides_is_expected_though_it_does_not_show(verdict: Verdict, why: str) -> None:
    lucky = Expectation("a.one", "it is a race", "the server at ADDRESS sent", sometimes=True)

    seen = as_expected(finding(verdict, why), [lucky])
    assert Verdict.EXPECTED is seen.verdict
    assert f"it is a race; this time {verdict} {why}".strip() == seen.reason
    assert Verdict.FAILED is as_expected(finding(Verdict.FAILED, "the server died"), [lucky]).verdict
    assert verdict is as_expected(finding(verdict, why), [replace(lucky, sometimes=False)]).verdict
    assert Verdict.INCONCLUSIVE is as_expected(finding(Verdict.INCONCLUSIVE, "starved"), [lucky]).verdict


def test_an_id_is_expected_once() -> None:
    row = {"id": "a.one", "reason": "r", "message": "m"}

    for other in (row, {**row, "sometimes": True}):
        with pytest.raises(BadOptionError, match=r"a\.one is expected twice, and that not only sometimes"):
            entries_from([row, other], "here", KNOWN)


def test_luck_may_decide_between_several_deviations(tmp_path: Path) -> None:
    first = Expectation("a.one", "it is a race", "sent nothing", sometimes=True)
    second = Expectation("a.one", "it is another", "sent too much", sometimes=True)
    file = tmp_path / "expected.toml"
    write_entries(file, [first, second])
    both = read_expectations(file, KNOWN)
    assert [first, second] == both

    for said, why in (("sent nothing", "it is a race"), ("sent too much", "it is another")):
        seen = as_expected(finding(Verdict.FAILED, said), both)
        assert f"{why}: {said}" == seen.reason
        assert not complaints(both, [seen])
    dead = finding(Verdict.FAILED, "the server died")
    assert 1 == len(complaints(both, [as_expected(dead, both)]))

    write_expectations(file, [dead], both)
    assert [first, second, replace(first, message="the server died")] == read_expectations(file, KNOWN)


@pytest.mark.parametrize("entry", [ENTRY, replace(ENTRY, sometimes=True)])
def test_what_is_written_can_be_read_and_keeps_the_reasons(entry: Expectation, tmp_path: Path) -> None:
    file = tmp_path / "expected.toml"
    odd = 'a "quoted" \\ message,\x00 收到了'
    findings = [
        as_expected(finding(Verdict.FAILED, "the server at tcp://127.0.0.1:1 sent it"), [entry]),
        finding(Verdict.ADVISED, odd, "a.two"),
        finding(Verdict.PASSED, "", "a.two"),
    ]
    write_expectations(file, findings, [entry])

    assert [entry, Expectation("a.two", "not explained yet", odd)] == read_expectations(file, KNOWN)


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "spec_tests", "--launch", FAULTY, "-k", "zombies or meet", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)


def test_a_run_with_expectations(tmp_path: Path) -> None:
    """The first run writes what it finds; the second expects it; an entry that passes fails the third."""
    file = tmp_path / "expected.toml"
    first = run("--expect", str(file), "--expect-update")
    assert 1 == first.returncode, first.stdout
    assert "zombie" in file.read_text()

    second = run("--expect", str(file))
    assert 0 == second.returncode, second.stdout
    assert "as expected: " in second.stdout

    with file.open("a") as more:
        more.write("\n[[expected]]\nid = 'concurrency.clients-meet'\nreason = 'r'\nmessage = 'm'\n")
    third = run("--expect", str(file))
    assert 1 == third.returncode
    assert "concurrency.clients-meet was expected to fail, and passed" in third.stdout
