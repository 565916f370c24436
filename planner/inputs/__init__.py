"""The only room that reads files: a case folder becomes a frozen, checked `Case`."""

from __future__ import annotations

from planner.inputs.cards import Card, Figure
from planner.inputs.case import Case, DefaultUsed, Settings, Unplannable
from planner.inputs.files import FileHash
from planner.inputs.llms import Architecture, Llm
from planner.inputs.load import check_case, load_case

__all__ = [
    "Architecture",
    "Card",
    "Case",
    "DefaultUsed",
    "Figure",
    "FileHash",
    "Llm",
    "Settings",
    "Unplannable",
    "check_case",
    "load_case",
]
