"""The kill matrix is complete, true, and no older than what it describes."""

import kill_matrix
from matrix_table import markdown
from mutating import mutants

from reference_servers.faults import Fault, faults
from spec_tests.harness.registry import registry

HINT = "run: tox -e kill-matrix -- --stale"

PROGRAM = '''
def serve(connection):
    """Answer."""
    while data := connection.recv(1024):
        log(data)
        if not data:
            return
'''


def test_the_matrix_is_no_older_than_what_it_describes() -> None:
    assert not kill_matrix.stale(), HINT


def test_the_page_tells_what_was_found() -> None:
    rows, texts = kill_matrix.known_rows()

    assert markdown(faults(), rows, texts) == kill_matrix.MARKDOWN.read_text(), HINT


def test_every_fault_fails_what_it_declares_and_nothing_else() -> None:
    rows, _ = kill_matrix.known_rows()

    assert set(faults()) == set(rows)
    assert not kill_matrix.surprises(rows)


def test_a_surprise_is_told_in_either_direction() -> None:
    (key, fault) = next((key, one) for key, one in faults().items() if one.breaks and not one.may_break)
    row = kill_matrix.new_row(fault) | {"asked": sorted(fault.breaks)}

    assert f"{key}: nothing notices it" in kill_matrix.surprises({key: row})
    other = next(one.id for one in registry() if one.id not in fault.breaks)
    told = kill_matrix.surprises({key: row | {"failed": [other]}})
    assert f"{key}: undeclared: {other}" in told
    assert f"{key}: not noticed by {min(fault.breaks)}" in told


def test_a_cell_tells_how_many_servers_fail_and_whether_that_was_declared() -> None:
    own = [
        Fault("forgets", "So.", server, (), frozenset({"a.one"}), may_break=frozenset({"a.two"}), why_may="x")
        for server in ("fork", "thread")
    ]
    table = {(one.server, one.name): one for one in own}
    rows = {key: {"failed": ["a.one", "a.three"], "asked": ["a.one", "a.two", "a.three"]} for key in table}
    rows["fork", "forgets"]["failed"].append("a.two")

    text = markdown(table, rows, ["a.one", "a.two", "a.three", "a.four"])

    assert "| forgets | **2** | *1/2* | **2 undeclared** |  |" in text


def test_a_mutant_leaves_out_one_statement_or_negates_one_condition() -> None:
    changes = [mutant.change for mutant in mutants(PROGRAM)]

    assert [
        "negate: (data := connection.recv(1024))",
        "delete: log(data)",
        "negate: not data",
        "delete: return",
    ] == changes
    assert "pass" in list(mutants(PROGRAM))[1].source
    assert len({mutant.source for mutant in mutants(PROGRAM)}) == 4
