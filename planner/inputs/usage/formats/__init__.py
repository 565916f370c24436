"""Every format of usage, declared once; detection, reading, messages and docs come from here."""

from __future__ import annotations

from planner.inputs.usage.formats.counters import COUNTERS
from planner.inputs.usage.formats.declare import REQUEST_FIELDS, Format
from planner.inputs.usage.formats.gateways import GATEWAYS
from planner.inputs.usage.formats.observability import OBSERVABILITY
from planner.inputs.usage.formats.traces import TRACES

FORMATS: tuple[Format, ...] = (*GATEWAYS, *OBSERVABILITY, COUNTERS, *TRACES)
BY_NAME = {one.name: one for one in FORMATS}

__all__ = ["BY_NAME", "FORMATS", "REQUEST_FIELDS", "Format"]
