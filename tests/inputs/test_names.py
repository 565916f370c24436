"""Which card or language model a text means."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from planner.inputs.cards import Card, catalogue_cards
from planner.inputs.llms import catalogue_llms
from planner.inputs.names import find_card, find_llm

MEASURED = Path(__file__).resolve().parents[3] / "shared" / "data" / "serving_measurements.csv"
CARDS, LLMS = catalogue_cards(), catalogue_llms()

# Names of the measurements file, by what their provenance says the hardware is.
MEASURED_CARDS = {
    "B200": "nvidia_b200", "H100": "nvidia_h100_sxm", "H200": "nvidia_h200_sxm", "GB200": "nvidia_gb200",
    "RTXPRO6000": "nvidia_rtx_pro_6000_server", "A100": "nvidia_a100_sxm_80gb", "MI300X": "amd_mi300x",
    "Ascend910B": "huawei_910b_376t_64gb", "H200-NVL": "nvidia_h200_nvl", "H100-NVL": "nvidia_h100_nvl",
    "GH200-144": "nvidia_gh200_144gb", "Gaudi2": "intel_gaudi2", "Trainium1": "aws_trainium1",
    "H100-PCIe": "nvidia_h100_pcie", "GH200": "nvidia_gh200_96gb", "MI355X": "amd_mi355x",
    "ArcProB60": "intel_arc_pro_b60", "RTX4090": "nvidia_rtx_4090", "H800": "nvidia_h800_sxm",
}  # fmt: skip
OTHER_CARDS = {
    "H20": "nvidia_h20_96gb", "NVIDIA H20": "nvidia_h20_96gb", "H20-3e": "nvidia_h20_141gb",
    "NVIDIA H20 141GB": "nvidia_h20_141gb", "L40S": "nvidia_l40s", "NVIDIA L40S": "nvidia_l40s",
    "MI325X": "amd_mi325x", "AMD Instinct MI325X": "amd_mi325x", "AMD Instinct MI300X OAM": "amd_mi300x",
    "B300": "nvidia_b300", "NVIDIA B300 SXM6 AC": "nvidia_b300", "GB300": "nvidia_gb300", "GB300 NVL72": "nvidia_gb300",
    "Gaudi3": "intel_gaudi3", "Intel Gaudi 3": "intel_gaudi3", "Ascend 910C": "huawei_910c",
    "Huawei Ascend 910C": "huawei_910c", "Ascend910B3": "huawei_910b_313t_64gb", "910B3": "huawei_910b_313t_64gb",
    "Ascend910B4": "huawei_910b4_32gb", "NVIDIA H800": "nvidia_h800_sxm",
    "NVIDIA H100 80GB HBM3": "nvidia_h100_sxm", "H100-SXM5-80GB": "nvidia_h100_sxm",
    "H100-SXM-80GBx8": "nvidia_h100_sxm", "h100_sxm": "nvidia_h100_sxm", "NVIDIA H100 PCIe": "nvidia_h100_pcie",
    "NVIDIA H100 NVL": "nvidia_h100_nvl", "NVIDIA A100-SXM4-80GB": "nvidia_a100_sxm_80gb",
    "NVIDIA A100-SXM4-40GB": "nvidia_a100_sxm_40gb", "NVIDIA A100 80GB PCIe": "nvidia_a100_pcie_80gb",
    "NVIDIA A100-PCIE-40GB": None, "NVIDIA GeForce RTX 4090": "nvidia_rtx_4090", "RTX 4090 D": "nvidia_rtx_4090d",
    "NVIDIA RTX PRO 6000 Blackwell Server Edition": "nvidia_rtx_pro_6000_server", "NVIDIA L4": "nvidia_l4",
    "NVIDIA GH200 144G HBM3e": "nvidia_gh200_144gb", "NVIDIA GH200 480GB": "nvidia_gh200_96gb",
    "Intel(R) Arc(TM) Pro B60 Graphics": "intel_arc_pro_b60", "Arc Pro B60": "intel_arc_pro_b60",
    "Trainium2": "aws_trainium2",
    "trn1": "aws_trainium1", "Inferentia2": "aws_inferentia2", "TPU v6e": "google_tpu_v6e",
    "nvidia_h200_sxm": "nvidia_h200_sxm", "H200 141GB": "nvidia_h200_sxm", "H200 80GB": None,
    "昇腾 910B4": "huawei_910b4_32gb", "Atlas 800I A2": None,
    "Ascend A3": "huawei_910c", "H300": None, "": None,
    "MTT S5000": "moorethreads_s5000", "MLU590": "cambricon_mlu590", "Kunlun P800": "kunlunxin_p800",
}  # fmt: skip
OTHER_LLMS = {
    "meta-llama/Llama-3.3-70B-Instruct-FP8": "llama-3.3-70b", "Qwen/Qwen3-32B": "qwen3-32b",
    "deepseek-ai/DeepSeek-R1-0528": "deepseek-r1", "DeepSeek-R1-0528-W8A8": "deepseek-r1", "Kimi-K2": "kimi-k2",
    "moonshotai/Kimi-K2-Instruct-0905": "kimi-k2", "Kimi-K2.5": "kimi-k2.5", "GLM-5": "glm-5",
    "zai-org/GLM-5-FP8": "glm-5", "Mixtral-8x7B": "mixtral-8x7b", "mistralai/Mixtral-8x22B-v0.1": "mixtral-8x22b",
    "Qwen3-0.6B": "qwen3-0.6b", "Qwen/Qwen3-1.7B": "qwen3-1.7b", "Hunyuan-A13B": "hunyuan-a13b",
    "Qwen3-Next-80B-A3B": "qwen3-next-80b-a3b", "Llama-4-Maverick": "llama-4-maverick",
    "meta-llama/Llama-4-Scout-17B-16E-Instruct": "llama-4-scout", "Qwen3.5-35B-A3B": "qwen3.5-35b-a3b",
    "Llama-3.2-3B": "llama-3.2-3b", "microsoft/phi-4": "phi-4", "google/gemma-3-27b-it": "gemma-3-27b",
    "Qwen2.5-7B-Instruct-AWQ": "qwen2.5-7b", "Qwen/Qwen2.5-32B-Instruct": "qwen2.5-32b",
    "mistralai/Mistral-Small-24B-Instruct-2501": "mistral-small-24b", "mixtral-8x7b": "mixtral-8x7b",
    "deepseek-ai/DeepSeek-R1-Distill-Llama-70B": "llama-3.3-70b", "DeepSeek-R1-Distill-Llama-8B": None,
    "nvidia/Llama-3.1-405B-Instruct-FP4": "llama-3.1-405b", "RedHatAI/Qwen3-8B-FP8-dynamic": "qwen3-8b",
    "vllm-ascend/Qwen3-32B-W8A8": "qwen3-32b", "DeepSeek-V3.1": "deepseek-v3", "MiniMax-M2": "minimax-m2",
    "Qwen3-235B": "qwen3-235b-a22b", "DeepSeek-R1-0528-FP4-v2": "deepseek-r1",
    "llama2-70b-interactive-99": "llama-2-70b", "Qwen3-40B": None, "GPT-5": None, "": None,
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), [*MEASURED_CARDS.items(), *OTHER_CARDS.items()])
def test_a_card_is_found_or_none_is(text: str, wanted: str | None) -> None:
    found = find_card(text, CARDS)
    assert (found.record.accelerator if found.record else None) == wanted
    assert bool(found.how) == bool(found.record)
    assert bool(found.nearest) == (found.record is None)


@pytest.mark.parametrize(("text", "wanted"), OTHER_LLMS.items())
def test_a_language_model_is_found_or_none_is(text: str, wanted: str | None) -> None:
    found = find_llm(text, LLMS)
    assert (found.record.llm if found.record else None) == wanted


def test_each_record_is_found_by_its_id_name_and_aliases() -> None:
    for card in CARDS:
        for text in (card.accelerator, card.name, *card.aliases):
            assert find_card(text, CARDS).record == card, text
    for llm in LLMS:
        for text in (llm.llm, llm.name, *llm.aliases):
            assert find_llm(text, LLMS).record == llm, text


@pytest.mark.skipif(not MEASURED.exists(), reason="the measurements are not beside the repository")
def test_every_name_of_the_measurements_is_found() -> None:
    with MEASURED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["accelerator"] for row in rows} == set(MEASURED_CARDS)
    models: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found = find_llm(row["model"], LLMS).record
        assert found is not None, row["model"]
        assert find_llm(row["model_ref"], LLMS).record is not None, row["model_ref"]
        models[row["model"]].add(found.llm)
    assert all(len(found) == 1 for found in models.values())
    assert len({llm for found in models.values() for llm in found}) == len(models)


def test_measured_cards_have_what_a_prediction_needs() -> None:
    cards = {card.accelerator: card for card in CARDS}
    needed = (
        "memory_gib",
        "memory_bandwidth_gb_per_s",
        "bf16_tflops",
        "interconnect_gb_per_s",
        "scale_up_domain_cards",
    )
    rates = {"fp8": "fp8_tflops", "int8": "int8_tops", "fp4": "fp4_tflops"}
    for name in (*MEASURED_CARDS.values(), "nvidia_h20_96gb", "nvidia_b300", "nvidia_gb300", "intel_gaudi3"):
        card = cards[name]
        assert card.family, name
        wanted = [*needed, *(rates[p] for p in card.native_precisions if p in rates)]
        assert [figure for figure in wanted if card.get(figure) is None] == [], name


def test_blackwell_ultra_has_lost_its_int8_rate() -> None:
    cards = {card.accelerator: card for card in CARDS}
    for name in ("nvidia_b300", "nvidia_gb300"):
        assert cards[name].value("int8_tops") < 0.1 * cards[name].value("bf16_tflops")


def test_a_text_that_fits_two_cards_fits_none() -> None:
    one = Card("a_64gb", "A 64GB", "m", "imported", (), {})
    two = replace(one, accelerator="a_32gb", name="A 32GB")
    assert find_card("A", (one, two)).record is None
    assert find_card("A", (one, two)).nearest == ("a_32gb", "a_64gb")
    assert find_card("A 32 GB", (one, two)).record in (None, two)
    assert find_card("A-32GB", (one, two)).record == two
