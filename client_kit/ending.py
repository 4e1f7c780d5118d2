"""How a connection ended: the close taxonomy (pure).

A FIN is an orderly end of stream, an RST throws away what was on its way, and silence is neither. A bare
"it closed" is what lets a broken server pass, so an `Ending` always says which of these it was, how many
reply bytes had come before it, and what was still owed.
"""

from dataclasses import dataclass
from enum import Enum

from client_kit.wording import counted


class EndingKind(Enum):
    """What was the last thing that the client heard."""

    FIN = "FIN"
    RST = "RST"
    SILENCE = "silence"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of one connection, as its client saw it.

    `received` counts reply bytes; `owed` is "" when nothing was owed any more; `answered` holds the tokens
    of those of the last 64 requests whose reply had come whole; `seconds` is how long a silence lasted.
    """

    kind: EndingKind
    received: int = 0
    owed: str = ""
    answered: tuple[bytes, ...] = ()
    seconds: float = 0.0

    @property
    def is_orderly(self) -> bool:
        """Whether the server ended the stream with FIN."""
        return self.kind is EndingKind.FIN

    @property
    def is_complete(self) -> bool:
        """Whether everything that was owed had come."""
        return not self.owed

    def carries_reply_to(self, token: bytes) -> bool:
        """Whether the reply to this token had come whole before the end."""
        return token in self.answered

    def __str__(self) -> str:
        received = counted(self.received, "reply byte")
        match self.kind:
            case EndingKind.REFUSAL:
                text = "ended before it began: the connection was refused"
            case EndingKind.SILENCE:
                text = f"did not end: neither FIN nor RST within {self.seconds:g} s after {received}"
            case _:
                text = f"ended with {self.kind.value} after {received}"
        return f"{text}; still owed: {self.owed}" if self.owed else text
