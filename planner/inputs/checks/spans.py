"""Periods of rules and prices: spans in order, rows that have an effect, orders that arrive in time."""

from __future__ import annotations

from planner.inputs.draft import Draft
from planner.inputs.rows import Row
from planner.tables import ANY


def check_spans(draft: Draft) -> None:
    """Spans run forward; what lies outside the horizon has no effect and is mentioned."""
    labels = draft.labels
    for name, found in draft.tables.items():
        if "from_period" in found.table.names:
            for row in draft.rows(name, "from_period", "to_period"):
                _check_span(draft, row, labels)
        elif name != "demand" and "period" in found.table.names and labels:
            for row in draft.rows(name, "period"):
                if row.text("period") not in (*labels, ANY):
                    draft.ledger.warn(
                        row.at("period"),
                        f"'{row.text('period')}' lies outside the horizon: no effect",
                        f"a period from {labels[0]} to {labels[-1]}",
                    )
    _check_arrivals(draft)
    for row in draft.rows("fleet", "retires"):
        if labels and row.text("retires") and row.text("retires") <= labels[0]:
            draft.ledger.warn(
                row.at("retires"),
                f"'{row.text('retires')}': these cards never serve",
                f"a period after {labels[0]}",
            )


def _check_span(draft: Draft, row: Row, labels: tuple[str, ...]) -> None:
    first, last = row.text("from_period"), row.text("to_period")
    if first and last and first > last:
        draft.ledger.error(
            row.at("from_period"),
            f"'{first}', after to_period '{last}'",
            "from_period not after to_period",
            "Swap the two.",
        )
    elif labels and ((first and first > labels[-1]) or (last and last < labels[0])):
        draft.ledger.warn(
            row.at("from_period" if first > labels[-1] else "to_period"),
            f"the span {first or 'start'} to {last or 'end'} lies outside the horizon: no effect",
            f"a span that meets {labels[0]} to {labels[-1]}",
        )


def _check_arrivals(draft: Draft) -> None:
    """An order placed at the start that arrives after the end is no decision at all."""
    if draft.horizon is None:
        return
    months = len(draft.labels) * draft.horizon.period_months
    for row in draft.rows("offers", "lead_time_months"):
        lead = row.number("lead_time_months") or 0.0
        if lead > months - draft.horizon.period_months:
            draft.ledger.warn(
                row.at("lead_time_months"),
                f"{lead:g} months: no order arrives within the horizon of {months} months",
                "a shorter lead time or a longer horizon",
                "The offer is left out.",
            )
