"""The small program that puts a server under a filter through which its system calls can be refused.

    python filtering.py SOCKET NUMBER… -- COMMAND…

It installs a seccomp filter that asks about the system calls of these numbers, sends the descriptor on which
it asks over the Unix socket, and becomes the command; seccomp_unotify(2). What it cannot do it says there.

It runs by itself, without the rest of the project: it becomes the server, and leaves nothing in it.
"""

import array
import ctypes
import os
import platform
import socket
import struct
import sys

SECCOMP = {"x86_64": 317, "aarch64": 277}
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of linux/audit.h."""
PR_SET_NO_NEW_PRIVS = 38
SET_MODE_FILTER = 1
NEW_LISTENER = 1 << 3
WAIT_KILLABLE = 1 << 5
"""Since Linux 5.19: a call that was received is not interrupted by signals meanwhile."""

LOAD = 0x20
JUMP_IF_EQUAL = 0x15
RETURN = 0x06
ALLOW = 0x7FFF0000
ASK = 0x7FC00000


class Program(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def main() -> None:
    """Become the server, under a filter."""
    path, rest = sys.argv[1], sys.argv[2:]
    end = rest.index("--")
    numbers, command = [int(one) for one in rest[:end]], rest[end + 1 :]
    with socket.socket(socket.AF_UNIX) as owner:
        owner.connect(path)
        try:
            listener = install(numbers)
        except OSError as error:
            owner.sendall(os.strerror(error.errno or 0).encode())
            sys.exit(f"no seccomp filter: {error}")
        rights = array.array("i", [listener])
        owner.sendmsg([b"ready"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        os.close(listener)
    os.execvp(command[0], command)  # noqa: S606 - that is what it is for


def install(numbers: list[int]) -> int:
    """Install the filter; return the descriptor on which it asks. Raises OSError."""
    machine = platform.machine()
    if machine not in SECCOMP:
        raise OSError(38, f"not known on {machine}")
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0:
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    code = filter_of(ARCHITECTURES[machine], numbers)
    program = Program(len(code) // 8, code)
    for flags in NEW_LISTENER | WAIT_KILLABLE, NEW_LISTENER:
        listener = int(libc.syscall(SECCOMP[machine], SET_MODE_FILTER, flags, ctypes.byref(program)))
        if listener >= 0:
            return listener
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))


def filter_of(architecture: int, numbers: list[int]) -> bytes:
    """The filter's code, of classic BPF: ask about these system calls, allow all others."""
    most = len(numbers)
    code = [(LOAD, 0, 0, 4), (JUMP_IF_EQUAL, 0, most + 1, architecture), (LOAD, 0, 0, 0)]
    code += [(JUMP_IF_EQUAL, most - place, 0, number) for place, number in enumerate(numbers)]
    code += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ASK)]
    return b"".join(struct.pack("HBBI", *one) for one in code)


if __name__ == "__main__":
    main()
