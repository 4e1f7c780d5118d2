"""A timeline tells what happened in few lines, whatever happens."""

from collections.abc import Callable, Iterator

from client_kit import Timeline
from client_kit.timeline import KEPT, RECEIVED, SENT


def ticking(step: float = 0.001) -> Callable[[], float]:
    """Return a clock that advances by `step` seconds each time it is read."""

    def ticks() -> Iterator[float]:
        time = 100.0
        while True:
            yield time
            time += step

    return ticks().__next__


def test_each_event_is_a_line_with_its_time_and_client() -> None:
    timeline = Timeline(ticking())

    timeline.record("A", "connected from 127.0.0.1:40112")
    timeline.record("A", SENT, b"last words")
    timeline.record("A", "→ FIN")
    timeline.record("client 12", RECEIVED, b"x")

    assert str(timeline).splitlines() == [
        "    0.001 s  A          connected from 127.0.0.1:40112",
        "    0.002 s  A          → 10 bytes b'last words'",
        "    0.003 s  A          → FIN",
        "    0.004 s  client 12  ← 1 byte b'x'",
    ]


def test_one_clients_sends_in_a_row_are_one_line() -> None:
    timeline = Timeline(ticking())

    for byte in b"abc":
        timeline.record("A", SENT, bytes([byte]))

    assert "0.001 s  A  → 3 bytes b'abc', in 3 pieces over 0.002 s" in str(timeline)
    assert len(str(timeline).splitlines()) == 1


def test_another_client_or_direction_is_another_line() -> None:
    timeline = Timeline(ticking())

    timeline.record("A", SENT, b"a")
    timeline.record("B", SENT, b"b")
    timeline.record("B", RECEIVED, b"b")

    assert len(str(timeline).splitlines()) == 3


def test_a_large_piece_shows_its_beginning_and_its_size() -> None:
    timeline = Timeline(ticking())

    timeline.record("A", SENT, b"x" * 1024 * 1024)

    assert str(timeline).endswith("A  → b'" + "x" * 40 + "'… 1,048,576 bytes in all")


def test_many_large_pieces_show_the_first_40_bytes_of_all() -> None:
    timeline = Timeline(ticking())

    for _ in range(160):
        timeline.record("A", SENT, b"0123456789abcdef" * 4096)

    line = str(timeline)
    assert "b'0123456789abcdef0123456789abcdef01234567'… 10,485,760 bytes in all, in 160 pieces" in line


def test_no_event_keeps_more_than_it_shows() -> None:
    timeline = Timeline(ticking())

    for _ in range(100):
        timeline.record("A", SENT, b"x" * 30)

    assert len(timeline._first[0].data) == 40


def test_a_views_bytes_may_change_once_recorded() -> None:
    data = bytearray(b"before")
    timeline = Timeline(ticking())

    timeline.record("A", SENT, memoryview(data))
    data[:] = b"after!"

    assert "b'before'" in str(timeline)


def test_only_the_first_and_last_events_are_kept_and_the_others_counted() -> None:
    timeline = Timeline(ticking())

    for number in range(1000):
        timeline.record("A", f"event {number}")

    lines = str(timeline).splitlines()
    assert len(lines) == 2 * KEPT + 1
    assert lines[KEPT - 1].endswith("event 39")
    assert lines[KEPT].strip() == "… 920 events left out …"
    assert lines[KEPT + 1].endswith("event 960")


def test_a_note_belongs_to_no_client() -> None:
    timeline = Timeline(ticking())

    timeline.note("the server was restarted")

    assert "0.001 s  *  the server was restarted" in str(timeline)


def test_a_new_timeline_is_empty() -> None:
    assert str(Timeline()) == ""


def test_machines_are_told_the_same() -> None:
    timeline = Timeline(ticking())

    timeline.record("A", SENT, b"last ")
    timeline.record("A", SENT, b"words")
    timeline.note("the server ended")

    assert timeline.events() == [
        {
            "start": 0.001,
            "end": 0.002,
            "client": "A",
            "event": "→",
            "bytes": 10,
            "shown": "b'last words'",
            "pieces": 2,
        },
        {
            "start": 0.003,
            "end": 0.003,
            "client": "*",
            "event": "the server ended",
            "bytes": 0,
            "shown": "",
            "pieces": 1,
        },
    ]
    for number in range(3 * KEPT):
        timeline.note(str(number))
    assert timeline.events()[KEPT] == {"left_out": KEPT + 2}
