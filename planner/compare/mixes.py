"""Mixes: named changes of what a case allows, from words such as ``import-ban:2027-07``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from planner.errors import InputError, Problem
from planner.inputs.nearest import nearest_mend

Tables = Mapping[str, pd.DataFrame]
Change = Callable[[Tables, str], dict[str, pd.DataFrame]]
PERIOD = re.compile(r"\d{4}(-\d{2}|Q[1-4])")


@dataclass(frozen=True)
class Mix:
    """A change of a case's given tables, by name; ``parts`` are applied in their order."""

    name: str
    parts: tuple[tuple[str, str], ...]

    def applied(self, tables: Tables) -> dict[str, pd.DataFrame]:
        """The given tables under this mix.

        Raises
        ------
        InputError
            The mix names what the case does not have, or a value that cannot be read.
        """
        changed = dict(tables)
        for word, value in self.parts:
            changed |= CHANGES[word](changed, value)
        return changed


def mix_of(text: str) -> Mix:
    """A mix from its words, joined by ``+``: ``domestic-share:0.6+quota-cut:0.5``.

    Raises
    ------
    InputError
        A word is not known, or lacks its value.
    """
    parts = []
    for piece in re.split(r"\+(?=[a-z])", text):
        word, _, value = piece.strip().partition(":")
        if word not in CHANGES:
            mend = nearest_mend(word, CHANGES, f"Known: {', '.join(CHANGES)}.")
            raise InputError([Problem("--mix", text, "", f"'{word}'", "a known mix", mend)])
        if (word in NEEDS) != bool(value):
            expected = f"{word}:{NEEDS[word]}" if word in NEEDS else f"{word}, without a value"
            raise InputError([Problem("--mix", text, "", f"'{piece.strip()}'", expected, "")])
        parts.append((word, value))
    return Mix(text, tuple(parts))


def _best(tables: Tables, value: str) -> dict[str, pd.DataFrame]:
    """The case as it stands."""
    return {}


def _only(origin: str) -> Change:
    """Nothing of the other origin is ordered or rented; the opening fleet stays."""

    def change(tables: Tables, value: str) -> dict[str, pd.DataFrame]:
        return _kept(tables, lambda cards: cards["origin"] == origin)

    return change


def _kept(tables: Tables, wanted: Callable[[pd.DataFrame], pd.Series[bool]]) -> dict[str, pd.DataFrame]:
    cards = tables["cards"]
    names = set(cards.loc[wanted(cards), "accelerator"])
    found = {}
    for name in ("offers", "rentals"):
        if name in tables:
            table = tables[name]
            found[name] = table[table["accelerator"].isin(names)].reset_index(drop=True)
    return found


def _domestic_share(tables: Tables, value: str) -> dict[str, pd.DataFrame]:
    """At least so much of the cards in service is domestic, in every period."""
    share = _number("domestic-share", value, high=1.0)
    row = {"policy": f"mix-domestic-{value}", "measure": "cards", "min_share": share}
    return {"domestic_share": _with_row(tables["domestic_share"], row)}


def _vendor_cap(tables: Tables, value: str) -> dict[str, pd.DataFrame]:
    """One maker has at most such a share of the landed money."""
    vendor, _, share = value.partition("=")
    known = {str(name).lower(): str(name) for name in tables["cards"]["vendor"]}
    if vendor.lower() not in known:
        raise _unknown("vendor-cap", vendor, list(known.values()), "a maker of the case")
    most = _number("vendor-cap", share, high=1.0)
    row = {
        "policy": f"mix-cap-{vendor}",
        "vendor": known[vendor.lower()],
        "measure": "spend",
        "max_share": most,
    }
    return {"vendor_share": _with_row(tables["vendor_share"], row)}


