"""Text grids: labels to the left, figures to the right."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

WIDTH = 110
MOST_COLUMNS = 8  # of a pivot, before it is made coarser


def grid(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1, indent: str = "  ") -> str:
    """Aligned columns; the first ``left`` ones are labels.

    Columns wrap into further blocks, with the labels repeated, where a line would be wider than the page.
    """
    widths = [max(cells_wide(line[at]) for line in (header, *rows)) for at in range(len(header))]
    labels, figures = widths[:left], widths[left:]
    room = WIDTH - len(indent) - sum(labels) - 2 * left
    blocks: list[list[int]] = [[]]
    used = 0
    for at, width in enumerate(figures):
        if blocks[-1] and used + width + 2 > room:
            blocks.append([])
            used = 0
        blocks[-1].append(left + at)
        used += width + 2
    return "\n".join(
        "\n".join(indent + _line(line, widths, left, block) for line in (header, *rows)) for block in blocks
    )


def _line(cells: Sequence[str], widths: Sequence[int], left: int, block: Sequence[int]) -> str:
    labels = [to_left(cells[at], widths[at]) for at in range(left)]
    return "  ".join([*labels, *(to_right(cells[at], widths[at]) for at in block)]).rstrip()


def cells_wide(text: str) -> int:
    """Columns a text takes on a terminal: two for a wide character (Chinese), none for one that combines.

    Source: Unicode Standard Annex 11, classes W and F.

    Examples
    --------
    >>> cells_wide("昇腾910C")
    8
    """
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


def to_left(text: str, width: int) -> str:
    """The text, filled up on its right."""
    return text + " " * (width - cells_wide(text))


def to_right(text: str, width: int) -> str:
    """The text, filled up on its left."""
    return " " * (width - cells_wide(text)) + text


def number(value: float) -> str:
    """A count with thousands separators, blank when zero."""
    return f"{value:,.0f}" if round(value) else ""


def coarser(nodes: Sequence[str], most: int = MOST_COLUMNS) -> dict[str, str]:
    """Label of each node: itself while they are few, else its quarter, else its year.

    Examples
    --------
    >>> coarser(["2027-01", "2027-02", "2027-04"], 2)
    {'2027-01': '2027Q1', '2027-02': '2027Q1', '2027-04': '2027Q2'}
    >>> coarser(["2027Q1", "2027Q2", "2028Q1"], 2)
    {'2027Q1': '2027', '2027Q2': '2027', '2028Q1': '2028'}
    """
    quarters = {node: node if "Q" in node else f"{node[:4]}Q{(int(node[5:7]) + 2) // 3}" for node in nodes}
    if len(nodes) <= most:
        return {node: node for node in nodes}
    return quarters if len(set(quarters.values())) <= most else {node: node[:4] for node in nodes}


def wrapped(text: str) -> str:
    """Lines no wider than the page; what is too long goes on below, indented."""
    lines = []
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        lines += textwrap.wrap(line, WIDTH, subsequent_indent=indent) if len(line) > WIDTH else [line]
    return "\n".join(lines)


def spans(nodes: Sequence[str], order: Sequence[str]) -> str:
    """Nodes as spans in their order, such as ``2027-03..2027-06, 2028-01``.

    Examples
    --------
    >>> spans(["2027-01", "2027-02", "2027-04"], ["2027-01", "2027-02", "2027-03", "2027-04"])
    '2027-01..2027-02, 2027-04'
    """
    place = {node: at for at, node in enumerate(order)}
    runs: list[list[str]] = []
    for node in sorted(set(nodes), key=lambda node: place[node]):
        if runs and place[node] == place[runs[-1][-1]] + 1:
            runs[-1].append(node)
        else:
            runs.append([node])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in runs)
