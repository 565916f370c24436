"""One text per row from several columns, to group rows by."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def joined(table: pd.DataFrame, columns: Sequence[str]) -> pd.Series[str]:
    """The cells of these columns as one text; blanks as 'nan', columns the table lacks as blanks.

    Examples
    --------
    >>> joined(pd.DataFrame({"tp": [8.0], "engine": ["vllm"]}), ["engine", "tp"]).tolist()
    ['vllm|8.0']
    """
    rows = table.reindex(columns=list(columns)).itertuples(index=False, name=None)
    return pd.Series(["|".join(map(str, row)) for row in rows], index=table.index, dtype=object)
