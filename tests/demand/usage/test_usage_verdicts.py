"""Rows that contradict themselves are set aside with the reason, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import usage_logs as logs

from planner.errors import InputError
from planner.inputs.usage import ReadOptions, open_usage
from planner.inputs.usage.account import Account

GOOD = {"time": "2026-09-21T10:00:00Z", "input_tokens": 100, "cached_input_tokens": 10, "output_tokens": 5}


def account_of(tmp_path: Path, rows: list[dict[str, Any]], options: ReadOptions | None = None) -> Account:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = open_usage(path, options)
    list(source.pieces())
    return source.account


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cached_input_tokens": 101}, "more cached than input tokens"),
        ({"input_tokens": 0, "cached_input_tokens": 0, "output_tokens": 0}, "no tokens, and no failure"),
        ({"input_tokens": 0, "cached_input_tokens": 0}, "output without input"),
        ({"input_tokens": -1}, "input_tokens below 0"),
        ({"output_tokens": "many"}, "output_tokens: no number"),
        ({"output_tokens": {"a": 1}}, "output_tokens: no number"),
        ({"output_tokens": 1e300}, "output_tokens: no number"),
        ({"time": "yesterday"}, "no time that can be read"),
        ({"time": None}, "no time that can be read"),
        ({"time": "1970-01-01T00:00:12Z"}, "a clock before 2015"),
        ({"time": "2031-01-01T00:00:00Z"}, "a clock that jumped by more than 30 days"),
        ({"total_tokens": 90}, "total_tokens is not input + output"),
        ({"reasoning_tokens": 6}, "more reasoning than output tokens"),
        ({"duration_ms": -3}, "a duration below 0"),
        ({"input_tokens": 2_000_000}, "input of more than 1,048,576 tokens"),
    ],
)
def test_a_bad_row_is_set_aside_alone(change: dict[str, Any], reason: str, tmp_path: Path) -> None:
    account = account_of(tmp_path, [GOOD] * 150 + [{**GOOD, **change}] + [GOOD] * 150)
    assert account.aside == {reason: 1}
    assert account.first == {reason: "rows.jsonl row 151"}
    assert (account.read, account.used) == (301, 300)


def test_a_month_between_two_halves_is_no_jump(tmp_path: Path) -> None:
    later = {**GOOD, "time": "2026-12-01T10:00:00Z"}
    assert account_of(tmp_path, [GOOD] * 100 + [later] * 100).aside == {}


def test_a_request_without_output_is_a_failure_and_said_so(tmp_path: Path) -> None:
    account = account_of(tmp_path, [GOOD] * 5 + [{**GOOD, "output_tokens": 0}])
    assert account.aside == {}
    assert account.notes["requests without output were taken as failures"] == 1


def test_broken_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(GOOD) + '\n{"time": \n[1]\n\n' + json.dumps(GOOD) + "\n")
    source = open_usage(path)
    list(source.pieces())
    assert source.account.aside == {"no JSON": 1, "no JSON object": 1}
    assert (source.account.read, source.account.used) == (4, 2)


def test_rows_with_too_many_cells_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("time,input_tokens,output_tokens\n1,100,5\n2,1,000,5\n3,100\n4,100,5\n")
    source = open_usage(path)
    list(source.pieces())
    assert source.account.aside == {"more cells than the header": 1, "fewer cells than the header": 1}
    assert source.account.used == 2


def test_spans_of_a_provider_that_excludes_cached_tokens_are_read_so(tmp_path: Path) -> None:
    rows = []
    for at, one in enumerate(logs.requests(400)):
        row = logs.rows_of("otel_spans", [one])[0]
        if at % 2:
            row |= {
                "gen_ai.provider.name": "anthropic",
                "gen_ai.usage.input_tokens": one.input_tokens - one.cached_tokens,
            }
        rows.append(row)
    path = tmp_path / "spans.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = open_usage(path)
    total = sum(float(piece.frame["input_tokens"].sum()) for piece in source.pieces())
    assert total == sum(one.input_tokens for one in logs.requests(400))
    assert source.account.aside == {}
    assert any("anthropic" in sentence for sentence in source.account.sentences())


def test_the_user_may_say_that_cached_tokens_are_excluded(tmp_path: Path) -> None:
    row = {**GOOD, "input_tokens": 100, "cached_input_tokens": 900}
    assert account_of(tmp_path, [row] * 3).aside == {"more cached than input tokens": 3}
    assert account_of(tmp_path, [row] * 3, ReadOptions(cached="excluded")).aside == {}


def test_langfuse_parts_that_overlap_are_told_by_the_total(tmp_path: Path) -> None:
    def one(usage: dict[str, int]) -> dict[str, Any]:
        return {
            "id": str(usage),
            "type": "GENERATION",
            "start_time": "2026-09-21 10:00:00",
            "usage_details": usage,
        }

    rows = [
        one({"input": 100, "input_cached_tokens": 900, "output": 50}),
        one({"input": 1000, "input_cached_tokens": 900, "output": 50, "total": 1050}),
        one(
            {
                "input": 100,
                "input_cached_tokens": 900,
                "output": 20,
                "output_reasoning_tokens": 30,
                "total": 1050,
            }
        ),
        {**one({"input": 5, "output": 5}), "type": "SPAN"},
        one({"input": 7, "output": 5, "total": 99}),
    ]
    path = tmp_path / "observations.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = open_usage(path)
    (piece,) = source.pieces()
    assert piece.frame["input_tokens"].tolist() == [1000, 1000, 1000]
    assert piece.frame["cached_input_tokens"].tolist() == [900, 900, 900]
    assert piece.frame["output_tokens"].tolist() == [50, 50, 50]
    assert source.account.aside == {"no generation (type)": 1, "input_tokens: no number": 1}


def test_stamps_without_a_zone_are_in_the_zone_given(tmp_path: Path) -> None:
    def first(text: str, zone: str) -> float:
        path = tmp_path / "rows.csv"
        path.write_text(f"time,input_tokens,output_tokens\n{text},5,5\n{text},5,5\n")
        (piece,) = open_usage(path, ReadOptions(timezone=ZoneInfo(zone))).pieces()
        return float(piece.frame["time_s"][0])

    noon = first("2026-09-21T12:00:00Z", "UTC")
    assert first("2026-09-21 12:00:00", "Asia/Shanghai") == noon - 8 * 3600
    assert first("2026-09-21T12:00:00+02:00", "Asia/Shanghai") == noon - 2 * 3600
    assert first(f"{noon:.0f}", "Asia/Shanghai") == noon
    assert first(f"{noon * 1000:.0f}", "UTC") == noon
    assert first(f"{noon * 1e9:.0f}", "UTC") == noon
    assert first("21/Sep/2026:12:00:00 +0000", "UTC") == noon


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "is empty"),
        (b"hello\nworld\n", "one column"),
        (b"a,b\n1,2\n", "columns a, b"),
        (b"\x1f\x8b\x08\x00garbage", "damaged gzip"),
        (b"PAR1garbage", "cannot be read as Parquet"),
        (b"\xff\xfet\x00i\x00", "UTF-16"),
        (b"[" * 100_000, "list"),
        (b'{"a": ' * 50_000, ""),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_reason(data: bytes, found: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        list(open_usage(path).pieces())
    assert found in str(caught.value)
