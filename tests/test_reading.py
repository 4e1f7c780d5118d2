"""What the console command reads out: a requirement, and what two reports differ in."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from spec_tests.__main__ import main
from spec_tests.harness.reading.replay import command_line
from spec_tests.harness.reading.replay import main as replay
from spec_tests.harness.registry import registry
from spec_tests.harness.values import BadOptionError


@pytest.mark.parametrize("one", registry(), ids=lambda one: one.id)
def test_every_requirement_is_explained_with_the_lines_that_meet_it(
    one: object, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, sentence = getattr(one, "id", ""), getattr(one, "sentence", "")

    assert 0 == main(["explain", id_])
    told = capsys.readouterr().out
    assert sentence in " ".join(told.split())
    assert "\n    - " in told or "\n    + " in told
    assert max(map(len, told.split("What breaks it")[0].splitlines())) <= 79


def test_an_unknown_requirement_is_answered_with_those_that_are_near(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert 2 == main(["explain", "clients-meet"])
    told = capsys.readouterr().err
    assert "'clients-meet'; is it concurrency.clients-meet or concurrency.many-clients-meet?\n" in told

    assert 2 == main(["explain"])
    assert "given 'nothing'; acceptspec --list names them" in capsys.readouterr().err


def report(file: Path, name: str, *rows: tuple[str, str, str]) -> str:
    """Write a report with rows of id, level and verdict; return its name."""
    told = [{"id": one, "level": level, "verdict": verdict, "reason": "so"} for one, level, verdict in rows]
    file.write_text(json.dumps({"name": name, "options": [], "requirements": told}))
    return str(file)


@pytest.mark.parametrize(
    ("change", "group", "status"),
    [
        ("passed → failed", "worse", 1),
        ("passed → blocked", "worse", 1),
        ("expected → failed", "worse", 1),
        ("not observed → failed", "worse", 1),
        ("failed → passed", "better", 0),
        ("passed → inconclusive", "no longer judged", 0),
        ("not run → passed", "judged now", 0),
        ("passed → expected", "", 0),
        ("failed → blocked", "", 0),
        ("not observed → not applicable", "", 0),
    ],
)
def test_a_change_of_a_verdict_is_better_or_worse(
    change: str, group: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, _, now = change.partition(" → ")
    old = report(tmp_path / "old.json", "version 1", ("a.one", "MUST", before), ("a.gone", "MUST", "passed"))
    new = report(tmp_path / "new.json", "version 2", ("a.one", "MUST", now))

    assert status == main(["compare", old, new])
    told = capsys.readouterr().out
    assert (f"{group}:\n  version 2: a.one (MUST) {change}\n" in told) == bool(group)
    assert not group or f"1 {group}" in told.splitlines()[-1]
    assert "gone:\n  version 2: a.gone (MUST) passed\n" in told


def test_a_should_that_got_worse_is_told_and_is_no_failure(tmp_path: Path) -> None:
    old = report(tmp_path / "old.json", "x", ("a.one", "SHOULD", "passed"))
    new = report(tmp_path / "new.json", "x", ("a.one", "SHOULD", "advised"))

    assert 0 == main(["compare", old, new])


def test_two_files_are_wanted_and_both_are_to_be_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.json"
    other.write_text("[1]")

    assert (2, 2, 2) == (
        main(["compare"]),
        main(["compare", "x", "y"]),
        main(["compare", str(other), str(other)]),
    )
    told = capsys.readouterr().err.splitlines()
    assert "ERROR: compare wants two reports, OLD.json and NEW.json, and was given 0" == told[0]
    assert "ERROR: x: No such file or directory" == told[1]
    assert f"ERROR: {other} is no report: --report-json writes one" == told[2]


OPTIONS = ["--launch", "./server --port {port}", "--cwd", "/x", "--dialect", "echo", "--seed", "7"]
MEET = "concurrency.clients-meet"


def reported(folder: Path, *names: str) -> str:
    """Write a report of servers with these names; return its name."""
    several = [
        {"name": name, "options": [*OPTIONS, "--env", f"NAME={name}"], "requirements": []} for name in names
    ]
    file = folder / "report.json"
    file.write_text(json.dumps(several if len(names) > 1 else several[0]))
    return str(file)


def test_a_replay_has_the_options_of_the_report(tmp_path: Path) -> None:
    wanted = [*OPTIONS, "--env", "NAME=a", "-k", "test_clients_meet"]

    assert wanted == command_line([reported(tmp_path, "a"), MEET])
    assert wanted == command_line([reported(tmp_path, "b", "a"), MEET, "--of", "a"])


def test_a_replay_has_a_folder_of_its_own_where_that_of_the_report_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, seen = Path(reported(tmp_path, "a")), []

    def run(words: Sequence[str]) -> int:
        folder = Path(words[words.index("--cwd") + 1])
        seen.append((folder, list(folder.iterdir())))
        return 5

    assert 5 == replay([str(file), MEET], run)
    assert "the folder /x is gone" in capsys.readouterr().err
    file.write_text(file.read_text().replace('"/x"', json.dumps(str(tmp_path))))
    assert 5 == replay([str(file), MEET], run)
    assert not capsys.readouterr().err
    assert [(seen[0][0], []), (tmp_path, [file])] == seen
    assert not seen[0][0].exists()


def test_a_replay_of_another_server_is_told_nothing_of_how_the_first_was_launched(tmp_path: Path) -> None:
    given = ["--server", "tcp://127.0.0.1:7", "--seed", "8"]

    words = command_line([reported(tmp_path, "a"), MEET, *given])

    assert ["--dialect", "echo", *given, "-k", "test_clients_meet"] == words


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "replay wants REPORT.json and the id"),
        (["{report}", "--of"], "replay wants REPORT.json and the id"),
        (["{report}", "clients-meet"], "there is no requirement 'clients-meet'"),
        (["{report}", MEET], r"is about several servers; say which with --of a\|b"),
        (["{report}", MEET, "--of"], r"is about several servers; say which with --of a\|b"),
        (["/nowhere", MEET], "/nowhere: No such file"),
    ],
)
def test_a_replay_that_makes_no_sense_is_refused(words: list[str], complaint: str, tmp_path: Path) -> None:
    report_file = reported(tmp_path, "a", "b")

    with pytest.raises(BadOptionError, match=complaint):
        command_line([word.format(report=report_file) for word in words])
    assert 2 == main(["replay", *(word.format(report=report_file) for word in words)])
