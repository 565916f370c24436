"""What is not known yet: scenarios and what each changes."""

from __future__ import annotations

from planner.inputs.declarations.common import NOTE, OFFER_SELECTORS, SOURCE, TO_PERIOD
from planner.tables import Column, Table

SCENARIOS = Table(
    "scenarios",
    "futures that are planned for together; orders placed before two of them differ are the same in both",
    ("scenario",),
    (
        Column("scenario", "id", "future"),
        Column("probability", "share", "how likely it is; all add up to 1", "share"),
        SOURCE,
        NOTE,
    ),
)

SCENARIO_EFFECTS = Table(
    "scenario_effects",
    "what a scenario changes, and from when it is known: what a scenario without rows keeps is the case as it stands",
    ("effect",),
    (
        Column("effect", "id", "name of the effect; one of several scenarios with the same name is the same effect"),
        Column("scenarios", "ids", "scenarios it happens in, separated by spaces"),
        Column("from_period", "month", "first period it holds, and in which it becomes known"),
        TO_PERIOD,
        Column("what", "choice", "demand: requests; price: of an order placed; supply: quotas; permit: orders allowed "
               "(factor 0) or not; lead_time: what is due comes later",
               choices=("demand", "price", "supply", "permit", "lead_time")),
        Column("workload", "id", "demand only: this workload; blank: all", default=None, refers="workloads"),
        Column("region", "id", "demand only: this region; blank: all", default=None),
        Column("limit", "id", "supply only: this quota; blank: all", default=None, refers="supply"),
        *OFFER_SELECTORS,
        Column("factor", "number", "multiplies requests, price or quota; permit: 0 closes it", "ratio", low=0,
               high=1000, default=None),
        Column("months", "number", "lead_time only: how much later deliveries due in the span come", "months", low=0,
               high=120, default=None),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip
