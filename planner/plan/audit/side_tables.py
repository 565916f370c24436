"""The two tables written last: limits, and promises no card can keep."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.plan.audit.compare import compared_numbers, compared_texts
from planner.plan.audit.facts import Facts
from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.pools import card_classes
from planner.plan.audit.rows import Checked, Rule, key_text
from planner.plan.audit.tolerances import BINDING_RELATIVE, RATE

KEY = ["family", "key"]
RATE_OF_SIZE = 1e-9  # slack is one subtraction


def limits_of(rows: pd.DataFrame) -> pd.DataFrame:
    """The ``limits`` table of evaluated rows: family, key, activity, limit, slack, binding, unit, by family and key.

    Equalities are no limits and are left out. slack = limit - activity, or activity - limit where the limit is a
    minimum; binding where it is within a millionth of the limit.
    """
    rows = rows[rows["sense"] != "="]
    room = rows["limit"] - rows["activity"]
    slack = room.where(rows["sense"] == "<=", -room) + 0.0  # no negative zeros
    binding = slack <= BINDING_RELATIVE * rows["limit"].abs()
    table = rows[[*KEY, "activity", "limit"]].assign(slack=slack, binding=binding, unit=rows["unit"])
    return table.sort_values(KEY, ignore_index=True)


def limits_table_again(
    facts: Facts, rows: pd.DataFrame, again: pd.DataFrame
) -> tuple[list[Checked], list[Finding]]:
    """Rule ``limits_table``: every limit is listed with what the plan does, and whether it binds.

    ``again`` is `limits_of` of ``rows``.
    """
    if "limits" not in facts.result:
        return [], []
    shown = facts.result["limits"]
    rule = Rule("limits_table", "=", "", RATE)
    compared = compared_numbers(rule, shown, again, KEY, ["activity", "limit"])
    sides = rows.drop_duplicates(KEY).set_index(KEY)["sense"]
    own = shown.pipe(matched, sides.reset_index(), on=KEY, how="left")
    room = (own["limit"] - own["activity"]).where(own["sense"] != ">=", own["activity"] - own["limit"])
    size = own[["limit", "activity"]].abs().max(axis=1)
    wrong = (own["slack"] - room).abs() > RATE_OF_SIZE * size
    wrong |= own["binding"] != (own["slack"] <= BINDING_RELATIVE * own["limit"].abs())
    found = [
        finding("limits_table", str(key), "slack or binding off", "limit less activity")
        for key in _keys(own[wrong])
    ]
    found += compared_texts("limits_table", shown, again, KEY, ["unit"])
    listed = shown[KEY].merge(again[KEY], on=KEY, how="outer", indicator=True)
    for side, what in (("left_only", "a row too many"), ("right_only", "no row")):
        rest = listed[listed["_merge"] == side]
        found += [finding("limits_table", str(key), what, "one row per limit") for key in _keys(rest)]
    return compared, found


def _keys(table: pd.DataFrame) -> list[str]:
    return key_text(table, KEY)


def promises_table(facts: Facts) -> list[Finding]:
    """Rule ``promises_table``: exactly the demand without any rate at its band is listed as not servable."""
    if "promises" not in facts.result:
        return []
    key = ["workload", "bucket", "band_ms"]
    shown = facts.result["promises"][key].drop_duplicates()
    served = _servable(facts, key)
    both = shown.pipe(matched, served, on=key)
    found = [finding("promises_table", text, "a rate is given", "no rate") for text in _texts(both, key)]
    requests = facts.given["requests"]
    asked = requests[requests["requests_per_s"] > 0][["workload", "bucket", "region"]].drop_duplicates()
    needed = asked.pipe(matched, facts.given["routes"][["region", "band_ms"]].drop_duplicates(), on="region")[
        key
    ]
    needed = needed.drop_duplicates().merge(served, on=key, how="left", indicator=True)
    needed = needed.loc[needed["_merge"] == "left_only", key].merge(shown, on=key, how="left", indicator=True)
    missing = needed[needed["_merge"] == "left_only"]
    found += [
        finding("promises_table", text, "no row", "a row: no card serves it") for text in _texts(missing, key)
    ]
    return found


def _servable(facts: Facts, key: list[str]) -> pd.DataFrame:
    """Keys with a rate: of whole replicas, or of both roles on cards that may exchange caches."""
    layouts = facts.given["layouts"][["layout", "accelerator", "role"]]
    rates = facts.given["rates"].pipe(matched, layouts, on="layout")
    rates = rates[rates["requests_per_s"] > 0]
    classes = card_classes(facts)
    known = rates.assign(cards=rates["accelerator"].map(classes).astype(object))
    paired = known[(known["role"] != "whole") & known["cards"].notna()]
    both = paired.groupby([*key, "cards"], as_index=False)[["role"]].nunique()
    found = [known.loc[known["role"] == "whole", key], both.loc[both["role"] == 2, key]]
    return pd.concat(found, ignore_index=True).drop_duplicates()


def _texts(table: pd.DataFrame, key: list[str]) -> list[str]:
    return key_text(table, key)
