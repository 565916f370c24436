"""Replay of a store of prefix blocks: which part of every prompt it already holds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any


class PrefixStore:
    """One store shared by all prompts, least recently used blocks out first.

    Parameters
    ----------
    block_tokens : tokens of a block
    store_blocks : blocks it holds; None: it never evicts
    """

    def __init__(self, block_tokens: int, store_blocks: int | None = None) -> None:
        self.block_tokens = block_tokens
        self.store_blocks = store_blocks
        self._held: OrderedDict[Any, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def find(self, input_tokens: float, blocks: Sequence[Any]) -> float:
        """Tokens of a prompt that are held, after which all its blocks are.

        A prompt finds its leading blocks up to the first one that the store lacks; the last block may be partly
        filled, so the find is cut at the prompt's own length. Then all its blocks become the most recently used, and
        the least recently used leave if the store is full.
        """
        held = self._held
        found = 0
        for block in blocks:
            if block not in held:
                break
            found += 1
        for block in blocks:
            held[block] = None
            held.move_to_end(block)
        while self.store_blocks is not None and len(held) > self.store_blocks:
            held.popitem(last=False)
        return min(found * self.block_tokens, input_tokens)


def cached_tokens(
    prompts: Sequence[tuple[int, Sequence[Any]]], block_tokens: int, store_blocks: int | None = None
) -> list[int]:
    """Cached tokens of prompts, given as input tokens and blocks, in the order of arrival.

    Examples
    --------
    The second prompt finds the first two blocks of the first one:

    >>> cached_tokens([(1_500, [0, 1, 2]), (2_000, [0, 1, 3, 4])], 512)
    [0, 1024]
    """
    store = PrefixStore(block_tokens, store_blocks)
    return [int(store.find(tokens, blocks)) for tokens, blocks in prompts]
