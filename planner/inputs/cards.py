"""Cards: records of the catalogue, completed or overridden figure by figure by a case."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace

from planner.errors import InputError, Problem
from planner.inputs.cells import Raw, parser_of
from planner.inputs.declarations.catalogue import (
    ACCELERATOR_LISTS,
    ACCELERATORS,
    ALIASES,
    FIGURE,
    FIGURES,
    PRECISIONS,
)
from planner.inputs.nearest import nearest_mend
from planner.inputs.problems import Fault, Ledger, Place
from planner.inputs.rows import Source, record_of, texts_of
from planner.inputs.yaml_reader import Mapping, Node, Scalar
from planner.tables import Column, Value
from planner.units import WATTS_PER_KW

SERVER_OVERHEAD_SHARE = (
    0.66  # measured on a DGX A100: server power over the sum of its cards' limits, less one
)
COMPUTE_FIGURES = ("bf16_tflops", "fp8_tflops", "int8_tops")
_FIGURES = {column.name: column for column in FIGURES}


@dataclass(frozen=True)
class Figure:
    """One figure with its provenance."""

    value: float
    unit: str
    grade: str
    source: str = ""
    date: str = ""


@dataclass(frozen=True)
class Card:
    """One accelerator.

    Attributes
    ----------
    accelerator : id
    native_precisions : number formats it computes in
    figures : by name, see ``planner.inputs.declarations.catalogue.FIGURES``; an unknown figure is absent
    family : microarchitecture by its public name, '' when unknown
    aliases : texts under which measurement files name the card
    """

    accelerator: str
    name: str
    vendor: str
    origin: str
    native_precisions: tuple[str, ...]
    figures: MappingType[str, Figure]
    family: str = ""
    aliases: tuple[str, ...] = ()

    def get(self, name: str) -> float | None:
        """The figure, None when it is not known."""
        figure = self.figures.get(name)
        return None if figure is None else figure.value

    def value(self, name: str) -> float:
        """The figure.

        Raises
        ------
        InputError : it is not known
        """
        figure = self.figures.get(name)
        if figure is None:
            raise InputError([_missing(self.accelerator, name)])
        return figure.value

    @property
    def power_kw(self) -> float:
        """IT power of a card with its share of the server [kW].

        Formula: the system's power over its cards where known; else server_power_w / cards_per_server; else
        tdp_w * (1 + 0.66), the server overhead measured on a DGX A100.

        Raises
        ------
        InputError : no power figure is known
        """
        all_in, server, cards, tdp = map(
            self.get, ("all_in_power_w_per_card", "server_power_w", "cards_per_server", "tdp_w")
        )
        if all_in is not None:
            return all_in / WATTS_PER_KW
        if server is not None and cards is not None:
            return server / cards / WATTS_PER_KW
        if tdp is not None:
            return tdp * (1.0 + SERVER_OVERHEAD_SHARE) / WATTS_PER_KW
        raise InputError([_missing(self.accelerator, "tdp_w")])

    @property
    def missing_to_plan(self) -> tuple[str, ...]:
        """Figures that planning needs and the card lacks; empty when it can be planned."""
        return self.missing_figures()

    def missing_figures(self, rates_given: bool = False) -> tuple[str, ...]:
        """Figures that planning needs and the card lacks.

        Parameters
        ----------
        rates_given : the case's serving table has its rates, so only power and ``cards_per_server`` are needed
        """
        missing = []
        if not rates_given:
            missing += [n for n in ("memory_gib", "memory_bandwidth_gb_per_s") if n not in self.figures]
            if not any(name in self.figures for name in COMPUTE_FIGURES):
                missing.append(" or ".join(COMPUTE_FIGURES))
        if not any(name in self.figures for name in ("all_in_power_w_per_card", "server_power_w", "tdp_w")):
            missing.append("all_in_power_w_per_card or server_power_w or tdp_w")
        if "cards_per_server" not in self.figures:
            missing.append("cards_per_server")
        return tuple(missing)


def catalogue_cards() -> tuple[Card, ...]:
    """Every card of the shipped catalogue, by id.

    Raises
    ------
    UnreachableError : the catalogue is not there
    InputError : a file of it is wrong
    """
    from planner.inputs.catalogue_reader import read_catalogue_cards

    ledger = Ledger()
    cards = read_catalogue_cards(ledger)
    if ledger.errors:
        raise InputError(ledger.sorted_errors())
    return cards


def _missing(accelerator: str, name: str) -> Problem:
    mend = f"Give it in accelerators.yaml: accelerators: {{{accelerator}: {{figures: {{{name}: ...}}}}}}."
    return Problem(
        "accelerators.yaml", f"key {accelerator}", name, "no figure", "a figure with its source", mend
    )


def card_of(
    accelerator: str, fields: Mapping, source: Source, where: str = "", base: Card | None = None
) -> Card | None:
    """A card from its record; what the record leaves out comes from ``base``, the catalogue's card of that id.

    Returns None after noting why there is none.
    """
    ledger = source.ledger
    before = len(ledger.errors)
    given: dict[str, Value] = {"accelerator": accelerator}
    row = record_of(ACCELERATORS, fields, source, where, given=given, extra=("figures", *ACCELERATOR_LISTS))
    precisions = row.values.get("native_precisions")
    precisions = precisions if isinstance(precisions, tuple) else ()
    for precision in precisions:
        if precision not in PRECISIONS:
            mend = nearest_mend(precision, PRECISIONS)
            ledger.error(
                row.at("native_precisions"), f"'{precision}'", f"one of {', '.join(PRECISIONS)}", mend
            )
    aliases = texts_of(fields.items.get(ALIASES), row.at(ALIASES), ledger)
    figures = _figures(fields.items.get("figures"), source, where)
    if base is None:
        for name in ("vendor", "origin"):
            if row.ok(name) and row.values.get(name) is None:
                found = f"'{accelerator}' is not in the catalogue and has no {name}"
                ledger.error(row.at(name), found, f"the {name} of a new card", "Add it, or correct the id.")
        if len(ledger.errors) > before:
            return None
        base = Card(accelerator, accelerator, row.text("vendor"), row.text("origin"), (), {})
    return replace(
        base,
        name=row.text("name") or base.name,
        vendor=row.text("vendor") or base.vendor,
        origin=row.text("origin") or base.origin,
        native_precisions=precisions or base.native_precisions,
        figures=dict(sorted({**base.figures, **figures}.items())),
        family=row.text("family") or base.family,
        aliases=aliases or base.aliases,
    )


def _figures(node: Node | None, source: Source, where: str) -> dict[str, Figure]:
    """Figures of a record; a plain number is the user's own."""
    if node is None or (isinstance(node, Scalar) and node.blank):
        return {}
    if not isinstance(node, Mapping):
        source.ledger.error(
            Place(source.file, f"line {node.line}", "figures"), "no figures", "`name: value` lines"
        )
        return {}
    found = {}
    for name, item in node.items.items():
        owner = where.partition(", key ")[2]
        place = Place(
            source.file, f"line {node.lines[name]}" + (f", key {owner} {name}" if owner else ""), name
        )
        if name in _FIGURES:
            figure = _figure(_FIGURES[name], item, source, place)
            if figure is not None:
                found[name] = figure
        else:
            mend = nearest_mend(name, _FIGURES, "The figures are listed in docs/data.md.")
            source.ledger.error(place, f"unknown figure '{name}'", "a figure of a card", mend)
    return found


def _figure(declared: Column, item: Node, source: Source, place: Place) -> Figure | None:
    """One figure: its value in the declared range and unit, and its provenance."""
    ledger = source.ledger
    if isinstance(item, Mapping):
        row = record_of(FIGURE, item, source, place.where, given={"name": declared.name})
        if not row.ok("value", "unit", "grade"):
            return None
        raw: Raw = row.number("value")
        figure = Figure(0.0, row.text("unit"), row.text("grade"), row.text("source"), row.text("date"))
    elif isinstance(item, Scalar) and not item.blank and not item.quoted:
        raw, figure = item.text, Figure(0.0, "", "user")
    else:
        ledger.error(place, "no plain number", f"a number [{declared.unit}], or value, unit, source and date")
        return None
    value = parser_of(declared, 1)(raw)
    if isinstance(value, Fault):
        ledger.fault(place, value)
        return None
    if figure.unit not in ("", declared.unit):
        ledger.error(place, f"unit '{figure.unit}'", declared.unit, "Convert the value.")
    return replace(figure, value=float(str(value)), unit=declared.unit)
