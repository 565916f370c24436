"""Records of the catalogue, which a case may complete or override: accelerators, language models, service classes."""

from __future__ import annotations

from dataclasses import replace

from planner.inputs.declarations.common import NOTE
from planner.inputs.declarations.demand import WORKLOADS
from planner.tables import Column, Table

PRECISIONS = ("fp32", "tf32", "fp16", "bf16", "fp8", "fp6", "fp4", "int16", "int8", "int4")
GRADES = (
    "measured",
    "third_party_measured",
    "vendor_stated",
    "press_estimate",
    "own_estimate_by_rule",
    "user",
)
ORIGINS = ("domestic", "imported")

ACCELERATORS = Table(
    "accelerators",
    "cards that the catalogue lacks, or whose figures you correct, by id",
    ("accelerator",),
    (
        Column("accelerator", "id", "card"),
        Column("name", "text", "full name", default=""),
        Column("vendor", "text", "maker; needed for a card the catalogue lacks", default=None),
        Column("origin", "choice", "where it comes from; needed for a card the catalogue lacks", default=None,
               choices=ORIGINS),
        Column("family", "text", "microarchitecture, by its public name; cards of one family behave alike", default=""),
        Column("family_source", "text", "where the family is stated", default=""),
        Column("aliases_source", "text", "where the aliases are used", default=""),
        Column("form_factor", "text", "card, module...", default=""),
        Column("memory_type", "text", "kind of memory", default=""),
        Column("native_precisions", "ids", f"number formats it computes in: {', '.join(PRECISIONS)}", default=()),
        Column("availability", "text", "since when, how much", default=""),
        Column("released", "text", "date of release", default=""),
        Column("export_status", "text", "export rules", default=""),
        Column("procurement_status", "text", "procurement rules", default=""),
        Column("confidence", "text", "A (maker's sheet, cross-checked) to D (too little to plan with)", default=""),
        NOTE,
    ),
    records=True,
)  # fmt: skip
ALIASES = "aliases"  # texts under which measurements name a card or language model; a list, read as it stands
ACCELERATOR_LISTS = ("software", ALIASES)

FIGURE = Table(
    "figures",
    "one figure of a card: a plain number, or these fields",
    ("name",),
    (
        Column("name", "id", "figure"),
        Column("value", "number", "the figure", low=0, high=1e9),
        Column("unit", "text", "its unit, as the list of figures gives it", default=""),
        Column("grade", "choice", "how well it is known", default="user", choices=GRADES),
        Column("date", "text", "date of the source", default=""),
        Column("source", "text", "where it comes from", default=""),
        Column("address", "text", "link of the source", default=""),
        NOTE,
    ),
)

_MOST_COMPUTE = 1e6  # TFLOPS, assumed: 60 times the fastest card of 2026
# Declared once: name, unit, meaning and range of each figure of a card.
FIGURES: tuple[Column, ...] = (
    Column("memory_gib", "number", "memory of a card", "GiB", above=0, high=10_000),
    Column("memory_bandwidth_gb_per_s", "number", "peak memory bandwidth, 1e9 bytes per second", "GB/s", above=0,
           high=1e6),
    *(Column(name, "number", f"peak {name.split('_')[0]} rate without sparsity", name.split("_")[1].upper(), above=0,
           high=_MOST_COMPUTE)
      for name in ("bf16_tflops", "fp8_tflops", "int8_tops", "fp4_tflops")),
    *(Column(f"measured_{name}", "number", f"best sustained {name.split('_')[0]} rate a test published",
             name.split("_")[1].upper(), above=0, high=_MOST_COMPUTE)
      for name in ("bf16_tflops", "fp8_tflops", "int8_tops", "fp4_tflops")),
    Column("measured_memory_bandwidth_gb_per_s", "number", "best sustained memory bandwidth", "GB/s", above=0,
           high=1e6),
    Column("interconnect_gb_per_s", "number", "scale-up links, both directions, all together", "GB/s", low=0,
           high=1e6),
    Column("scale_up_domain_cards", "number", "cards joined by those links", "cards", low=1, high=1e6),
    Column("tdp_w", "number", "power limit of the card", "W", low=0, high=20_000),
    Column("all_in_power_w_per_card", "number", "power of the whole system over its cards", "W", low=0, high=50_000),
    Column("cards_per_server", "number", "cards of the smallest box sold", "cards", low=1, high=10_000),
    Column("server_power_w", "number", "most that a server draws", "W", low=0, high=1e6),
    *(Column(f"{what}_price_{money}_{end}", "number", f"{end}est {what} price seen, no quote", money.upper(), above=0,
             high=1e9)
      for what in ("unit", "server") for money in ("cny", "usd") for end in ("low", "high")),
    *(Column(f"rental_{money}_per_card_hour_{end}", "number", f"{end}est rental price seen, no quote",
             f"{money.upper()}/card-hour", above=0, high=1e6)
      for money in ("cny", "usd") for end in ("low", "high")),
)  # fmt: skip

