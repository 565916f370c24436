"""Prefix reuse as a function of the size of the store, by replaying the blocks of the prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.inputs.prefix_store import PrefixStore

STORE_TOKENS = (
    500_000,
    2_000_000,
    5_120_000,
    15_360_000,
)  # demand reference, section 3.5: 1,000 to 30,000 blocks
MOST_BLOCKS = 4_000_000  # assumed: beyond it the store that never evicts would take more than a GiB


class PrefixReuse:
    """Stores of several sizes that see the same prompts; one of them gives the profile's cached tokens.

    Parameters
    ----------
    block_tokens : tokens of a block
    kept_tokens : size of the store whose finds count as cached [tokens]; None: one that never evicts
    """

    def __init__(self, block_tokens: int, kept_tokens: float | None) -> None:
        sizes = sorted({*STORE_TOKENS, *([round(kept_tokens)] if kept_tokens else [])})
        self.block_tokens = block_tokens
        self.kept = round(kept_tokens) if kept_tokens else None
        self._stores: dict[int | None, PrefixStore] = {
            size: PrefixStore(block_tokens, max(1, size // block_tokens)) for size in sizes
        }
        self._stores[None] = PrefixStore(block_tokens)
        self._found = dict.fromkeys(self._stores, 0.0)
        self.input_tokens = 0.0

    def add(self, input_tokens: npt.NDArray[np.float64], blocks: Sequence[Any]) -> npt.NDArray[np.float64]:
        """Replay prompts in the order of arrival; returns what the kept store finds [tokens per prompt]."""
        kept = np.zeros(len(input_tokens))
        self.input_tokens += float(input_tokens.sum())
        if None in self._stores and self.kept is not None and len(self._stores[None]) > MOST_BLOCKS:
            del self._stores[None], self._found[None]
        lists = [one if isinstance(one, list) else [] for one in blocks]
        for size, store in self._stores.items():
            found = np.array(
                [store.find(tokens, one) for tokens, one in zip(input_tokens, lists, strict=True)]
            )
            self._found[size] += float(found.sum())
            if size == self.kept:
                kept = found
        return kept

    def table(self) -> pd.DataFrame:
        """store_tokens (NaN: never evicts), store_blocks, hit_share [of input tokens], blocks_seen."""
        rows = [
            (float(size) if size else float("nan"), store.store_blocks or len(store),
             self._found[size] / self.input_tokens if self.input_tokens else float("nan"))
            for size, store in self._stores.items()
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=["store_tokens", "store_blocks", "hit_share"])
