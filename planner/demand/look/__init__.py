"""What a person looks at before trusting a demand: volumes, lengths, traffic, cached share, growth with its band."""

from __future__ import annotations

from planner.demand.look.tables import Look, look_at

__all__ = ["Look", "look_at"]
