"""Replay of a prefix-block store: which part of every prompt it already holds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

BLOCK_TOKENS = 512  # Mooncake trace: one hash id stands for 512 tokens of prefix


def cached_tokens(prompts: Sequence[tuple[int, Sequence[int]]], store_blocks: int | None = None) -> list[int]:
    """Tokens of each prompt found in one store shared by all requests, in the order of arrival.

    A prompt finds its leading blocks up to the first one that the store lacks; the last block may be
    partly filled, so the find is cut at the prompt's own length. Then all its blocks become the most
    recently used, and the least recently used leave if the store is full.

    Parameters
    ----------
    prompts : (input_tokens, hash_ids) of every request in order of arrival.
    store_blocks : blocks the store holds, or None for a store that never evicts.

    Returns
    -------
    list of tokens, one per prompt.

    Examples
    --------
    The second prompt finds the first two blocks of the first one:

    >>> cached_tokens([(1_500, [0, 1, 2]), (2_000, [0, 1, 3, 4])])
    [0, 1024]
    """
    store: OrderedDict[int, None] = OrderedDict()
    found_tokens = []
    for input_tokens, blocks in prompts:
        found = 0
        for block in blocks:
            if block not in store:
                break
            found += 1
        found_tokens.append(min(found * BLOCK_TOKENS, input_tokens))
        for block in blocks:
            store[block] = None
            store.move_to_end(block)
        while store_blocks is not None and len(store) > store_blocks:
            store.popitem(last=False)
    return found_tokens
