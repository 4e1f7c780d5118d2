"""The last word on a server, its exit status and its counts never disagree."""

from hypothesis import given
from hypothesis import strategies as st

from client_kit.dialects import OPAQUE
from spec_tests.harness.conclusion import Conclusion, Standing, conclude
from spec_tests.harness.verdicts import FAILING, Finding, Level, Verdict

FINDINGS = st.lists(
    st.builds(
        lambda level, verdict: Finding("so", "chapter.name", level, verdict, "why", 0),
        st.sampled_from(Level),
        st.sampled_from(Verdict),
    )
)
DIALECTS = st.sampled_from(["echo", "discard", *OPAQUE])


@given(FINDINGS, DIALECTS)
def test_the_status_is_1_exactly_where_the_sentence_says_what_failed(
    findings: list[Finding], dialect: str
) -> None:
    concluded = conclude(findings, dialect)
    wrong = {
        f"{count} {level} {verdict}"
        for verdict in FAILING
        for level in Level
        if (count := sum(one.level is level and one.verdict is verdict for one in findings))
    }

    assert all(told in concluded.sentence for told in wrong)
    assert concluded.status == bool(wrong) == any(word in concluded.sentence for word in FAILING)


@given(FINDINGS, DIALECTS)
def test_nothing_is_left_out_of_the_counts(findings: list[Finding], dialect: str) -> None:
    concluded = conclude(findings, dialect)

    assert len(findings) == sum(concluded.total(verdict) for verdict in Verdict)


@given(FINDINGS, DIALECTS)
def test_conformant_is_said_only_where_everything_that_applies_was_judged_and_held(
    findings: list[Finding], dialect: str
) -> None:
    if conclude(findings, dialect).standing is not Standing.CONFORMANT:
        return
    musts = [one.verdict for one in findings if one.level is Level.MUST]

    assert "echo" == dialect
    assert Verdict.PASSED in musts
    assert not {Verdict.FAILED, Verdict.BLOCKED, Verdict.INCONCLUSIVE, Verdict.NOT_RUN} & set(musts)


def test_a_should_in_which_the_server_died_is_no_conformance() -> None:
    concluded = Conclusion({(Level.MUST, Verdict.PASSED): 58, (Level.SHOULD, Verdict.FAILED): 1})

    assert "not conformant: 1 SHOULD failed; 58 MUST passed" == concluded.sentence
    assert 1 == concluded.status
