"""The example works as a stranger would run it: outside the repository, with the kit from a wheel."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]

SHOW_ORIGIN = """\
import client_kit

def pytest_report_header():
    return f"client_kit is {client_kit.__file__}"
"""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command; return its output if it succeeds, and show it if it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def install_wheel(folder: Path) -> Path:
    """Build the wheel and unpack it; return where `client_kit` can be imported from."""
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    isolation = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    run(*pip, "wheel", "--no-deps", *isolation, "--wheel-dir", folder, REPOSITORY, cwd=folder)
    (wheel,) = folder.glob("acceptspec-*.whl")
    run(*pip, "install", "--no-deps", "--target", folder / "site", wheel, cwd=folder)
    return folder / "site"


def test_parrots_tests_pass_with_the_kit_from_the_wheel(tmp_path: Path) -> None:
    site = install_wheel(tmp_path)
    example = tmp_path / "parrot"
    shutil.copytree(
        REPOSITORY / "examples" / "parrot", example, ignore=shutil.ignore_patterns("__pycache__", ".*")
    )
    (example / "conftest.py").write_text(SHOW_ORIGIN)

    output = run(
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        cwd=example,
        PYTHONPATH=str(site),
        PYTEST_ADDOPTS="",
    )

    assert f"client_kit is {site / 'client_kit' / '__init__.py'}" in output
    assert " 6 passed" in output


def test_the_shell_example_leaves_every_report(tmp_path: Path) -> None:
    folder = REPOSITORY / "examples" / "ci"
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "acceptspec").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m spec_tests "$@"\n')
    (tools / "acceptspec").chmod(0o755)
    server = f"'{sys.executable}' -m reference_servers thread --port {{port}} --quiet"

    run(
        folder / "check.sh",
        server,
        "-k",
        "serves_one",
        cwd=tmp_path,
        PATH=f"{tools}:{os.environ['PATH']}",
        PYTHONPATH=str(REPOSITORY),
    )

    reports = {file.name for file in (tmp_path / "reports").iterdir()}
    assert {"junit.xml", *(f"acceptspec.{kind}" for kind in ("html", "json", "md", "svg"))} == reports


def test_the_action_calls_the_shell_example_and_shows_what_it_writes() -> None:
    folder = REPOSITORY / "examples" / "ci"
    action, script = (folder / "github-actions.yml").read_text(), (folder / "check.sh").read_text()

    assert "./check.sh './server --port {port}'" in action
    assert "reports/acceptspec.md" in script
    assert 'cat reports/acceptspec.md >> "$GITHUB_STEP_SUMMARY"' in action


def test_no_example_installs_from_the_package_index_what_is_not_there() -> None:
    """A bare name would install a stranger's program."""
    action = (REPOSITORY / "examples" / "ci" / "github-actions.yml").read_text()
    with (REPOSITORY / "examples" / "parrot" / "pyproject.toml").open("rb") as file:
        [ours] = [one for one in tomllib.load(file)["dependency-groups"]["test"] if "acceptspec" in one]

    assert ours.startswith("acceptspec @ git+https://")
    assert [f'"{ours}"'] == re.findall("pip install (.*)", action)


@pytest.mark.skipif(
    not (REPOSITORY / ".git").exists(), reason="git says which files are ours, and this is no clone"
)
def test_the_name_that_is_somebody_elses_is_not_used() -> None:
    former = "socket" + "spec"
    files = run("git", "ls-files", "-z", cwd=REPOSITORY).split("\0")
    ours = [REPOSITORY / file for file in files if file and file != "CHANGELOG.md"]

    assert len(ours) > 200
    assert not [file for file in ours if former in str(file.relative_to(REPOSITORY)).lower()]
    assert not [
        file
        for file in ours
        if file.is_file() and former in file.read_text(encoding="utf-8", errors="replace").lower()
    ]
