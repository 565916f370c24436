"""What a plan must survive."""

from __future__ import annotations

from planner.inputs.declarations.common import FROM_PERIOD, NOTE, SOURCE, TO_PERIOD
from planner.tables import Column, Table

FAILURES = Table(
    "failures",
    "failures that the plan must survive in the busiest slice of every period of the span: the cards that all filled "
    "selectors name are lost, spares may be used, and a share of each workload's requests must still be served",
    ("failure",),
    (
        Column("failure", "id", "name of the failure; no slice has it"),
        Column("site", "id", "cards of this site are lost; blank: of every site", default=None, refers="sites"),
        Column("vendor", "text", "only cards of this maker are lost; blank: any", default=None),
        Column("accelerator", "id", "only this card is lost; blank: any", default=None, refers="accelerators"),
        FROM_PERIOD,
        TO_PERIOD,
        Column("kept_share", "share", "share of each workload's requests that must still be served; work that waits "
               "for another slice is not asked for", "share", default=1.0),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip
