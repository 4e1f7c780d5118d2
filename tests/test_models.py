"""The model is inferred from what was seen; where the signs disagree it is not known."""

import pytest

from spec_tests.harness.identifying.models import infer
from spec_tests.harness.identifying.sights import Sight

ALONE = Sight(0, 0, processes=1, threads=1)


def grown(processes: int, threads: int, owners: int | None = None) -> tuple[Sight, Sight]:
    """A server of one process and one thread that grew so much for each client."""
    few, many = (
        Sight(held, held, 1 + processes * held, 1 + threads * held, held if owners is None else owners)
        for held in (4, 10)
    )
    return few, many


def loop(held: int, *, watched: int = 0, is_polling: bool = False, threads: int = 1, lost: int = 0) -> Sight:
    return Sight(held, held + lost, 1, threads, 1, watched, is_polling, lost)


def waiting(served: int, held: int = 10, processes: int = 5) -> Sight:
    return Sight(held, served, processes, processes, served)


IDLE_POOL = Sight(0, 0, processes=5, threads=5)

SEEN = [
    ("fork", None, ALONE, *grown(1, 1)),
    ("fork", None, ALONE, *grown(2, 2)),
    ("thread", None, ALONE, *grown(0, 1, owners=1)),
    ("event-loop", None, ALONE, loop(4, watched=4), loop(10, watched=10)),
    ("event-loop", None, ALONE, loop(4, is_polling=True), loop(10, is_polling=True)),
    ("unknown", None, ALONE, loop(4, is_polling=True, threads=16), loop(10, is_polling=True, threads=16)),
    ("unknown", None, ALONE, loop(4, is_polling=True), loop(6, is_polling=True, lost=4)),
    ("iterative", None, ALONE, Sight(4, 1, 1, 1, 1), None),
    ("pool", 4, IDLE_POOL, waiting(4, 4), waiting(4)),
    ("pool", 2, IDLE_POOL, waiting(2, 4), waiting(2)),
    ("fork", 4, ALONE, waiting(4, 4), waiting(4)),
    ("unknown", 4, ALONE, Sight(4, 4, 1, 1, 1), Sight(10, 4, 1, 1, 1)),
    ("event-loop", 5, ALONE, loop(4, watched=4), loop(5, watched=5)),
    ("unknown", None, IDLE_POOL, waiting(3, 4), waiting(5)),
    ("unknown", None, ALONE, loop(4), loop(10)),
    ("unknown", None, ALONE, loop(4, watched=4), loop(10, watched=7)),
    ("unknown", None, ALONE, loop(4, threads=2), loop(10, threads=6)),
    ("unknown", None, Sight(0, 0, 4, 4), *grown(1, 1)),
    ("unknown", None, ALONE, Sight(4, 0, 1, 1), None),
    ("unknown", None, ALONE, Sight(3, 3, 4, 4, 3), None),
]


@pytest.mark.parametrize(("name", "workers", "idle", "few", "many"), SEEN)
def test_a_model_is_inferred(
    name: str, workers: int | None, idle: Sight, few: Sight, many: Sight | None
) -> None:
    model = infer(idle, few, many)

    assert (model.name, model.workers) == (name, workers), model.evidence
    assert model.evidence
