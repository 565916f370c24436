"""When a node begins, and what a unit of money paid then is worth at the start."""

from __future__ import annotations

import pandas as pd

from planner.units import MONTHS_PER_YEAR


def discounted_nodes(nodes: pd.DataFrame, months: int, rate_per_year: float) -> pd.DataFrame:
    """Nodes with their year and what a unit of money paid there is expected to be worth at the start.

    Formula, for node number i of m months::

        years = i * m / 12        discount = probability * (1 + rate) ** -years

    Parameters
    ----------
    nodes : node, index (number of its period: 0, 1, 2...), probability (1 without scenarios)
    months : length of a period [months]
    rate_per_year : cost of capital [share per year]

    Examples
    --------
    >>> frame = discounted_nodes(pd.DataFrame({"node": ["a", "b"], "index": [0, 1], "probability": 1.0}), 12, 0.25)
    >>> frame["discount"].tolist()
    [1.0, 0.8]
    """
    years = nodes["index"] * months / MONTHS_PER_YEAR
    return nodes.assign(years=years, discount=nodes["probability"] * (1.0 + rate_per_year) ** -years)
