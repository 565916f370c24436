"""Which cards may hand KV caches to which, and what of a serving table is left without a partner."""

from __future__ import annotations

import pandas as pd

WHOLE, PREFILL, DECODE = "whole", "prefill", "decode"
NONE, SAME_CARD, SAME_VENDOR, ANY_CARD = "none", "same_card", "same_vendor", "any"


def hand_over_classes(cards: pd.DataFrame, pools: str) -> pd.DataFrame:
    """Class of every card: cards of one class may exchange KV caches.

    Parameters
    ----------
    cards : accelerator, vendor
    pools : setting of the case; ``none`` gives no card a class

    Returns
    -------
    accelerator, hand_over

    Examples
    --------
    >>> cards = pd.DataFrame({"accelerator": ["a", "b", "c"], "vendor": ["v", "v", "w"]})
    >>> hand_over_classes(cards, "same_vendor")["hand_over"].to_list()
    ['v', 'v', 'w']
    >>> hand_over_classes(cards, "any")["hand_over"].to_list()
    ['any', 'any', 'any']
    """
    if pools == NONE:
        return pd.DataFrame({"accelerator": pd.Series(dtype=object), "hand_over": pd.Series(dtype=object)})
    named = {
        SAME_CARD: cards["accelerator"],
        SAME_VENDOR: cards["vendor"],
        ANY_CARD: pd.Series(ANY_CARD, cards.index),
    }[pools]
    return cards[["accelerator"]].assign(hand_over=named.astype(object))


def with_partners(rates: pd.DataFrame, layouts: pd.DataFrame, classes: pd.DataFrame) -> pd.DataFrame:
    """Rates without those of a role that has nobody to hand over to or take over from.

    A prefill rate stays where some card of its class decodes the same workload and bucket over the same band, a decode
    rate where one prefills it.

    Parameters
    ----------
    rates : workload, bucket, band_ms, layout, ...
    layouts : layout, accelerator, role
    classes : as `hand_over_classes`
    """
    roles = layouts[["layout", "accelerator", "role"]].merge(classes, on="accelerator", how="left")
    known = rates[["workload", "bucket", "band_ms", "layout"]].merge(roles, on="layout", how="left")
    key = ["workload", "bucket", "band_ms", "hand_over"]
    both = known[known["role"] != WHOLE].groupby(key)["role"].nunique() == 2
    paired = pd.MultiIndex.from_frame(known[key]).isin(both[both].index)
    return rates[(known["role"] == WHOLE).to_numpy() | paired].reset_index(drop=True)
