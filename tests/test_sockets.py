"""What the kernel says of sockets, asked in two ways, which must agree."""

import os
import socket
from collections.abc import Callable, Iterator

import pytest

from client_kit import Address, Transport
from spec_tests.harness import sockets
from spec_tests.harness.sockets import CLOSE_WAIT, LISTEN, TIME_WAIT, Socket, listening_inodes

Reader = Callable[[Transport, int, int], Iterator[Socket]]
READERS = pytest.mark.parametrize(
    "read", [sockets._from_sock_diag, sockets._from_proc], ids=["sock_diag", "proc"]
)


@READERS
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0", "::"])
def test_a_listener_is_seen_with_its_host_and_inode(read: Reader, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        (seen,) = read("tcp", listener.getsockname()[1], LISTEN["tcp"])

        assert (str(seen.host), seen.remote_port) == (host, 0)
        assert seen.inode == inode_of(listener)


@READERS
def test_a_udp_server_is_seen(read: Reader) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        (seen,) = read("udp", server.getsockname()[1], LISTEN["udp"])

        assert seen.inode == inode_of(server)


@READERS
def test_the_states_of_a_connection_are_told_apart(read: Reader) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, (_, remote_port) = listener.accept()
        client.close()
        (waiting,) = read("tcp", port, CLOSE_WAIT)
        assert (waiting.remote_port, waiting.inode) == (remote_port, inode_of(accepted))

        accepted.close()
        assert not list(read("tcp", port, CLOSE_WAIT))
        assert not list(read("tcp", port, TIME_WAIT))  # the client closed first, so its port waits
        assert port in [one.remote_port for one in read("tcp", remote_port, TIME_WAIT)]


def test_where_sock_diag_is_missing_proc_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "NETLINK_SOCK_DIAG", 31)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = Address("tcp", "127.0.0.1", listener.getsockname()[1])

        assert listening_inodes(address) == {inode_of(listener)}


def inode_of(one: socket.socket) -> int:
    return os.fstat(one.fileno()).st_ino
