"""What binds: every limit with a price in the relaxation, in the units a person says, sorted by worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.explain.meanings import SERVING_RULE, Meaning, meaning
from planner.explain.moved import POINT, all_eased, measures, share_of
from planner.explain.opened import Opened, Relaxation, relaxation
from planner.optimization.matrix import IntArray
from planner.optimization.program import Rows
from planner.optimization.scale import MONEY

SEEN = 1e-9  # share of the cost below which a price, times its limit, is the solver's dust
MOMENTS = ("node", "row_node", "path", "slice")  # key columns that say when or in which future, not what
LIMIT_STEP = 0.01  # one per cent of a limit makes limits of different units comparable


@dataclass(frozen=True, eq=False)
class Limit:
    """One limit over all the periods in which it has a price.

    Attributes
    ----------
    family : constraint family
    name : in words
    what : how the family is spoken of
    rows : row numbers of the program
    nodes : labels of the nodes of these rows, '' where a row has none
    price : saving by one unit more of the limit in all these rows [case currency, discounted]
    size : right side, largest of the rows; for shares the share [unit of the row]
    step : what ``worth`` is about: 1 % of the limit, a percentage point, or one unit where the limit is zero
    worth : saving by that step, at the price [case currency, discounted]
    share : for share rules, what is asked for
    """

    family: str
    name: str
    what: Meaning
    rows: IntArray
    nodes: tuple[str, ...]
    price: float
    size: float
    step: float
    worth: float
    share: float | None = None


def binding_limits(program: Opened, found: Relaxation) -> list[Limit]:
    """Limits with a price, the one whose easing by a per cent saves most first.

    A price is the dual of the relaxation: what an infinitesimal step saves, per unit. Rows of one limit in different
    periods (and slices) are one limit, and their prices add up: one unit more in each of them.
    """
    limits = []
    for family, rows in program.built.program.families.items():
        what = meaning(family)
        if what.kind in ("limit", "share") and len(rows.keys):
            limits += _limits_of(program, found, rows, what)
    least = SEEN * max(1.0, abs(found.cost))
    return sorted(
        (limit for limit in limits if limit.worth > least), key=lambda limit: (-limit.worth, limit.name)
    )


def prices_of_one_more(program: Opened, found: Relaxation) -> Relaxation:
    """The relaxation with a crumb of room in every limit, whose duals are what one more is worth; see `all_eased`."""
    families = program.built.program.families.items()
    kept = [
        rows for family, rows in families if meaning(family).kind in ("limit", "share") and len(rows.keys)
    ]
    rows = [table.keys["row"].to_numpy(np.int64)[table.lower != table.upper] for table in kept]
    if not rows:
        return found
    return relaxation(all_eased(program.matrix, np.concatenate(rows), found.values)) or found


def _limits_of(program: Opened, found: Relaxation, rows: Rows, what: Meaning) -> list[Limit]:
    number = rows.keys["row"].to_numpy(np.int64)
    duals = found.duals[number]
    table = rows.keys.assign(
        price=np.abs(duals) * MONEY,
        side=np.where(duals > 0, rows.lower, rows.upper),
        equal=rows.lower == rows.upper,
    )
    table = table[(table["price"] > 0) & ~table["equal"] & np.isfinite(table["side"])]
    names = [key for key in rows.key if key not in MOMENTS]
    limits = []
    for _, own in table.groupby(names, dropna=False, sort=True) if names else [("", table)]:
        if len(own):
            limits.append(_limit(program, found, rows, what, own, names))
    return limits


def _limit(
    program: Opened, found: Relaxation, rows: Rows, what: Meaning, own: pd.DataFrame, names: list[str]
) -> Limit:
    keys = {name: own[name].iloc[0] for name in names}
    if rows.family == "include_exclude" and _serves(program, str(keys["selection"])):
        what = SERVING_RULE
    number = own["row"].to_numpy(np.int64)
    moment = next((name for name in MOMENTS if name in own.columns), None)
    nodes = tuple(dict.fromkeys(own[moment].astype(str))) if moment else ()
    size, share, price = float(own["side"].abs().max()), None, float(own["price"].sum())
    if what.kind == "share":
        share = share_of(program, what, str(keys["policy"]))
        totals = [_total(program, found, int(row), share) for row in number]
        price = float((own["price"].to_numpy() * np.array(totals)).sum()) * POINT
        size, step = share / POINT, 1.0
    else:
        price, size = price / what.per_unit, size * what.per_unit
        step = LIMIT_STEP * size if size > 0 else 1.0
    return Limit(rows.family, what.name(keys), what, number, nodes, price, size, step, price * step, share)


def _serves(program: Opened, selection: str) -> bool:
    """Whether a selection is about serving a workload, and not about orders."""
    rules = program.given.rules["selections"].set_index("selection")
    return bool(rules["workload"].notna().to_dict()[selection])


def _total(program: Opened, found: Relaxation, row: int, share: float) -> float:
    """Measure of everything a share row counts, in the relaxation."""
    places, counts = measures(program.matrix, row, share)
    return float((counts * found.values[program.matrix.entry_columns[places]]).sum())
