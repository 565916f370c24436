"""One file of measurements, whatever tool wrote it: runs in one table, doubtful ones apart with the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import InputError, Problem, UnreachableError
from planner.inputs.cells import parser_of
from planner.inputs.declarations.measurements import MEASUREMENTS, NEEDED
from planner.inputs.files import as_text, read_bytes
from planner.inputs.measurements import mlperf_log, perf_export, sglang_jsonl, vllm_json
from planner.inputs.measurements.checks import faults_of, number
from planner.inputs.measurements.parts import Reading, Run, not_this_format
from planner.inputs.measurements.table_csv import read_table
from planner.inputs.nearest import nearest_mend
from planner.inputs.problems import Fault
from planner.tables import Value

if TYPE_CHECKING:
    import pandas as pd

MOST_BYTES = 256 * 2**20  # assumed: a result with the times of every token of 100,000 requests
FORMATS = (
    "a CSV in the columns of docs/measurements.md, a JSON result of vllm bench serve, JSON Lines of SGLang's "
    "bench_serving, a JSON or CSV export of AIPerf or GenAI-Perf, or an MLPerf log (summary or detail)"
)
SAME = {"llm": "model", "card": "accelerator", "cards": "n_cards"}  # other names of a fact


@dataclass(frozen=True)
class MeasurementFile:
    """What a file of measurements holds.

    Attributes
    ----------
    format : what the file is
    rows : runs that can be used: `place` in the file, then the columns of `MEASUREMENTS`; an absent text is None, an
        absent number NaN
    quarantined : `row` (place in the file) and `reason`, one line per run that cannot be used
    assumptions : what was taken for granted, in sentences
    lacking : columns that a prediction needs and neither the file nor the facts have, for any run
    """

    format: str
    rows: pd.DataFrame
    quarantined: pd.DataFrame
    assumptions: list[str]
    lacking: tuple[str, ...]


def read_measurements(path: Path | str, facts: Mapping[str, Value] | None = None) -> MeasurementFile:
    """Read a file of measurements.

    Parameters
    ----------
    path : file, or a folder with MLPerf logs
    facts : column -> value, for what the file does not state: accelerator, n_cards, tp, precision, engine, model (or
        llm)... A fact fills blanks; a model is replaced by the fact, since tools name it by its path.

    Raises
    ------
    UnreachableError : there is no such file
    InputError : none of the formats, a broken file, or a fact that is no column or has a wrong value
    """
    import pandas as pd

    checked = _facts(facts or {})
    reading = _read(Path(path))
    used, refused = [], []
    has = reading.columns | set(checked)
    for run in reading.runs:
        values = _completed(run, checked, reading)
        has |= set(values)
        reasons = [*run.faults, *faults_of(values)]
        if reasons:
            refused.append((run.place, "; ".join(reasons)))
        else:
            used.append({"place": run.place, **values})
    rows = pd.DataFrame(used, columns=["place", *MEASUREMENTS.names])
    for column in MEASUREMENTS.columns:
        if column.kind in ("number", "share"):
            rows[column.name] = rows[column.name].astype("float64")
        else:
            text = rows[column.name].astype("object")
            rows[column.name] = text.where(text.notna(), None)
    lacking = tuple(name for name in NEEDED if name not in has)
    return MeasurementFile(
        reading.format, rows, pd.DataFrame(refused, columns=["row", "reason"]), reading.sentences(), lacking
    )


def _facts(given: Mapping[str, Value]) -> dict[str, Value]:
    """Facts by column, each in its range."""
    problems: list[Problem] = []
    facts: dict[str, Value] = {}
    for name, raw in given.items():
        column = SAME.get(name, name)
        if column not in MEASUREMENTS.names:
            mend = nearest_mend(name, MEASUREMENTS.names, "Columns are listed in docs/measurements.md.")
            problems.append(
                Problem("facts", "", name, f"unknown fact '{name}'", "a column of measurements", mend)
            )
            continue
        value = parser_of(MEASUREMENTS.column(column), 1)(raw)
        if isinstance(value, Fault):
            problems.append(Problem("facts", "", name, value.found, value.expected, value.mend))
        elif value is not None:
            facts[column] = value
    if problems:
        raise InputError(problems)
    return facts


def _completed(run: Run, facts: Mapping[str, Value], reading: Reading) -> dict[str, Value]:
    """Columns of a run with the facts, and what follows from them."""
    values: dict[str, Value] = {name: value for name, value in run.values.items() if value is not None}
    named = values.get("model")
    for name, value in facts.items():
        values.setdefault(name, value)
    if "model" in facts and named not in (None, facts["model"]):
        values |= {"model": facts["model"], "model_ref": values.get("model_ref", named)}
        reading.assume(f"The file names the model '{named}': taken as '{facts['model']}', as given.")
    for kind, stated in (("open_poisson", "request_rate"), ("closed_loop", "concurrency")):
        if "load_type" not in values and stated in values:
            values["load_type"] = "single" if values[stated] == 1 and kind == "closed_loop" else kind
    if "mode" not in values:
        values["mode"] = "agg"
        reading.assume("Mode not stated: prefill and decode taken to be on the same cards (agg).")
    if "n_cards" not in values and values["mode"] == "agg" and "tp" in values:
        cards = 1.0
        for name in ("tp", "dp", "pp"):
            cards *= number(values, name) or 1.0
        values["n_cards"] = cards
        reading.assume("n_cards not stated: taken as tp x dp x pp.")
    for name, taken in (
        ("spec", "no speculative decoding"),
        ("prefix_hit", "no prompt found in a prefix cache"),
    ):
        if name not in values:
            reading.assume(f"Column {name} not stated: {taken} assumed.")
    return values


def _read(path: Path) -> Reading:
    """The runs of a file, by the format its content shows."""
    if path.is_dir():
        logs = [path / name for name in ("mlperf_log_summary.txt", "mlperf_log_detail.txt")]
        path = next((log for log in logs if log.exists()), logs[0])
    if not path.exists():
        raise UnreachableError(f"{path}: there is no such file.")
    data = read_bytes(path, MOST_BYTES)
    text = data if isinstance(data, Fault) else as_text(data)
    if isinstance(text, Fault):
        raise InputError([Problem(str(path), "", "", text.found, text.expected, text.mend)])
    begins = text.lstrip()[:4096]
    if mlperf_log.SUMMARY in begins or mlperf_log.MLLOG in begins:
        return mlperf_log.read_mlperf(text, str(path))
    if begins.startswith(("{", "[")):
        return _read_json(text, str(path))
    if begins.startswith("Metric,"):
        return perf_export.read_perf_csv(text, str(path))
    if path.suffix.lower() in (".csv", ".tsv", ".txt", ""):
        return read_table(text, str(path))
    raise not_this_format(str(path), "", FORMATS, "Name the tool that wrote it in an issue.")


def _read_json(text: str, path: str) -> Reading:
    """The runs of a JSON object, a list of them, or one per line."""
    reading = Reading("")
    for place, record in _objects(text, path):
        if isinstance(record.get(perf_export.MARK), Mapping):
            reading.format = "AIPerf or GenAI-Perf JSON"
            perf_export.add_perf_json(record, place, reading)
        elif any(mark in record for mark in sglang_jsonl.MARKS):
            reading.format = "SGLang bench_serving"
            sglang_jsonl.add_sglang_run(record, place, reading)
        elif all(mark in record for mark in vllm_json.MARKS):
            reading.format = "vllm bench serve"
            vllm_json.add_vllm_run(record, place, reading)
        else:
            found = f"an object with {', '.join(list(record)[:6]) or 'nothing'}"
            mend = "Give the summary the tool writes at the end, with streaming on."
            raise not_this_format(path, place, FORMATS, mend, found)
    return reading


def _objects(text: str, path: str) -> list[tuple[str, dict[str, Any]]]:
    """Place and content of each JSON object."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        return [
            _object(line, f"line {at}", path) for at, line in enumerate(text.splitlines(), 1) if line.strip()
        ]
    listed = whole if isinstance(whole, list) else [whole]
    places = [f"run {at}" for at in range(1, len(listed) + 1)] if isinstance(whole, list) else ["the run"]
    for place, record in zip(places, listed, strict=True):
        if not isinstance(record, dict):
            raise not_this_format(path, place, "a JSON object", "", f"a {type(record).__name__}")
    return list(zip(places, listed, strict=True))


def _object(line: str, place: str, path: str) -> tuple[str, dict[str, Any]]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        mend = "The run may have been stopped while it wrote: remove the line."
        raise not_this_format(path, place, "a JSON object", mend, f"broken JSON ({error.msg})") from error
    if not isinstance(record, dict):
        raise not_this_format(path, place, "a JSON object", "", f"a {type(record).__name__}")
    return place, record
