"""Files of runs that a user might have, made from the shipped model so that their error is known."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from planner.calibration.configurations import shipped_catalogue
from planner.calibration.predict import predict
from planner.inputs.calibration import shipped_calibration
from planner.inputs.measurements import read_measurements
from planner.serving.effects import calibration_of

HEAD = "model,accelerator,n_cards,tp,precision,load_type,concurrency,input_tokens,output_tokens,ttft_ms,tpot_ms\n"
LOADS = (1, 8, 32, 64)


def runs_of_910b(path: Path, factor: float = 1.0) -> Path:
    """Runs of qwen3-8b in INT8 on one 910B that took so many times as long as predicted."""
    lines = [f"qwen3-8b,huawei_910b_376t_64gb,1,1,int8,closed_loop,{c},1000,200,100,20\n" for c in LOADS]
    path.write_text(HEAD + "".join(lines), encoding="utf-8")
    rows = read_measurements(path).rows
    answer = predict(rows, calibration_of(shipped_calibration()), shipped_catalogue())
    assert (answer["reason"] == "").all()
    table = pd.read_csv(path)
    for name in ("ttft_ms", "tpot_ms"):
        table[name] = answer[name].to_numpy() * factor
    table.to_csv(path, index=False)
    return path
