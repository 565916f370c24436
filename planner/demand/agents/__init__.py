"""Agents: what a session of many model calls makes of a question, in tokens to bill, to compute and to hold."""

from __future__ import annotations

from planner.demand.agents.sessions import multipliers, session_totals
from planner.demand.agents.shapes import EXAMPLES, filled

__all__ = ["EXAMPLES", "filled", "multipliers", "session_totals"]
