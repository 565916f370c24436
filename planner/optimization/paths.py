"""Ways through the scenario tree."""

from __future__ import annotations

import pandas as pd


def paths_of(nodes: pd.DataFrame) -> list[list[str]]:
    """Nodes of every way through the tree, from the start to an end, in the order of the ends.

    Examples
    --------
    >>> tree = {"node": ["a", "b", "c"], "index": [0, 1, 1], "parent": [None, "a", "a"]}
    >>> paths_of(pd.DataFrame(tree))
    [['a', 'b'], ['a', 'c']]
    """
    parent = dict(zip(nodes["node"].to_list(), nodes["parent"].to_list(), strict=True))
    inner = set(nodes["parent"].dropna())
    paths: list[list[str]] = []
    for end in (node for node in nodes["node"] if node not in inner):
        path = [end]
        while pd.notna(parent[path[0]]):
            path.insert(0, parent[path[0]])
        paths.append(path)
    return paths
