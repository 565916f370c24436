"""Calibration of the serving model: effects on its constants, and how far off its predictions are."""

from __future__ import annotations

from planner.inputs.declarations.common import NOTE, SOURCE
from planner.tables import Column, Table

LEVELS = ("global", "family", "accelerator", "engine", "configuration", "spread")

CALIBRATION = Table(
    "calibration",
    "what measurements say about the constants of the serving model, besides the shipped calibration; "
    "written by capplan calibrate",
    ("parameter", "level", "subject"),
    (
        Column("parameter", "id", "constant of the serving model, or the quantity of a spread (tpot, ttft, rate)"),
        Column("level", "choice", "what the effect belongs to; spread: how far off predictions are", choices=LEVELS),
        Column("subject", "text", "the family, card, engine or llm/accelerator/precision; for a spread what is known "
               "of the card (accelerator, family or global); blank: all", default=""),
        Column("log_effect", "number", "natural logarithm: of the constant (global), of a factor on it (others), or "
               "half the width of the 80 % interval (spread)", low=-30, high=30),
        Column("points", "whole", "measured points behind it", low=0, high=10**7, default=0),
        Column("engine_version", "text", "version of the engine that was measured", default=""),
        Column("measured", "text", "date of the measurement", default=""),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip
