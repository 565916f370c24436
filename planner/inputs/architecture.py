"""Shape of a language model, as its maker's ``config.json`` gives it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Architecture:
    """Shape of a decoder-only transformer, dense or mixture of experts.

    Attributes
    ----------
    layers, hidden_width, vocabulary_tokens, tied_embeddings :
        Decoder layers; width of the residual stream; rows of the embedding; whether the output head
        is the same matrix as the input embedding.
    attention, heads, kv_heads, head_width :
        ``gqa`` (grouped queries; all heads equal when ``kv_heads`` = ``heads``) or ``mla`` (latent KV).
    query_rank, kv_rank, rope_width, nope_width, value_width :
        Latent attention only: ranks of the compressed query and KV, widths per head.
    attention_gate, attention_bias :
        The query projection also makes a gate of the same width for the output; projections have a bias.
    dense_layers, dense_ffn_width, gated_ffn :
        Layers with an ordinary feed-forward block; the others have experts. Gated blocks have three
        matrices, plain ones two.
    experts, experts_per_token, expert_ffn_width, shared_ffn_width :
        Routed experts per layer, how many a token visits, their width, width of all shared experts together.
    sliding_layers, sliding_window_tokens :
        Layers that look back over a window only.
    linear_layers, linear_key_heads, linear_value_heads, linear_head_width, linear_convolution_tokens :
        Layers with gated delta-rule attention: a state of fixed size instead of a growing cache.
    sparse_attention_tokens, index_heads, index_width :
        Most tokens a full layer attends to (0: all of them), and the small indexer that picks them.
    """

    layers: int
    hidden_width: int
    vocabulary_tokens: int
    attention: str
    heads: int
    tied_embeddings: bool = False
    kv_heads: int = 0
    head_width: int = 0
    query_rank: int = 0
    kv_rank: int = 0
    rope_width: int = 0
    nope_width: int = 0
    value_width: int = 0
    attention_gate: bool = False
    attention_bias: bool = False
    dense_layers: int = 0
    dense_ffn_width: int = 0
    gated_ffn: bool = True
    experts: int = 0
    experts_per_token: int = 0
    expert_ffn_width: int = 0
    shared_ffn_width: int = 0
    sliding_layers: int = 0
    sliding_window_tokens: int = 0
    linear_layers: int = 0
    linear_key_heads: int = 0
    linear_value_heads: int = 0
    linear_head_width: int = 0
    linear_convolution_tokens: int = 0
    sparse_attention_tokens: int = 0
    index_heads: int = 0
    index_width: int = 0


def contradictions(shape: Architecture) -> tuple[tuple[str, str, str], ...]:
    """What does not fit together in a shape: (field, found, expected) of each."""
    found = []

    def need(right: bool, name: str, expected: str) -> None:
        if not right:
            found.append((name, str(getattr(shape, name)), expected))

    if shape.attention == "gqa":
        need(shape.kv_heads > 0, "kv_heads", "above 0, for attention gqa")
        need(shape.head_width > 0, "head_width", "above 0, for attention gqa")
        need(
            shape.kv_heads == 0 or shape.heads % shape.kv_heads == 0,
            "kv_heads",
            f"a divisor of {shape.heads} heads",
        )
    else:
        for name in ("kv_rank", "rope_width", "nope_width", "value_width"):
            need(getattr(shape, name) > 0, name, "above 0, for attention mla")
    need(shape.dense_layers <= shape.layers, "dense_layers", f"at most {shape.layers} layers")
    need(shape.dense_layers == 0 or shape.dense_ffn_width > 0, "dense_ffn_width", "above 0, for dense layers")
    need(
        shape.experts > 0 or shape.dense_layers == shape.layers,
        "dense_layers",
        f"all {shape.layers} layers, as there are no experts",
    )
    need(shape.experts_per_token <= shape.experts, "experts_per_token", f"at most {shape.experts} experts")
    need(shape.experts == 0 or shape.experts_per_token > 0, "experts_per_token", "above 0, for experts")
    need(shape.experts == 0 or shape.expert_ffn_width > 0, "expert_ffn_width", "above 0, for experts")
    need(
        shape.sliding_layers + shape.linear_layers <= shape.layers,
        "sliding_layers",
        f"with linear_layers at most {shape.layers} layers",
    )
    need(shape.sliding_layers == 0 or shape.sliding_window_tokens > 0, "sliding_window_tokens", "above 0")
    need(
        shape.linear_layers == 0 or shape.linear_head_width > 0,
        "linear_head_width",
        "above 0, for linear layers",
    )
    return tuple(found)
