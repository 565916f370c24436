"""YAML without surprises: plain trees of text, each node with its line.

Read from the event stream of PyYAML's C parser, so that nothing is resolved behind our back: no anchors, aliases,
merge keys or tags, no key twice, no guessing of types (``no`` stays text, ``1e6`` becomes a number only where a
number is declared).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from planner.inputs.problems import Ledger, Place

MOST_BYTES = 8 * 2**20
MOST_DEPTH = 32
MOST_NODES = 200_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


@dataclass(slots=True)
class Scalar:
    """A single value, as text; ``refused``: something else stood there, which is noted already."""

    text: str
    quoted: bool
    line: int
    refused: bool = False

    @property
    def blank(self) -> bool:
        """Whether it stands for nothing."""
        return not self.text.strip() if self.quoted else self.text in _NULLS


@dataclass(slots=True)
class Sequence:
    """A list of nodes."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Named nodes, with the line of each name."""

    line: int
    items: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


Node = Scalar | Sequence | Mapping


class _RefusedError(Exception):
    """The file cannot be read on; the problem is noted."""


def read_yaml(text: str, file: str, ledger: Ledger) -> Mapping | None:
    """The mapping a file holds, or None after noting why there is none.

    Faults that do not stop the reading (a key twice, a tag) are noted and reading goes on, so that all are shown.
    """
    before = len(ledger.errors)
    try:
        root = _Builder(file, ledger).build(text)
    except _RefusedError:
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        said = " ".join(part for part in (error.problem, error.context) if part)
        ledger.error(
            Place(file, where), f"cannot be read as YAML: {said}", "YAML", "Check indents and quotes."
        )
        return None
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        ledger.error(Place(file), f"cannot be read as YAML: {said}", "YAML", "Check for odd characters.")
        return None
    if root is None:
        if len(ledger.errors) == before:
            ledger.error(Place(file), "is empty", "fields, one `name: value` per line")
        return None
    if not isinstance(root, Mapping):
        ledger.error(Place(file, f"line {root.line}"), "no mapping", "`name: value` lines")
        return None
    return root


class _Builder:
    """Turns events into nodes with a stack of its own, so depth is ours to limit."""

    def __init__(self, file: str, ledger: Ledger) -> None:
        self.file = file
        self.ledger = ledger
        self.nodes = 0

    def build(self, text: str) -> Node | None:
        events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        stack: list[tuple[Sequence | Mapping, list[Scalar]]] = []  # a mapping waits with its key beside it
        root: Node | None = None
        documents = 0
        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(line, "a second document", "one document per file", "Remove the `---`.")
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                stack.pop()
            elif isinstance(event, yaml.NodeEvent):
                node = self._node(event, line)
                if stack:
                    self._place(stack[-1], node)
                else:
                    root = node
                if not isinstance(node, Scalar):
                    stack.append((node, []))
                    if len(stack) > MOST_DEPTH:
                        self._refuse(line, f"nested deeper than {MOST_DEPTH}", "a flat file", "")
        return None if isinstance(root, Scalar) and root.blank else root

    def _node(self, event: Any, line: int) -> Node:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self._refuse(line, f"more than {MOST_NODES:,} values", "a smaller file", "Split the case.")
        if isinstance(event, yaml.AliasEvent):
            self._note(line, f"alias *{event.anchor}", "plain values", "Write the value out.")
            return Scalar("", False, line, refused=True)
        if event.anchor is not None:
            self._note(
                line, f"anchor &{event.anchor}", "plain values", "Write the value out where it is used."
            )
        if event.tag is not None:
            self._note(line, f"tag {event.tag}", "plain values", "Remove the tag.")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, bool(event.style), line)
        return Sequence(line) if isinstance(event, yaml.SequenceStartEvent) else Mapping(line)

    def _place(self, top: tuple[Sequence | Mapping, list[Scalar]], node: Node) -> None:
        parent, waiting = top
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif not waiting:
            if not isinstance(node, Scalar):
                self._refuse(node.line, "a key that is no plain word", "`name: value`", "")
            waiting.append(node)  # type: ignore[arg-type]  # _refuse does not return
        else:
            self._put(parent, waiting.pop(), node)

    def _put(self, parent: Mapping, key: Scalar, node: Node) -> None:
        name = key.text
        if name == "<<" and not key.quoted:
            self._note(key.line, "merge key <<", "plain values", "Write the values out.")
        elif name in parent.lines:
            found = f"key '{name}' again; first on line {parent.lines[name]}"
            self._note(key.line, found, "each key once", "Remove one of the two.", name)
        elif not name.strip():
            self._note(key.line, "an empty key", "a name before the colon", "")
        else:
            parent.lines[name] = key.line
            if not (isinstance(node, Scalar) and node.refused):  # that is told; nothing follows from it
                parent.items[name] = node

    def _note(self, line: int, found: str, expected: str, mend: str, field_name: str = "") -> None:
        self.ledger.error(Place(self.file, f"line {line}", field_name), found, expected, mend)

    def _refuse(self, line: int, found: str, expected: str, mend: str) -> None:
        self._note(line, found, expected, mend)
        raise _RefusedError
