"""The length profiles of the catalogue: which trace, read how, with what provenance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from planner.demand.profiles.fold import merge_small, rounded
from planner.demand.profiles.grid import bucket_table, with_edges
from profiles import traces

STORE_BLOCKS = 10_000  # 5.1 M tokens at 512 tokens per block (demand reference, section 3.5)
CODING_AGENT = "mini-swe-agent"

AZURE = (
    "Azure/AzurePublicDataset b469a11 (CC BY 4.0), {file}, per request, 2023-11-16; no prefix ids: cached 0"
)
MOONCAKE = "kvcache-ai/Mooncake 3b5a594 (Apache-2.0), {file}, per request; cached: {store}"
SERVEGEN = (
    "derived from alibaba/ServeGen f891d11 (Apache-2.0), {model}, top clients, lengths known for {known} of "
    "requests; input and output marginals ASSUMED independent; no prefix ids: cached 0"
)
AGENT = (
    "derived from LMCache/lmcache-agent-trace 16a14ad (Apache-2.0), mini-swe-agent, per model call, "
    "20 sessions; tokens ESTIMATED as characters / 4; cached: prefix shared within the session, in characters"
)
ARXIV = "microsoft/vidur 7d47513 (MIT), arXiv summarisation, per request; no prefix ids: cached 0"
UNLIMITED = "replay in arrival order, one shared store that never evicts"
LIMITED = "replay in arrival order, one shared LRU store of 10,000 blocks = 5.1 M tokens"


def _profiles(folder: Path) -> dict[str, tuple[str, Callable[[], pd.DataFrame]]]:
    conversation = folder / "mooncake_conversation.jsonl"
    synthetic = folder / "mooncake_synthetic.jsonl"
    histogram = folder / "servegen_length_hist_6h.csv.gz"
    return {
        "azure_conv_2023": (
            AZURE.format(file="AzureLLMInferenceTrace_conv"),
            lambda: traces.azure_requests(folder / "azure_llm_2023_conv.csv"),
        ),
        "azure_code_2023": (
            AZURE.format(file="AzureLLMInferenceTrace_code"),
            lambda: traces.azure_requests(folder / "azure_llm_2023_code.csv"),
        ),
        "mooncake_conversation": (
            MOONCAKE.format(file="conversation_trace", store=UNLIMITED),
            lambda: traces.mooncake_requests(conversation),
        ),
        "mooncake_conversation_5m_tokens": (
            MOONCAKE.format(file="conversation_trace", store=LIMITED),
            lambda: traces.mooncake_requests(conversation, STORE_BLOCKS),
        ),
        "mooncake_synthetic": (
            MOONCAKE.format(file="synthetic_trace", store=UNLIMITED),
            lambda: traces.mooncake_requests(synthetic),
        ),
        "arxiv_summarization": (
            ARXIV,
            lambda: traces.arxiv_requests(folder / "arxiv_summarization_lengths.csv"),
        ),
        "deepseek_r1_reasoning": (
            SERVEGEN.format(model="deepseek-r1", known="100 %"),
            lambda: traces.servegen_requests(histogram, "deepseek-r1"),
        ),
        "servegen_m_large": (
            SERVEGEN.format(model="m-large", known="63 %"),
            lambda: traces.servegen_requests(histogram, "m-large"),
        ),
        "agent_coding": (AGENT, lambda: traces.agent_requests(folder / "agent_steps.csv", CODING_AGENT)),
    }


def length_profiles(folder: Path) -> pd.DataFrame:
    """All length profiles, sorted by profile and bucket, with the columns of ``length_profiles.csv``.

    Parameters
    ----------
    folder : the folder with the trace files.
    """
    tables = []
    for profile, (source, read) in sorted(_profiles(folder).items()):
        buckets = with_edges(rounded(merge_small(bucket_table(read()))))
        buckets.insert(0, "profile", profile)
        tables.append(buckets.assign(source=source))
    return pd.concat(tables, ignore_index=True)
