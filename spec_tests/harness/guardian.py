"""The small process through which servers are launched, so that nothing of them outlives their owner.

    python guardian.py CONTROL_FD

For each request that comes over the socket CONTROL_FD it forks a guardian of one server, and goes on; it ends
when its owner closes the socket. A request says what to start, and brings the descriptors that go with it:
see `Request`.

A guardian holds the end of a pipe, its standard input, whose other end the owner holds: however the owner ends,
the pipe ends with it, and then the guardian kills all that descends from it and leaves. As a child subreaper
(PR_SET_CHILD_SUBREAPER, prctl(2)) it becomes the parent of what daemonises. On the status pipe it writes a
line for what happened: "guardian PID" first, then "started PID", "failed ERRNO", "ended WAITSTATUS",
"alone PID" once nothing is left that the server started, and "overgrown COUNT" before it kills what forks
without end. The end of the pipe is its own end.

It runs by itself, without the rest of the project: it must start quickly.
"""

import contextlib
import ctypes
import errno
import marshal
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence

PR_SET_CHILD_SUBREAPER = 36
CLONE_NEWNET = 0x40000000
LIFELINE = 0
MOST = 1000
"""A server with more processes than that, zombies aside, forks without end."""
LOOK = 0.5
"""Seconds between two counts of the server's processes."""
PAUSE = 0.01
"""Seconds in which none of those that were killed ends: perhaps others were born meanwhile."""
TOLD = "/proc/thread-self/children"
"""Where the kernel tells a process's children, if it does; proc_tid_children(5)."""
IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE)
LIBC = ctypes.CDLL(None, use_errno=True)

Limits = Sequence[tuple[int, tuple[int, int]]]
Request = tuple[list[str], Mapping[str, str], Limits]
"""The command, the environment and the limits (getrlimit(2)) of a server, marshalled in a file of memory."""
DESCRIPTORS = ("request", "status", "output", "lifeline", "folder", "network")
"""What comes with a request: that file, the three pipes, the working folder and the network namespace."""


def main() -> None:
    """Fork a guardian for each request, until the owner ends."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a guardian; wait(2)
    os.closerange(int(sys.argv[1]) + 1, os.sysconf("SC_OPEN_MAX"))  # whatever our owner was started with
    with socket.socket(fileno=int(sys.argv[1])) as control:
        control.set_inheritable(False)
        while True:
            data, descriptors, *_ = socket.recv_fds(control, 1, len(DESCRIPTORS))
            if not data:
                return
            for descriptor in descriptors:
                os.set_inheritable(descriptor, False)
            with contextlib.suppress(OSError):  # EAGAIN, ENOMEM: the end of the status pipe tells it
                if not os.fork():
                    control.close()
                    become_guardian(dict(zip(DESCRIPTORS, descriptors, strict=True)))
            for descriptor in descriptors:
                os.close(descriptor)


def become_guardian(given: Mapping[str, int]) -> None:
    """Guard one server, and end."""
    try:
        os.setsid()
        tell(given["status"], b"guardian %d\n" % os.getpid())
        with open(given["request"], "rb") as file:
            command, environment, limits = marshal.load(file)  # noqa: S302 - from our owner
        os.environ.clear()
        os.environ.update(environment)
        for descriptor, standard in (("lifeline", LIFELINE), ("output", 1), ("output", 2)):
            os.dup2(given[descriptor], standard)
        enter(given["folder"], given["network"], limits)
        for name in "lifeline", "output", "folder", "network":
            os.close(given[name])
        guard(given["status"], command)
    except (OSError, ValueError) as error:  # ValueError: a limit may not be raised
        tell(given["status"], b"failed %d\n" % (getattr(error, "errno", None) or errno.EPERM))
    finally:
        os._exit(0)


def enter(folder: int, network: int, limits: Limits) -> None:
    """Have the folder, the network namespace and the limits that the owner has now."""
    os.fchdir(folder)
    own = os.stat("/proc/self/ns/net")
    if not os.path.samestat(own, os.fstat(network)) and LIBC.setns(network, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    for number, limit in limits:
        if resource.getrlimit(number) != limit:
            resource.setrlimit(number, limit)


def guard(status: int, command: list[str]) -> None:
    """Start the server, and kill what is left of it when its owner ends."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child_ended, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        server = launch(command)
    except OSError as error:
        tell(status, b"failed %d\n" % (error.errno or 0))
        return
    tell(status, b"started %d\n" % server)
    release_output()
    while LIFELINE not in (ready := select.select([LIFELINE, child_ended], [], [], LOOK)[0]):
        if child_ended in ready:
            os.read(child_ended, 65536)
            collect(server, status)
        everybody = descendants()
        if len(everybody) > MOST and (count := sum(not is_zombie(pid) for pid in everybody)) > MOST:
            tell(status, b"overgrown %d\n" % count)
            break
    kill_descendants(child_ended)
    while LIFELINE not in select.select([LIFELINE], [], [])[0]:
        pass


