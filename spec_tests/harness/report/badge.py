"""`--badge`: the verdict as a picture, for a README."""

from spec_tests.harness.conclusion import Standing
from spec_tests.harness.report.results import Results, ServerResult
from spec_tests.harness.verdicts import Level, Verdict, having

LABEL = "acceptspec"
WIDTH_OF_A_CHARACTER = 6.6
"""Pixels, about, at 11 px: text is told its length, so that it fits whatever the font."""
MARGIN = 8
GOOD, DOUBTFUL, BAD = "#2b7a3d", "#8a6d00", "#b3261e"
"""White text on each has a contrast of at least 4.5 to 1."""


def as_badge(results: Results) -> str:
    """The badge: of one server how many MUSTs passed, of several how many of them are conformant."""
    told, color = _one(results.tested[0]) if len(results.tested) == 1 else _several(results)
    left, right = (len(text) * WIDTH_OF_A_CHARACTER + 2 * MARGIN for text in (LABEL, told))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{left + right:.0f}" height="20" role="img" \
aria-label="{LABEL}: {told}">
<title>{LABEL}: {told}</title>
<rect width="{left:.1f}" height="20" fill="#444"/>
<rect x="{left:.1f}" width="{right:.1f}" height="20" fill="{color}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{MARGIN}" y="14" textLength="{left - 2 * MARGIN:.1f}">{LABEL}</text>
<text x="{left + MARGIN:.1f}" y="14" textLength="{right - 2 * MARGIN:.1f}">{told}</text>
</g>
</svg>
"""


def _one(tested: ServerResult) -> tuple[str, str]:
    musts = [one for one in tested.findings if one.level == Level.MUST]
    passed = len(having(musts, Verdict.PASSED))
    wrong = len(having(musts, Verdict.FAILED, Verdict.BLOCKED))
    known = len(having(musts, Verdict.EXPECTED))
    open_ = len(having(musts, Verdict.INCONCLUSIVE))
    standing = tested.conclusion.standing
    return f"{standing} {passed}/{passed + wrong + known + open_} MUST", _color(standing)


def _several(results: Results) -> tuple[str, str]:
    standings = [one.conclusion.standing for one in results.tested]
    good = standings.count(Standing.CONFORMANT)
    is_bad = Standing.NOT_CONFORMANT in standings
    color = GOOD if good == len(standings) else BAD if is_bad else DOUBTFUL
    return f"{good}/{len(standings)} servers conformant", color


def _color(standing: Standing) -> str:
    return {Standing.CONFORMANT: GOOD, Standing.NOT_CONFORMANT: BAD}.get(standing, DOUBTFUL)
