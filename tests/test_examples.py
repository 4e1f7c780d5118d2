"""The example works as a stranger would run it: outside the repository, with the kit from a wheel."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

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
    (wheel,) = folder.glob("socketspec-*.whl")
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
    (tools / "socketspec").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m spec_tests "$@"\n')
    (tools / "socketspec").chmod(0o755)
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
    assert {"junit.xml", *(f"socketspec.{kind}" for kind in ("html", "json", "md", "svg"))} == reports


def test_the_action_calls_the_shell_example_and_shows_what_it_writes() -> None:
    folder = REPOSITORY / "examples" / "ci"
    action, script = (folder / "github-actions.yml").read_text(), (folder / "check.sh").read_text()

    assert "./check.sh './server --port {port}'" in action
    assert "reports/socketspec.md" in script
    assert 'cat reports/socketspec.md >> "$GITHUB_STEP_SUMMARY"' in action
