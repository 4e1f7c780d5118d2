"""What tests of a conversation share: bytes, cut as TCP may cut them, and a conversation that was told them."""

from collections.abc import Iterable

from hypothesis import strategies as st

from client_kit import Conversation, Dialect

sizes = st.lists(st.integers(1, 700), max_size=20)


def split(data: bytes, sizes: Iterable[int]) -> list[bytes]:
    """Cut `data` into pieces of these sizes and a rest."""
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [piece for piece in [*pieces, data] if piece]


def told(dialect: Dialect, sent: bytes, received: bytes = b"") -> Conversation:
    conversation = dialect.conversation()
    conversation.sent(sent)
    conversation.received(received)
    return conversation


def receive(conversation: Conversation, pieces: list[bytes]) -> None:
    for piece in pieces:
        conversation.received(piece)
