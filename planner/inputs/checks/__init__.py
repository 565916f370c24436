"""Checks across rows and tables; each adds what it finds to the ledger, none stops the others."""

from __future__ import annotations

from planner.inputs.checks.calibration import check_calibration
from planner.inputs.checks.cards import check_cards
from planner.inputs.checks.demand import check_demand
from planner.inputs.checks.failures import check_failures
from planner.inputs.checks.keys import check_keys
from planner.inputs.checks.lengths import check_lengths, check_shapes
from planner.inputs.checks.money import check_currencies
from planner.inputs.checks.places import check_routes
from planner.inputs.checks.references import check_references, check_vendors
from planner.inputs.checks.rentals import check_rentals
from planner.inputs.checks.rules import check_selections, check_selectors
from planner.inputs.checks.scenarios import check_scenarios
from planner.inputs.checks.serving import check_serving
from planner.inputs.checks.slices import check_slices
from planner.inputs.checks.spans import check_spans
from planner.inputs.checks.tokens import check_tokens
from planner.inputs.checks.usual import check_usual
from planner.inputs.checks.workloads import check_workloads
from planner.inputs.draft import Draft

CHECKS = (
    check_keys,
    check_references,
    check_vendors,
    check_workloads,
    check_lengths,
    check_shapes,
    check_demand,
    check_routes,
    check_slices,
    check_failures,
    check_cards,
    check_serving,
    check_calibration,
    check_currencies,
    check_spans,
    check_selectors,
    check_selections,
    check_scenarios,
    check_rentals,
    check_tokens,
    check_usual,
)


def run_checks(draft: Draft) -> None:
    """Run every check; a check that lacks what it needs concludes nothing."""
    for check in CHECKS:
        check(draft)
