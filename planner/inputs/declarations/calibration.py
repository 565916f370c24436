"""Calibration of the serving model: effects on its constants, and how far off its predictions are."""

from __future__ import annotations

from planner.inputs.declarations.common import NOTE, SOURCE
from planner.tables import Column, Table

QUANTITIES = ("tpot", "ttft", "rate")
CONSTANTS = (
    "compute_share", "ridge_power", "bandwidth_share", "attention_share", "attention_ramp_tokens", "link_share",
    "layer_s", "expert_layer_s", "step_s", "sequence_s", "linear_layer_factor", "all_reduce_latency_s", "imbalance",
    "first_token_s", "prompt_factor", "clumping", "transfer_s", "slowness",
)  # fmt: skip
LEVELS = ("global", "family", "accelerator", "engine", "configuration", "spread")

CALIBRATION = Table(
    "calibration",
    "what measurements say about the constants of the serving model, besides the shipped calibration; "
    "written by capplan calibrate",
    ("parameter", "level", "subject"),
    (
        Column("parameter", "choice", "constant of the serving model, or the quantity of a spread",
               choices=(*CONSTANTS, *QUANTITIES)),
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
