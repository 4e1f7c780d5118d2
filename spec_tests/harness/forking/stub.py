"""What execnet starts instead of an interpreter: it hands its pipes to the fork server, and is gone.

    python stub.py NAME ID -u -c BOOTSTRAP

NAME is the fork server's address in the abstract namespace, unix(7). Where nobody answers there, this process
becomes the interpreter that execnet wanted.

It runs by itself, without the rest of the project: it must start quickly.
"""

import os
import sys
from _socket import AF_UNIX, CMSG_LEN, SCM_RIGHTS, SOCK_SEQPACKET, SOL_SOCKET, socket

PIPES = (0, 1, 2)


def main() -> None:
    """Hand over, or become what was wanted."""
    name, worker, *wanted = sys.argv[1:]
    try:
        hand_over(name, worker)
    except OSError:
        os.execv(sys.executable, [sys.executable, *wanted])  # noqa: S606 - that is what execnet asked for


def hand_over(name: str, worker: str) -> None:
    """Send the pipes, and wait until the worker is there. Raises OSError."""
    connection = socket(AF_UNIX, SOCK_SEQPACKET)
    connection.connect(f"\0{name}")
    rights = b"".join(descriptor.to_bytes(4, sys.byteorder) for descriptor in PIPES)
    assert len(rights) + CMSG_LEN(0) == CMSG_LEN(len(rights))
    connection.sendmsg([worker.encode()], [(SOL_SOCKET, SCM_RIGHTS, rights)])
    if not connection.recv(64):
        raise ConnectionError(name)


if __name__ == "__main__":
    main()
