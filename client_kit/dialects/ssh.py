"""The dialect `ssh`: the beginning of RFC 4253, up to the server's offer of algorithms (pure)."""

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected, Mismatch, line
from client_kit.dialects.records import RecordDialect

KEXINIT = 20
LARGEST_PACKET = 35000


class Ssh(RecordDialect):
    """Our identification is answered by `SSH_MSG_KEXINIT`: one exchange, after which keys would be needed."""

    name = "ssh"
    abilities = frozenset({Ability.EXCHANGES, Ability.SPEAKS_FIRST})
    greeting = line(r"SSH-2\.0-.*|SSH-1\.99-.*", "an identification, `SSH-2.0-…`")

    def request(self, token: bytes) -> bytes:  # noqa: ARG002 - some servers log it
        """Word our identification; RFC 4253 §4.2."""
        return b"SSH-2.0-acceptspec\r\n"

    def expected(self, request: bytes) -> Expected:  # noqa: ARG002 - there is one only
        """Expect one binary packet; RFC 4253 §6, §7.1."""

        def end(data: bytes) -> int:
            if len(data) < 6:
                return 0
            size = 4 + int.from_bytes(data[:4])
            if size > LARGEST_PACKET:
                raise Mismatch(0)
            if data[5] != KEXINIT:
                raise Mismatch(5)
            return size if len(data) >= size else 0

        return Expected("`SSH_MSG_KEXINIT`", end)

    def turns_away(self, reply: bytes) -> bool:
        """What OpenSSH says beyond MaxStartups, and beyond PerSourceMaxStartups; sshd_config(5)."""
        return reply.startswith((b"Exceeded MaxStartups", b"Not allowed at this time"))


SSH = Ssh()
