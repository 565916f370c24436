"""How many weights a language model has, how many a token touches, and how much it leaves in the KV cache.

Counts only: bytes depend on the precision a layout is served in. Norms, biases and the small gates beside
experts are left out (below 0.1 % of any model in the catalogue), as are vision towers and the layers that
only serve multi-token prediction. The numbers come from the maker's ``config.json``.
"""

from __future__ import annotations

from planner.inputs.architecture import Architecture

__all__ = [
    "Architecture",
    "active_weights",
    "attention_weights",
    "expert_weights",
    "index_elements_per_token",
    "kv_elements_per_token",
    "linear_state_elements",
    "sliding_kv_elements_per_token",
    "total_weights",
]


def _expert_layers(a: Architecture) -> int:
    """Layers whose feed-forward block is a set of experts."""
    return a.layers - a.dense_layers if a.experts else 0


def _ffn_weights(a: Architecture, width: int) -> int:
    """Weights of one feed-forward block: 3 (gated) or 2 matrices of hidden_width x width."""
    return (3 if a.gated_ffn else 2) * a.hidden_width * width


def _softmax_layer_weights(a: Architecture) -> int:
    """Weights of one softmax attention layer, its sparse-attention indexer included."""
    d = a.hidden_width
    if a.attention == "mla":
        key_width = a.nope_width + a.rope_width
        # Without a query rank (query_rank = 0) the query is projected straight from the hidden width.
        query = d * a.query_rank + (a.query_rank or d) * a.heads * key_width
        latent = d * (a.kv_rank + a.rope_width) + a.kv_rank * a.heads * (a.nope_width + a.value_width)
        output = a.heads * a.value_width * d
        index = a.query_rank * a.index_heads * a.index_width + d * (a.index_width + a.index_heads)
        return query + latent + output + (index if a.index_heads else 0)
    query_and_output = (3 if a.attention_gate else 2) * d * a.heads * a.head_width
    return query_and_output + 2 * d * a.kv_heads * a.head_width


def _linear_layer_weights(a: Architecture) -> int:
    """Weights of one gated delta-rule layer: q, k, v, gate, two scalars per value head, convolution, output."""
    d, keys = a.hidden_width, a.linear_key_heads * a.linear_head_width
    values = a.linear_value_heads * a.linear_head_width
    inward = d * (2 * keys + 2 * values) + 2 * d * a.linear_value_heads
    return inward + a.linear_convolution_tokens * (2 * keys + values) + values * d


def attention_weights(a: Architecture) -> float:
    """Weights of all attention blocks.

    Formula::

        gqa     d * heads * head_width * 2 (3 with output gate) + 2 * d * kv_heads * head_width
        mla     d * q + q * heads * (nope + rope) + d * (c + rope) + c * heads * (nope + value)
                + heads * value * d                                        (q: query_rank, c: kv_rank)
        indexer q * index_heads * index_width + d * (index_width + index_heads)
        linear  d * (2 * keys + 2 * values + 2 * value_heads) + conv * (2 * keys + values) + values * d

    times the layers of each kind. Source: projections in the published implementations of the Qwen3,
    Qwen3-Next, DeepSeek-V3 and DeepSeek-V3.2 models.

    Returns
    -------
    float
        Weights [count].
    """
    softmax_layers = a.layers - a.linear_layers
    return float(softmax_layers * _softmax_layer_weights(a) + a.linear_layers * _linear_layer_weights(a))


def expert_weights(a: Architecture) -> float:
    """Weights of all routed experts of all layers: layers * experts * 3 (or 2) * d * expert_ffn_width [count]."""
    return float(_expert_layers(a) * a.experts * _ffn_weights(a, a.expert_ffn_width))


def _weights_of_every_token(a: Architecture) -> float:
    """Attention, dense blocks, shared experts, routers and output head: read for every token."""
    dense = a.dense_layers * _ffn_weights(a, a.dense_ffn_width)
    shared_and_router = _ffn_weights(a, a.shared_ffn_width) + a.hidden_width * a.experts
    head = a.vocabulary_tokens * a.hidden_width
    return attention_weights(a) + dense + _expert_layers(a) * shared_and_router + head


def total_weights(a: Architecture) -> float:
    """All weights a replica holds.

    Formula::

        attention + dense blocks + shared experts + routers + experts + head + input embedding

    where head and input embedding are vocabulary_tokens * hidden_width each, counted once when tied.

    Returns
    -------
    float
        Weights [count].

    Examples
    --------
    Hidden width 4, two heads of 2 (query, key, value, output: 4 * 4 * 4 = 64), a gated block of width 8
    (3 * 4 * 8 = 96), ten tokens (2 * 10 * 4 = 80):

    >>> tiny = Architecture(
    ...     layers=1, hidden_width=4, vocabulary_tokens=10, attention="gqa", heads=2, kv_heads=2,
    ...     head_width=2, dense_layers=1, dense_ffn_width=8)
    >>> total_weights(tiny), active_weights(tiny)
    (240.0, 200.0)
    """
    input_embedding = 0 if a.tied_embeddings else a.vocabulary_tokens * a.hidden_width
    return _weights_of_every_token(a) + expert_weights(a) + input_embedding


def active_weights(a: Architecture) -> float:
    """Weights one token is multiplied with: everything of every token, and its share of the experts.

    Formula::

        total - input embedding - experts * (1 - experts_per_token / experts)

    The input embedding is a look-up of one row; makers that quote "active parameters" often count it.

    Returns
    -------
    float
        Weights [count].
    """
    visited = expert_weights(a) * a.experts_per_token / a.experts if a.experts else 0.0
    return _weights_of_every_token(a) + visited


def _kv_elements_per_layer(a: Architecture) -> int:
    """Cache elements a token leaves in one softmax layer: latent + rope (mla), or a key and a value per KV head."""
    return a.kv_rank + a.rope_width if a.attention == "mla" else 2 * a.kv_heads * a.head_width


def kv_elements_per_token(a: Architecture) -> float:
    """Cache elements per token that stay as long as the request: over the layers that see all tokens.

    Formula: (layers - sliding - linear) * (kv_rank + rope_width, or 2 * kv_heads * head_width). The keys
    of a sparse-attention indexer are apart, in ``index_elements_per_token``: they have their own precision.

    Returns
    -------
    float
        Elements per token [count].
    """
    return float((a.layers - a.sliding_layers - a.linear_layers) * _kv_elements_per_layer(a))


def sliding_kv_elements_per_token(a: Architecture) -> float:
    """Cache elements per token inside the window: sliding_layers * elements per layer [count]."""
    return float(a.sliding_layers * _kv_elements_per_layer(a))


def index_elements_per_token(a: Architecture) -> float:
    """Index keys per token of sparse attention: one key of index_width per full layer [count]; 0 without."""
    return float((a.layers - a.sliding_layers - a.linear_layers) * a.index_width)


def linear_state_elements(a: Architecture) -> float:
    """State of one request in the linear layers, whatever its length.

    Formula: linear_layers * (value_heads * width * width + (conv - 1) * (2 * keys + values)).

    Returns
    -------
    float
        Elements per request [count].
    """
    width = a.linear_head_width
    channels = (2 * a.linear_key_heads + a.linear_value_heads) * width
    memory = a.linear_value_heads * width * width
    return float(a.linear_layers * (memory + max(a.linear_convolution_tokens - 1, 0) * channels))
