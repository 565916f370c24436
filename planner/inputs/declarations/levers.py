"""What can be done beside buying cards: port an llm to a maker's software, save tokens."""

from __future__ import annotations

from planner.inputs.declarations.common import FROM_PERIOD, NOTE, SOURCE, TO_PERIOD
from planner.tables import Column, Table

CARD_SELECTORS = (
    Column("accelerator", "id", "only this card; blank: any", default=None, refers="accelerators"),
    Column("vendor", "text", "only cards of this maker; blank: any", default=None),
    Column(
        "origin",
        "choice",
        "only cards of this origin; blank: any",
        default=None,
        choices=("domestic", "imported"),
    ),
)

PORTING = Table(
    "porting",
    "llms that must first be ported to the software of some cards; a pair of llm and card in no row is ported already",
    ("port",),
    (
        Column("port", "id", "name of the port: a software stack and what is ported to it"),
        *CARD_SELECTORS,
        Column("llm", "id", "language model, or *", refers="llms", wildcard=True),
        Column("cost", "number", "paid once, when the port begins", "case currency", low=0, high=1e12),
        Column("months", "number", "from the beginning until the llm serves there", "months", low=0, high=120,
               default=0.0),
        Column("person_months", "number", "work of the team that ports", "person-months", low=0, high=1e6, default=0.0),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip

MATURITY = Table(
    "maturity",
    "how much of its rate a card reaches with the software of the time, declared by the user",
    ("maturity",),
    (
        Column("maturity", "id", "name of the row"),
        *CARD_SELECTORS,
        Column("llm", "id", "only this language model; blank: all", default=None, refers="llms"),
        FROM_PERIOD,
        TO_PERIOD,
        Column("factor", "number", "times the rate of the serving table; rows that meet multiply", "ratio", above=0,
               high=10),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip

MINIMUM_FLEET = Table(
    "minimum_fleet",
    "a maker is worth its team and spares only from some number of cards: none are ordered, or at least so many",
    ("rule",),
    (
        Column("rule", "id", "name of the rule"),
        *CARD_SELECTORS,
        Column(
            "min_cards",
            "whole",
            "least cards ordered over the horizon, if any are",
            "cards",
            low=1,
            high=10**8,
        ),
        SOURCE,
        NOTE,
    ),
)

MEASURES = Table(
    "measures",
    "ways to serve a workload with less work: a response cache, shorter prompts or answers, compaction of contexts; "
    "of several for one workload each saves of what those before it, at their most, leave",
    ("measure",),
    (
        Column("measure", "id", "name of the measure"),
        Column("workload", "id", "workload it saves work of", refers="workloads"),
        Column("saves_share", "share", "share of the workload's work it saves where it is used", "share"),
        Column("max_share", "share", "most of the workload it can be used on", "share", default=1.0),
        Column("start_cost", "number", "paid once, when it begins", "case currency", low=0, high=1e12, default=0.0),
        Column("cost_per_month", "number", "running cost if used on all of the workload; in proportion if on less",
               "case currency per month", low=0, high=1e12, default=0.0),
        Column("ramp_months", "number", "from its beginning until it can be used at its most, growing evenly", "months",
               low=0, high=120, default=0.0),
        FROM_PERIOD,
        SOURCE,
        NOTE,
    ),
)  # fmt: skip
