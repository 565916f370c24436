"""The case that usage is imported into: what it has already, and how our tables go into its files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from planner.errors import InputError, Problem
from planner.inputs.csv_reader import MOST_BYTES
from planner.inputs.files import as_text, read_bytes
from planner.inputs.folder import YAML
from planner.inputs.load import read_draft
from planner.inputs.months import periods_from
from planner.inputs.output import write_files
from planner.inputs.problems import Fault
from planner.inputs.template import case_id, template_texts
from planner.inputs.template_rows import SETTINGS
from planner.tables import Value

NEW_PERIODS = 6
_DATED = ("supply", "domestic_share")  # tables of the template whose rows name months of its own horizon
_KEYS = {"length_profiles": "profile", "traffic_shapes": "shape", "demand": "workload"}
_RECORDS_LINE = re.compile(r"^workloads:\s*$", re.MULTILINE)
_RECORD = re.compile(r"^( +)[^\s#][^:]*:\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Target:
    """A case folder, there or to be made.

    Attributes
    ----------
    exists : whether there is a case already
    periods : labels of its horizon; of a new case they follow the usage
    regions : those its routes know
    workloads : those it has
    llms : language models it knows: the catalogue's and its own
    """

    folder: Path
    exists: bool
    periods: tuple[str, ...]
    period_months: int
    regions: tuple[str, ...]
    workloads: tuple[str, ...]
    llms: tuple[str, ...]


@dataclass(frozen=True)
class CaseTables:
    """What usage gives a case: rows of three tables, and workloads as fields by id."""

    length_profiles: pd.DataFrame
    traffic_shapes: pd.DataFrame
    demand: pd.DataFrame
    workloads: Mapping[str, Mapping[str, Value]]


def target_of(folder: Path, next_month: str) -> Target:
    """Look at a case folder; one that is not there, or is empty, becomes a new case that starts at ``next_month``.

    Raises
    ------
    InputError : it holds files but no case
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        periods = periods_from(next_month, NEW_PERIODS, 1)
        return Target(folder, False, periods, 1, (), (), ())
    draft = read_draft(folder)
    if draft.horizon is None:
        errors = [one for one in draft.ledger.sorted_errors() if "case.yaml" in one.file]
        found = "no horizon can be read from case.yaml"
        raise InputError(
            errors or [Problem(str(folder), "", "", found, "a case, or a folder that is not there")]
        )
    regions = tuple(sorted({row.text("region") for row in draft.rows("routes", "region")}))
    workloads = tuple(sorted(draft.tables["workloads"].ids()))
    known = tuple(sorted(draft.known["llms"]))
    return Target(folder, True, draft.horizon.labels, draft.horizon.period_months, regions, workloads, known)


def write_case(target: Target, tables: CaseTables, note: str) -> list[Path]:
    """Write the tables into the case, or a new case around them; returns the files.

    Rows of other profiles, shapes and workloads stay; a workload that the case has already is not touched.

    Parameters
    ----------
    note : where the figures come from, as a page of text (``demand_import.md``)

    Raises
    ------
    InputError : a table of the case is no CSV, or its workloads are not YAML records
    UnreachableError : the folder cannot be written
    """
    frames = {name: getattr(tables, name) for name in _KEYS}
    if target.exists:
        texts = {
            f"{name}.csv": _joined(target.folder, name, frame) for name, frame in frames.items() if len(frame)
        }
        new = {name: fields for name, fields in tables.workloads.items() if name not in target.workloads}
        if new:
            path, text = _workloads_file(target.folder)
            texts[path] = _appended(text, new)
    else:
        texts = _new_case(target, tables)
    texts["demand_import.md"] = note
    return write_files(target.folder, texts)


