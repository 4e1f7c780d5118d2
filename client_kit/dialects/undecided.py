"""The dialect of a server that has not been heard yet: one of several, until a reply tells (pure).

Every candidate keeps a ledger of its own; a candidate that the reply contradicts drops out. It serves to
recognise a dialect from the first reply and is no dialect to test with, for what it owes is no more than
what some candidate owes.
"""

from collections.abc import Sequence

from client_kit.dialects.base import Ability, Conversation, Dialect
from client_kit.errors import Misuse, WrongReply
from client_kit.wording import snippet


class UndecidedConversation(Conversation):
    """The ledgers of all candidates that no reply has contradicted."""

    def __init__(self, candidates: Sequence[Conversation]) -> None:
        self._candidates = list(candidates)

    def sent(self, data: bytes | memoryview) -> None:
        """Tell every candidate."""
        for candidate in self._candidates:
            candidate.sent(data)

    def received(self, data: bytes) -> None:
        """Drop the candidates that this contradicts; raise what the last of them says."""
        left = []
        for candidate in self._candidates:
            try:
                candidate.received(data)
            except WrongReply as error:
                contradiction = error
            else:
                left.append(candidate)
        if not left:
            raise contradiction
        self._candidates = left

    @property
    def least_missing(self) -> int:
        """The least that any candidate misses."""
        return min(candidate.least_missing for candidate in self._candidates)

    @property
    def owed(self) -> str:
        """What each candidate owes; "nothing" as soon as one owes nothing."""
        if self.is_settled:
            return "nothing"
        return " or ".join(candidate.owed for candidate in self._candidates)

    @property
    def answered(self) -> int:
        """The most that any candidate takes as answered."""
        return max(candidate.answered for candidate in self._candidates)


class Undecided(Dialect):
    """One of several dialects in which a bare token is a request."""

    name = "auto"

    def __init__(self, candidates: Sequence[Dialect]) -> None:
        self._candidates = candidates
        self.abilities: frozenset[Ability] = frozenset.intersection(*(one.abilities for one in candidates))

    def request(self, token: bytes) -> bytes:
        """Return the bare token."""
        return token

    def conversation(self) -> UndecidedConversation:
        """Open a ledger for each candidate."""
        return UndecidedConversation([candidate.conversation() for candidate in self._candidates])

    def datagram_reply(self, data: bytes) -> bytes:
        """Refuse: which datagram answers depends on the dialect."""
        raise Misuse(f"no dialect is decided on, so nothing is known to answer {snippet(data)}")
