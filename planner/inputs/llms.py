"""Language models: records of the catalogue, completed or overridden field by field by a case."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from typing import Any

from planner.errors import InputError
from planner.inputs.architecture import Architecture, contradictions
from planner.inputs.declarations.catalogue import ALIASES, ARCHITECTURE, LLM_LISTS, LLM_MAPPINGS, LLMS
from planner.inputs.problems import Ledger
from planner.inputs.rows import Source, record_of, texts_of
from planner.inputs.yaml_reader import Mapping, Scalar

__all__ = ["Architecture", "Llm", "catalogue_llms", "llm_of"]


@dataclass(frozen=True)
class Llm:
    """One language model.

    Attributes
    ----------
    llm : id
    native_precision : of the released weights
    context_tokens : longest request [tokens]
    sources : where shape and figures come from, by topic
    aliases : texts under which measurement files and model hubs name it
    """

    llm: str
    name: str
    native_precision: str
    context_tokens: int
    architecture: Architecture
    sources: MappingType[str, str]
    note: str = ""
    aliases: tuple[str, ...] = ()


def catalogue_llms() -> tuple[Llm, ...]:
    """Every language model of the shipped catalogue, by id.

    Raises
    ------
    UnreachableError : the catalogue is not there
    InputError : a file of it is wrong
    """
    from planner.inputs.catalogue_reader import read_catalogue_llms

    ledger = Ledger()
    llms = read_catalogue_llms(ledger)
    if ledger.errors:
        raise InputError(ledger.sorted_errors())
    return llms


def llm_of(
    llm: str, fields: Mapping, source: Source, where: str = "", base: Mapping | None = None
) -> Llm | None:
    """A language model from its record; what it leaves out comes from ``base``, the catalogue's record of that id.

    Returns None after noting why there is none.
    """
    ledger = source.ledger
    before = len(ledger.errors)
    head = _merged(base, fields)
    row = record_of(LLMS, head, source, where, given={"llm": llm}, extra=(*LLM_MAPPINGS, *LLM_LISTS))
    for name in ("native_precision", "context_tokens"):
        if row.ok(name) and row.values.get(name) is None:
            ledger.error(row.at(name), f"'{llm}' has none", f"the {name} of the language model", "Add it.")
    shape = head.items.get("architecture")
    architecture = None
    if isinstance(shape, Mapping):
        architecture = _architecture(shape, source, where)
    else:
        expected = "fields of the architecture"
        ledger.error(row.at("architecture"), f"'{llm}' has none", expected, "Add them.")
    aliases = texts_of(head.items.get(ALIASES), row.at(ALIASES), ledger)
    if len(ledger.errors) > before or architecture is None:
        return None
    return Llm(
        llm=llm,
        name=row.text("name") or llm,
        native_precision=row.text("native_precision"),
        context_tokens=int(row.number("context_tokens") or 0),
        architecture=architecture,
        sources=_texts(head.items.get("sources")),
        note=row.text("note"),
        aliases=aliases,
    )


def _merged(base: Mapping | None, own: Mapping) -> Mapping:
    """The user's fields over the catalogue's; mappings are merged field by field."""
    if base is None:
        return own
    merged = Mapping(own.line, dict(base.items), {name: own.line for name in base.lines})
    for name, node in own.items.items():
        under = base.items.get(name)
        both = isinstance(under, Mapping) and isinstance(node, Mapping)
        merged.items[name] = _merged(under, node) if both else node  # type: ignore[arg-type]
        merged.lines[name] = own.lines[name]
    return merged


def _architecture(node: Mapping, source: Source, where: str) -> Architecture | None:
    ledger = source.ledger
    before = len(ledger.errors)
    place = ", ".join((f"line {node.line}", *where.split(", ")[1:]))
    row = record_of(ARCHITECTURE, node, source, place)
    if len(ledger.errors) > before:
        return None
    values: dict[str, Any] = row.values
    shape = Architecture(**values)
    for name, found, expected in contradictions(shape):
        ledger.error(row.at(name), found, expected)
    return shape if len(ledger.errors) == before else None


def _texts(node: object) -> dict[str, str]:
    if not isinstance(node, Mapping):
        return {}
    return {name: item.text for name, item in sorted(node.items.items()) if isinstance(item, Scalar)}