def _new_case(target: Target, tables: CaseTables) -> dict[str, str]:
    texts = template_texts(case_id(target.folder.name))
    texts["case.yaml"] = texts["case.yaml"].replace(
        f"start: {SETTINGS['start']}", f"start: {target.periods[0]}"
    )
    for name in _DATED:
        texts[f"{name}.csv"] = "".join(_without_rows(texts[f"{name}.csv"].splitlines(keepends=True)))
    regions = sorted(set(tables.demand["region"]))
    rows = [(region, site, ms) for region in regions for site, ms in (("east", 10), ("west", 40))]
    routes = pd.DataFrame(rows, columns=["region", "site", "network_ms"]).assign(source="assumed")
    texts["routes.csv"] = routes.to_csv(index=False, lineterminator="\n")
    for name in _KEYS:
        frame = getattr(tables, name)
        if len(frame):
            texts[f"{name}.csv"] = frame.to_csv(index=False, lineterminator="\n")
    head = "".join(line for line in texts["workloads.yaml"].splitlines(keepends=True) if line.startswith("#"))
    texts["workloads.yaml"] = head + _appended("workloads:\n", tables.workloads)
    return texts


def _without_rows(lines: Sequence[str]) -> list[str]:
    """Comments and header of a table."""
    kept = [line for line in lines if line.startswith("#")]
    return [*kept, next(line for line in lines if not line.startswith("#"))]


def _joined(folder: Path, name: str, frame: pd.DataFrame) -> str:
    """Text of a table: what it has of other ids, then our rows."""
    path = folder / f"{name}.csv"
    others = [
        one for one in sorted(folder.glob(f"{name}.*")) if one != path and one.suffix in (".xlsx", ".parquet")
    ]
    if others:
        raise InputError(
            [
                Problem(
                    str(others[0]), "", "", "a table that is no CSV", f"{name}.csv", "Save it as CSV first."
                )
            ]
        )
    if not path.exists():
        return frame.to_csv(index=False, lineterminator="\n")
    lines = _text(path).splitlines(keepends=True)
    comments = "".join(line for line in lines if line.lstrip().startswith("#"))
    held = [row for row in csv.DictReader([line for line in lines if not line.lstrip().startswith("#")])]
    key = _KEYS[name]
    kept = [row for row in held if row.get(key, "") not in set(frame[key].astype(str))]
    columns = list(dict.fromkeys([*(name for row in kept for name in row if name), *frame.columns]))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(kept)
    ours = frame.astype(object).where(frame.notna(), "")
    writer.writerows(ours.to_dict("records"))
    return comments + out.getvalue()


def _text(path: Path) -> str:
    data = read_bytes(path, MOST_BYTES)
    text = data if isinstance(data, Fault) else as_text(data)
    if isinstance(text, Fault):
        raise InputError([Problem(str(path), "", "", text.found, text.expected, text.mend)])
    return text


def _workloads_file(folder: Path) -> tuple[str, str]:
    """Name and text of the case's workloads."""
    for ending in YAML:
        path = folder / f"workloads{ending}"
        if path.exists():
            text = _text(path)
            if _RECORDS_LINE.search(text):
                return path.name, text
            found = "workloads that are not written as records, one per line"
            raise InputError(
                [Problem(str(path), "", "workloads", found, "'workloads:' on a line of its own")]
            )
    return "workloads.yaml", "workloads:\n"


def _appended(text: str, workloads: Mapping[str, Mapping[str, Value]]) -> str:
    """Records at the end of a file of workloads, indented as the others are."""
    begin = _RECORDS_LINE.search(text)
    after = text[begin.end() :] if begin else ""
    match = _RECORD.search(after)
    indent = match[1] if match else "  "
    lines = [text.rstrip("\n")]
    for name, fields in workloads.items():
        lines.append(f"{indent}{_quoted(name)}:")
        lines += [f"{indent}  {field}: {_yaml(value)}" for field, value in fields.items()]
    return "\n".join(lines) + "\n"


def _yaml(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value) if isinstance(value, int) else _quoted(str(value))


def _quoted(text: str) -> str:
    """A text that YAML reads as a text."""
    plain = re.fullmatch(r"[A-Za-z][\w.+/-]*", text) and text.lower() not in (
        "yes",
        "no",
        "on",
        "off",
        "true",
        "false",
        "null",
    )
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
