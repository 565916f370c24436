"""A case small enough to know by heart: two kinds of requests, two cards, one site, one month."""

from __future__ import annotations

from pathlib import Path

import pytest

PROMISE = (
    "{llm: llama-3.1-8b, max_ttft_ms: 1000, max_tpot_ms: 50, unmet_penalty_per_mtok: 1000, deferrable: true}"
)
FILES = {
    "case.yaml": "name: toy\ncurrency: USD\nstart: 2027-01\nperiods: 1\ndiscount_rate_per_year: 0\ngap: 0\n",
    "sites.yaml": "sites:\n  cloud: {}\n",
    "routes.csv": "region,site,network_ms\nusers,cloud,0\n",
    "accelerators.yaml": (
        "accelerators:\n"
        "  cheap: {name: Cheap, vendor: One, origin: domestic, figures: {tdp_w: 0, cards_per_server: 1}}\n"
        "  dear: {name: Dear, vendor: Two, origin: imported, figures: {tdp_w: 0, cards_per_server: 1}}\n"
    ),
    "workloads.yaml": (f"workloads:\n  short: {PROMISE}\n  long: {PROMISE}\n"),
    "demand.csv": (
        "period,region,workload,requests_per_day,mean_input_tokens,mean_output_tokens\n"
        "2027-01,users,short,432000,100,100\n"
        "2027-01,users,long,432000,1000,100\n"
    ),
    "offers.csv": "offer,accelerator,price_per_card,residual_share\ncheap,cheap,2400,0\ndear,dear,7200,0\n",
    "serving.csv": (
        "workload,bucket,accelerator,requests_per_s\n"
        "short,*,cheap,26.667\nlong,*,cheap,0\nshort,*,dear,38.095\nlong,*,dear,5.333\n"
    ),
}


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """Folder of the toy case: 5 requests/s of each kind; one cheap and one dear card are best, 9,600 USD.

    A dear card takes 38.095 short or 5.333 long requests per second. The long ones alone use 5 / 5.333 = 0.9375 of
    it; the 0.0625 left take 2.4 short ones; the other 2.6 need a cheap card (26.667 each). Two dear cards cost more.
    """
    folder = tmp_path / "toy"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
