"""An ordinary user sees their own processes only: then less is asked, and it is said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from launched import launched

ROOT = Path(__file__).parents[1]
ORDINARY, NOBODY = 12345, 65534

DIFFERENT_USER = """
import os, sys
os.setgroups([]); os.setgid({uid}); os.setuid({uid})
sys.dont_write_bytecode = True
from spec_tests.__main__ import main
raise SystemExit(main({arguments!r}))
"""
"""Modules that are imported later must be readable to that user."""


def is_readable() -> bool:
    """Whether an ordinary user may run the interpreter and import what we need: a process of theirs tells."""
    code = DIFFERENT_USER.format(uid=ORDINARY, arguments=["--list"])
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, check=False, env=environment).returncode == 0


@pytest.mark.skipif(os.getuid() != 0, reason="it takes root to become another user")
@pytest.mark.parametrize("uid", [ORDINARY, NOBODY])
def test_another_user_s_server_is_asked_what_needs_no_processes(uid: int) -> None:
    if not is_readable():
        pytest.skip("another user may not read the interpreter or the project")
    with launched("thread", "--quiet") as (address, _):
        code = DIFFERENT_USER.format(uid=uid, arguments=["--server", str(address), "-n", "0"])
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    assert "model: unknown: its processes cannot be seen" in done.stdout, done.stdout + done.stderr
    assert "it needs the server's processes, and none can be seen behind the address" in done.stdout
    assert f"{address}: conformant: " in done.stdout
    assert 0 == done.returncode