def tell(status: int, line: bytes) -> None:
    """Tell the owner, if there still is one: an owner that died during the launch must not end the guardian."""
    with contextlib.suppress(OSError):
        os.write(status, line)


def launch(command: list[str]) -> int:
    """Start the server in a session of its own, with signals as at login: an ignored one is inherited."""
    return os.posix_spawnp(
        command[0],
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
        setsid=True,
        setsigmask=[],
        setsigdef=[
            number for number in signal.valid_signals() if number not in (signal.SIGKILL, signal.SIGSTOP)
        ],
    )


def release_output() -> None:
    """Let the server's output end with the server."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(null, descriptor)


def collect(server: int, status: int) -> None:
    """Collect every child that has ended, the adopted ones too; tell of the server, and when it is alone."""
    try:
        while True:
            pid, wait_status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            if pid == server:
                tell(status, b"ended %d\n" % wait_status)
    except ChildProcessError:  # whoever is left would be a child of ours, for orphans are
        tell(status, b"alone %d\n" % server)


def kill_descendants(child_ended: int) -> None:
    """Kill all that descends from this process, until there is nobody left to wait for.

    They are stopped first, or those that fork would be faster than we are.
    """
    with contextlib.suppress(ChildProcessError):
        while True:
            for number in signal.SIGSTOP, signal.SIGKILL:
                for pid in descendants():
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, number)
            wait_while_some_end(child_ended)


def wait_while_some_end(child_ended: int) -> None:
    """Collect who ends, until for a while nobody does. Raises ChildProcessError once there is nobody left."""
    while True:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        if not select.select([child_ended], [], [], PAUSE)[0]:
            return
        os.read(child_ended, 65536)


def descendants(ancestor: int | None = None) -> list[int]:
    """All processes that descend from this one, or from another, by generations.

    Where somebody ends meanwhile one may be missed; what he has started is ours then, and is found next time.
    """
    children = children_told if os.path.exists(TOLD) else children_found()
    found: list[int] = []
    generation = [ancestor or os.getpid()]
    while generation:
        generation = [child for pid in generation for child in children(pid)]
        found += generation
    return found


def children_told(pid: int) -> list[int]:
    """The children of a process, as the kernel tells them."""
    told = b""
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                told += file.read() + b" "
    return [int(child) for child in told.split()]


def children_found() -> Callable[[int], list[int]]:
    """The same, found among all processes, where the kernel tells them not (CONFIG_PROC_CHILDREN)."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                children.setdefault(int(stat(int(name))[1]), []).append(int(name))
    return lambda pid: children.get(pid, [])


def is_zombie(pid: int) -> bool:
    """Whether a process has ended, and nobody has collected it."""
    try:
        return stat(pid)[0] == b"Z"
    except OSError:
        return True


def stat(pid: int) -> list[bytes]:
    """What the system tells of a process, from its state on; proc_pid_stat(5). Raises OSError."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()


if __name__ == "__main__":
    main()
