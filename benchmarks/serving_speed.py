"""How long the serving model takes: closed loop, largest rate within a promise, and the starter case's table.

    python benchmarks/serving_speed.py

Prints CPU seconds. Configurations are drawn from the catalogue: cards, llms, cards side by side, lengths, clients.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("CAPPLAN_CACHE_DIR", "off")

import numpy as np

from planner.demand import demand_tables
from planner.inputs import load_case
from planner.inputs.calibration import shipped_calibration
from planner.inputs.cards import catalogue_cards
from planner.inputs.llms import catalogue_llms
from planner.serving import ServingModel, model_of, serving_tables
from planner.serving.admissible import Promise, admissible
from planner.serving.closed_loop import closed_loop
from planner.serving.effects import calibration_of
from planner.serving.hardware import hardware_of
from planner.serving.layout import Layout
from planner.serving.layouts import holds_weights, layouts_of
from planner.serving.requests import Requests

NUMBER, SEED = 2000, 1
STARTER = Path(__file__).parents[1] / "demand" / "starter"


def timed(what: str, run: Callable[[], object]) -> None:
    """Print the CPU seconds of a call."""
    start = time.process_time()
    run()
    print(f"{what:64s} {time.process_time() - start:6.2f} s CPU")


def drawn_layouts(model: ServingModel) -> list[Layout]:
    """So many layouts that hold the weights, drawn with replacement."""
    cards = [hardware_of(card) for card in catalogue_cards()]
    every = [
        layout
        for llm in catalogue_llms()
        for card in cards
        for layout in layouts_of(llm, card, model.engine)
        if holds_weights(layout, model.engine)
    ]
    picks = np.random.default_rng(SEED).integers(len(every), size=NUMBER)
    return [every[i] for i in picks]


def main() -> None:
    """Time the three."""
    model = ServingModel(calibration_of(shipped_calibration()), engine_name="vllm")
    layouts, draw = drawn_layouts(model), np.random.default_rng(SEED)
    read, made = draw.choice([512.0, 2048.0, 8192.0], NUMBER), draw.choice([128.0, 512.0, 1024.0], NUMBER)
    clients = draw.choice([1.0, 8.0, 64.0, 256.0], NUMBER)[:, None]
    requests = Requests(read, np.zeros(NUMBER), made).column()
    work, efficiency = model.work(layouts), model.efficiency(layouts)
    timed(
        f"closed loop, {NUMBER} configurations",
        lambda: closed_loop(work, efficiency, requests, clients, model.engine),
    )
    promise = Promise(2000.0, 50.0, 0.99)
    timed(
        f"largest rate within P99 of both, {NUMBER} configurations",
        lambda: admissible(work, efficiency, model.engine, requests, promise, [0.0]),
    )
    case = load_case(STARTER)
    buckets = demand_tables(case).buckets
    timed(
        "serving table of the starter case, 3 network bands",
        lambda: serving_tables(case, buckets, [0.0, 50.0, 100.0], model_of(case)),
    )


if __name__ == "__main__":
    main()
