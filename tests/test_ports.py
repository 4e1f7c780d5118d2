"""Ports are given out without end, and never one that somebody holds."""

import socket

import pytest

from client_kit import ResourcesExhausted
from spec_tests.harness.ports import Ports, own_ports

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


def test_workers_have_no_port_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "3")
    given = []
    for worker in ("gw0", "gw1", "gw2"):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        given.append({own_ports.__wrapped__().free("tcp", HOST) % 3 for _ in range(50)})

    assert sorted(map(len, given)) == [1, 1, 1]
    assert len(set.union(*given)) == 3
