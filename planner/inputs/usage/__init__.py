"""Reads usage – gateway logs, traces, counters, bills – into one form, in pieces, and accounts for every row."""

from planner.inputs.usage.options import ReadOptions
from planner.inputs.usage.read import UsageFile, UsagePiece, open_usage

__all__ = ["ReadOptions", "UsageFile", "UsagePiece", "open_usage"]
