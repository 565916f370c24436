"""Calibration: an effect of nothing that exists would be without effect, and nobody would know."""

from __future__ import annotations

from planner.inputs.declarations.calibration import QUANTITIES
from planner.inputs.draft import Draft

PARTS = "/"


def check_calibration(draft: Draft) -> None:
    """Subjects must be cards, or llm/card/precision, of the catalogue or the case; spreads are of quantities."""
    cards, llms = draft.known["accelerators"], draft.known["llms"]
    for row in draft.rows("calibration"):
        level, subject, parameter = (row.text(name) for name in ("level", "subject", "parameter"))
        if (level == "spread") != (parameter in QUANTITIES):
            draft.ledger.error(
                row.at("parameter"),
                f"'{parameter}' at level {level}",
                f"one of {', '.join(QUANTITIES)} at level spread, and a constant at the other levels",
            )
        if level == "accelerator" and subject not in cards:
            draft.ledger.error(
                row.at("subject"), f"'{subject}'", "a card of the catalogue or of accelerators.yaml"
            )
        if level == "configuration":
            named = subject.split(PARTS)
            if len(named) != 3 or named[0] not in llms or named[1] not in cards:
                draft.ledger.error(
                    row.at("subject"),
                    f"'{subject}'",
                    "llm/card/precision, both of the catalogue or of this case",
                )