LLMS = Table(
    "llms",
    "language models that the catalogue lacks, or that you correct, by id",
    ("llm",),
    (
        Column("llm", "id", "language model"),
        Column("name", "text", "full name", default=""),
        Column("maker", "text", "who made it", default=""),
        Column("released", "text", "date of release", default=""),
        Column("licence", "text", "licence of the weights", default=""),
        Column(
            "native_precision",
            "choice",
            "precision of the released weights",
            default=None,
            choices=PRECISIONS,
        ),
        Column("context_tokens", "whole", "longest request", "tokens", low=1, high=10**9, default=None),
        NOTE,
    ),
    records=True,
)
LLM_MAPPINGS = ("architecture", "published", "sources")
LLM_LISTS = (ALIASES,)


def _count(name: str, meaning: str, low: int = 0, default: int | None = 0) -> Column:
    """A whole number of the architecture; ``default`` None means that it must be given."""
    if default is None:
        return Column(name, "whole", meaning, low=low, high=10**8)
    return Column(name, "whole", meaning, low=low, high=10**8, default=default)


ARCHITECTURE = Table(
    "architecture",
    "shape of a decoder-only transformer; a field that is absent is 0 or false",
    ("layers",),
    (
        _count("layers", "decoder layers", 1, None),
        _count("hidden_width", "width of the residual stream", 1, None),
        _count("vocabulary_tokens", "rows of the embedding", 1, None),
        Column(
            "attention", "choice", "gqa: grouped queries; mla: latent keys and values", choices=("gqa", "mla")
        ),
        _count("heads", "query heads", 1, None),
        Column("tied_embeddings", "flag", "output head is the input embedding", default=False),
        _count("kv_heads", "gqa: key and value heads"),
        _count("head_width", "gqa: width of a head"),
        _count("query_rank", "mla: rank of the compressed query; 0: not compressed"),
        _count("kv_rank", "mla: rank of the compressed keys and values"),
        _count("rope_width", "mla: width with position per head"),
        _count("nope_width", "mla: width without position per head"),
        _count("value_width", "mla: width of a value head"),
        Column("attention_gate", "flag", "the query projection also makes an output gate", default=False),
        Column("attention_bias", "flag", "projections have a bias (not counted)", default=False),
        _count("dense_layers", "layers without experts"),
        _count("dense_ffn_width", "width of their feed-forward block"),
        Column("gated_ffn", "flag", "feed-forward blocks have three matrices rather than two", default=True),
        _count("experts", "routed experts per layer"),
        _count("experts_per_token", "experts a token visits"),
        _count("expert_ffn_width", "width of one expert"),
        _count("shared_ffn_width", "width of all shared experts together"),
        _count("sliding_layers", "layers that look back over a window"),
        _count("sliding_window_tokens", "length of that window"),
        _count("linear_layers", "layers with a state of fixed size"),
        _count("linear_key_heads", "their key heads"),
        _count("linear_value_heads", "their value heads"),
        _count("linear_head_width", "width of their heads"),
        _count("linear_convolution_tokens", "length of their convolution"),
        _count("sparse_attention_tokens", "most tokens a full layer attends to; 0: all"),
        _count("index_heads", "heads of the indexer that picks them"),
        _count("index_width", "width of the indexer"),
    ),
)

_OF_THE_WORKLOAD_ITSELF = ("workload", "llm", "service_class", "unmet_penalty_per_mtok", "source", "note")
SERVICE_CLASSES = Table(
    "service_classes",
    "defaults of the workloads that name the class; what a class leaves blank keeps the declared default",
    ("service_class",),
    (
        Column("service_class", "id", "class"),
        Column("tier", "text", "interactive, standard or batch; for people", default=""),
        *(replace(column, default=None) for column in WORKLOADS.columns if column.name not in _OF_THE_WORKLOAD_ITSELF),
        NOTE,
    ),
    records=True,
)  # fmt: skip
SERVICE_CLASS_MAPPINGS = ("sources",)