def _import_ban(tables: Tables, value: str) -> dict[str, pd.DataFrame]:
    """No imported card is ordered from a period on."""
    if not PERIOD.fullmatch(value):
        raise InputError(
            [Problem("--mix", f"import-ban:{value}", "", f"'{value}'", "a period such as 2027-07", "")]
        )
    return {"closures": closed(tables, value, tables["cards"]["origin"] == "imported")}


def closed(tables: Tables, first: str, cards: pd.Series[bool]) -> pd.DataFrame:
    """The closures of a case, and one of every offer of these cards from a period on."""
    names = set(tables["cards"].loc[cards, "accelerator"])
    offers = tables["offers"].loc[tables["offers"]["accelerator"].isin(names), ["offer"]]
    nodes = tables["periods"].loc[tables["periods"]["period"] >= first, ["node"]]
    banned = offers.merge(nodes, how="cross")
    return pd.concat([tables["closures"], banned], ignore_index=True).drop_duplicates(ignore_index=True)


def _quota_cut(tables: Tables, value: str) -> dict[str, pd.DataFrame]:
    """Every quota is cut by a share; whole cards are left."""
    left = 1.0 - _number("quota-cut", value, high=1.0)
    supply = tables["supply"]
    return {"supply": supply.assign(max_cards=(supply["max_cards"] * left + 1e-9).astype(int))}


def _price(tables: Tables, value: str) -> dict[str, pd.DataFrame]:
    """The price of a card's offers changes by so many per cent, in every period."""
    card, _, change = value.partition("=")
    offers = tables["offers"]
    if card not in set(offers["accelerator"]):
        raise _unknown("price", card, sorted(set(offers["accelerator"])), "a card that is offered")
    factor = 1.0 + _number("price", change.rstrip("%"), low=-100.0, high=1e6) / 100.0
    own = set(offers.loc[offers["accelerator"] == card, "offer"])
    return {
        name: tables[name].assign(
            price_per_card=tables[name]["price_per_card"].astype(float)
            * tables[name]["offer"].isin(own).map({True: factor, False: 1.0}).astype(float)
        )
        for name in ("offers", "prices")
    }


def _rent_only(tables: Tables, value: str) -> dict[str, pd.DataFrame]:
    """Nothing is bought: cards are on hand or rented, work may go to an API."""
    return {"offers": tables["offers"].iloc[:0]}


def _api_only(tables: Tables, value: str) -> dict[str, pd.DataFrame]:
    """Nothing is bought or rented: cards are on hand, the rest goes to an API."""
    return {name: tables[name].iloc[:0] for name in ("offers", "rentals") if name in tables}


CHANGES: dict[str, Change] = {
    "best": _best,
    "imported-only": _only("imported"),
    "domestic-only": _only("domestic"),
    "domestic-share": _domestic_share,
    "vendor-cap": _vendor_cap,
    "import-ban": _import_ban,
    "quota-cut": _quota_cut,
    "price": _price,
    "rent-only": _rent_only,
    "api-only": _api_only,
}
NEEDS = {
    "domestic-share": "0.6",
    "vendor-cap": "huawei=0.5",
    "import-ban": "2027-07",
    "quota-cut": "0.5",
    "price": "nvidia_h20_141gb=+20%",
}


def _with_row(table: pd.DataFrame, row: Mapping[str, object]) -> pd.DataFrame:
    full = {name: row.get(name) for name in table.columns}
    return (
        pd.concat([table, pd.DataFrame([full]).astype(object)], ignore_index=True)
        if len(table)
        else (pd.DataFrame([full], columns=table.columns))
    )


def _number(word: str, text: str, low: float = 0.0, high: float = 1.0) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        expected = f"a number from {low:g} to {high:g}, such as {word}:{NEEDS[word]}"
        raise InputError([Problem("--mix", word, "", f"'{text}'", expected, "")])
    return number


def _unknown(word: str, found: str, known: list[str], expected: str) -> InputError:
    mend = nearest_mend(found, known, f"Known: {', '.join(known)}.")
    return InputError([Problem("--mix", word, "", f"'{found}'", expected, mend)])
