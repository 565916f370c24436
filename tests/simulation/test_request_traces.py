"""Trace files in the formats they are published in. Rows are the first of each public file (licences in its source)."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.errors import InputError
from planner.inputs.request_traces import read_trace

# Azure/AzurePublicDataset b469a11 (CC BY 4.0); 2024 form from its page; BurstGPT header from HPMLL/BurstGPT's page;
# kvcache-ai/Mooncake 3b5a594 (Apache-2.0), hash ids shortened.
AZURE_2023 = """TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:15:46.6805900,374,44
2023-11-16 18:15:50.9951690,396,109
2023-11-16 18:15:51.2225670,879,55
"""
AZURE_2024 = """TIMESTAMP,ContextTokens,GeneratedTokens
2024-05-10 00:00:00.009930+00:00,2162,5
2024-05-10 00:00:01+00:00,2399,6
"""
BURSTGPT = """Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type
5,ChatGPT,472,18,490,Conversation log
45,ChatGPT,1087,230,1317,Conversation log
118,GPT-4,417,0,417,Conversation log
"""
MOONCAKE = """{"timestamp": 0, "input_length": 1400, "output_length": 500, "hash_ids": [0, 1, 2]}
{"timestamp": 0, "input_length": 1200, "output_length": 490, "hash_ids": [0, 14, 15]}
{"timestamp": 3000, "input_length": 1100, "output_length": 794, "hash_ids": [0, 14, 28]}
"""


def written(folder: Path, text: str, name: str = "trace.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_azure(tmp_path: Path) -> None:
    trace = read_trace(written(tmp_path, AZURE_2023))
    assert trace.arrival_s == pytest.approx((0.0, 4.314579, 4.541977))
    assert trace.input_tokens == (374, 396, 879)
    assert trace.output_tokens == (44, 109, 55)
    assert trace.cached_tokens is None
    assert read_trace(written(tmp_path, AZURE_2024)).arrival_s == pytest.approx((0.0, 0.99007))


def test_burstgpt_leaves_failures_out(tmp_path: Path) -> None:
    trace = read_trace(written(tmp_path, BURSTGPT))
    assert trace.arrival_s == (0.0, 40.0)
    assert trace.output_tokens == (18, 230)
    assert trace.left_out == 1


def test_mooncake_spreads_marks_and_finds_prefixes(tmp_path: Path) -> None:
    """Two requests share the mark 0 and are spread to 0.75 and 2.25 s; the third stands in the middle of the 3 s after
    its mark, at 4.5. The second finds block 0, the third blocks 0 and 14."""
    trace = read_trace(written(tmp_path, MOONCAKE, "trace.jsonl"))
    assert trace.arrival_s == pytest.approx((0.0, 1.5, 3.75))
    assert trace.input_tokens == (1200, 1400, 1100)
    assert trace.cached_tokens is not None
    assert sorted(trace.cached_tokens) == [0, 512, 1024]
    assert trace.cached_tokens[2] == 1024


def test_own_columns(tmp_path: Path) -> None:
    text = "timestamp,input_tokens,output_tokens,cached_tokens\n10,100,5,40\n9.5,50,7,0\n"
    trace = read_trace(written(tmp_path, text))
    assert trace.arrival_s == (0.0, 0.5)
    assert trace.cached_tokens == (0, 40)
    lines = "".join(f'{{"timestamp": {at}, "input_tokens": 5, "output_tokens": 6}}\n' for at in (1.0, 2.5))
    assert read_trace(written(tmp_path, lines, "own.jsonl")).arrival_s == (0.0, 1.5)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n1,2\n", "columns a, b"),
        ("timestamp,input_tokens,output_tokens\n1,x,3\nsoon,1,2\n", "input_tokens: no number"),
        ("timestamp,input_tokens,output_tokens\n1,5,3\n", "1 requests"),
        ("", "is empty"),
        ('{"timestamp": 1,\n', "no JSON"),
        ("timestamp,input_tokens,output_tokens\nnan,1,3\n2,1,3\n", "no time that can be read"),
    ],
)
def test_what_is_no_trace_is_said(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(InputError) as caught:
        read_trace(written(tmp_path, text))
    assert found in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_trace(tmp_path / "none.csv")
