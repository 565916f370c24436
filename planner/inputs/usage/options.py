"""What a user may say about usage files that they do not say themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class ReadOptions:
    """How usage files are read.

    Attributes
    ----------
    format : name of a format, or ``auto``
    timezone : of stamps that name none
    fields : our field -> name of the column, before what the format says
    cached : ``included`` or ``excluded``: whether the input holds the cached tokens; ``auto``: as the format has it
    """

    format: str = "auto"
    timezone: ZoneInfo = UTC
    fields: Mapping[str, str] = field(default_factory=dict)
    cached: str = "auto"
