"""Ports are given out without end, and never one that somebody holds."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest

from client_kit import ResourcesExhausted
from spec_tests.harness import ports as module
from spec_tests.harness.ports import SHARES, Ports, own_ports

HOST = "127.0.0.1"


def test_a_port_comes_back_only_after_all_others() -> None:
    ports = Ports(range(20000, 20003))

    first = [ports.free("tcp", HOST) for _ in range(3)]

    assert sorted(first) == [20000, 20001, 20002]
    assert [ports.free("tcp", HOST) for _ in range(3)] == first


def test_a_port_that_is_held_is_passed_over() -> None:
    with socket.create_server((HOST, 0)) as listener:
        held = listener.getsockname()[1]
        ports = Ports(range(held, held + 1))

        with pytest.raises(ResourcesExhausted, match=r"none of 1 ports of 127\.0\.0\.1 is free"):
            ports.free("tcp", HOST)
        assert ports.free("udp", HOST) == held


@pytest.fixture
def claims(monkeypatch: pytest.MonkeyPatch) -> str:
    """Shares that nobody else on this machine claims."""
    claim = f"\0of a test of {os.getpid()}: {{}}"
    monkeypatch.setattr(module, "CLAIM", claim)
    return claim


@contextmanager
def given() -> Iterator[set[int]]:
    """Claim a share, as another process would; give some of its ports."""
    ports = own_ports.__wrapped__()
    with ports.claim or nullcontext():
        yield {ports.free("tcp", HOST) for _ in range(50)}


@pytest.mark.usefixtures("claims")
def test_processes_have_no_port_in_common() -> None:
    with given() as first, given() as second, given() as third:
        assert len(first | second | third) == len(first) + len(second) + len(third)
        assert [len({port % SHARES for port in share}) for share in (first, second, third)] == [1, 1, 1]


def test_a_share_is_free_again_when_its_process_has_ended(claims: str) -> None:
    code = f"""
from spec_tests.harness import ports
ports.CLAIM = {claims!r}
print(ports.own_ports().free("tcp", {HOST!r}))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    with given() as ports:
        assert {port % SHARES for port in ports} == {int(run.stdout) % SHARES}


def test_where_all_shares_are_claimed_any_port_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARES", 0)

    with given() as ports:
        assert len({port % SHARES for port in ports}) > 1
