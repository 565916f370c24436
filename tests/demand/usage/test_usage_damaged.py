"""Damaged files: every row is still accounted for, or the file is refused with a reason; never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import usage_logs as logs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.demand.profiles.usage import read_usage
from planner.errors import PlannerError

FOUND = logs.requests(30, seed=5)
HOW = ("csv", "jsonl", "json", "csv.gz", "jsonl.gz")
JUNK = (b'"', b",", b"\n", b"\0", b"\xff\xfe", b"{", b"}", b"[", b"]", b"nan", b"-1", b"1e999", b"9" * 40, b"null",
        b"true", b"\\", b"\xe4\xb8", b'{"a":', b"Infinity", b'""', b"\r", b";")  # fmt: skip
ODD = "0123456789-+.eE:TZ,;\"'{}[]\\/\n\t\r \0\u00e9\u4e2d\U0001f600\u0661\u2212nNaAiIfF"
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from((*JUNK, b"")), st.booleans()),
    min_size=1,
    max_size=5,
)


def damaged(data: bytes, edits: list[tuple[float, int, bytes, bool]]) -> bytes:
    """Bytes replaced, removed or put in; or the rest cut off."""
    for where, length, junk, cut in edits:
        at = int(where * len(data))
        data = data[:at] if cut and not junk else data[:at] + junk + data[at + length :]
    return data


def accounted(path: Path) -> None:
    try:
        usage = read_usage([path])
    except PlannerError as error:
        refused = str(error)
    else:
        account = usage.account
        assert account.read == account.used + sum(account.aside.values())
        assert all(place for place in account.first.values())
        return
    assert refused


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], bytes]:
    folder = tmp_path_factory.mktemp("whole")
    files = {
        (name, how): logs.write(folder, name, FOUND, how).read_bytes() for name in logs.ROWS for how in HOW
    }
    files["otel_spans", "otlp"] = logs.write(folder, "otel_spans", FOUND, "otlp").read_bytes()
    files["plain", "parquet"] = logs.write(folder, "plain", FOUND, "parquet").read_bytes()
    labels = {"__name__": "vllm:prompt_tokens_total", "model_name": "m"}
    series = {"metric": labels, "values": [[int(logs.START_S) + 60 * at, str(7 * at)] for at in range(20)]}
    files["counters", "json"] = json.dumps({"data": {"result": [series, series | {"metric": {}}]}}).encode()
    bucket = {
        "start_time": 1,
        "end_time": 2,
        "results": [{"input_tokens": 5, "output_tokens": 2, "num_model_requests": 1}],
    }
    files["openai_usage", "json"] = json.dumps({"data": [bucket] * 5}).encode()
    bill = {"ChargePeriodStart": "2026-09-01", "ChargePeriodEnd": "2026-10-01", "ChargeCategory": "Usage",
            "ServiceName": "m", "SkuMeter": "Input tokens", "ConsumedQuantity": 5, "ConsumedUnit": "MTok"}  # fmt: skip
    files["focus", "csv"] = logs.csv_text([bill] * 5).encode()
    return files


@settings(max_examples=70, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_a_damaged_file_loses_no_row_silently(
    data: st.DataObject, whole: dict[tuple[str, str], bytes], tmp_path: Path
) -> None:
    name, how = data.draw(st.sampled_from(sorted(whole)))
    path = tmp_path / f"{name}.{how}"
    path.write_bytes(damaged(whole[name, how], data.draw(EDITS)))
    accounted(path)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(cells=st.lists(st.text(ODD, max_size=12), min_size=6, max_size=6))
def test_strange_cells_are_used_or_set_aside(cells: list[str], tmp_path: Path) -> None:
    good = {"time": "2026-09-21T10:00:00Z", "input_tokens": "9", "output_tokens": "5", "cached_input_tokens": "1",
            "status": "ok", "model": "m"}  # fmt: skip
    path = tmp_path / "rows.jsonl"
    strange = dict(zip(good, cells, strict=True))
    path.write_text("".join(json.dumps(row) + "\n" for row in (good, strange, good)))
    usage = read_usage([path])
    assert usage.account.read == 3
    assert usage.account.used >= 2


@pytest.mark.parametrize("name", logs.ROWS)
def test_a_line_cut_off_is_one_row_aside(name: str, tmp_path: Path) -> None:
    path = logs.write(tmp_path, name, FOUND, "jsonl")
    path.write_bytes(path.read_bytes()[:-20])
    account = read_usage([path]).account
    assert account.read == len(FOUND)
    assert account.used == len(FOUND) - 1
    assert account.aside == {"no JSON": 1}
