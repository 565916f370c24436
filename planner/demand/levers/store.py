"""How much of a prefix cache's best a store of some size finds.

A store is as good as the time it can look back: its size over the input tokens that come in. The points were counted on
the conversation trace of Mooncake (12,031 requests of 12,035 tokens in 59 minutes, 41,000 tokens a second; blocks of
512 tokens, least recently used out), those of reference/demand.md section 3.5 among them; a test counts others. Spread
at random over 1, 4 and 16 replicas that trace finds 37, 20 and 10 %: to the power -0.47 of their number.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
TRACE_TOKENS_PER_S = 12_031 * 12_035 / (59 * 60.0)
BLOCK_TOKENS = 512
STORE_TOKENS = BLOCK_TOKENS * np.array([1_000.0, 3_000.0, 5_000.0, 10_000.0, 30_000.0, 50_000.0, 182_790.0])
FOUND_SHARE = np.array([0.0454, 0.0663, 0.1125, 0.2153, 0.3321, 0.3615, 0.3736])
LOOK_BACK_S = STORE_TOKENS / TRACE_TOKENS_PER_S
OF_THE_BEST = FOUND_SHARE / FOUND_SHARE[-1]
SPREAD_POWER = np.log(0.10 / 0.37) / np.log(16.0)


def share_of_best(store_tokens: float, input_tokens_per_s: float, stores: float = 1.0) -> float:
    """Found share over that of one unlimited store, 0 to 1.

    Between the points on the straight line over the logarithm of the look-back time; below them in proportion to it.

    Parameters
    ----------
    store_tokens : of all stores together [tokens], infinite for unlimited
    input_tokens_per_s : that come in, over all stores
    stores : that requests are spread over at random; 1 where a request finds its own

    Examples
    --------
    The trace's own traffic with a store of 10,000 blocks, 5.1 million tokens:

    >>> round(share_of_best(10_000 * 512, TRACE_TOKENS_PER_S) * 0.3736, 4)
    0.2153
    """
    if store_tokens <= 0:
        return 0.0
    spread = float(stores**SPREAD_POWER)
    if np.isinf(store_tokens) or input_tokens_per_s <= 0:
        return spread
    back = store_tokens / input_tokens_per_s
    if back < LOOK_BACK_S[0]:
        return float(OF_THE_BEST[0] * back / LOOK_BACK_S[0]) * spread
    return float(np.interp(np.log(back), np.log(LOOK_BACK_S), OF_THE_BEST)) * spread
