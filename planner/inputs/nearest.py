"""The nearest known name, for messages."""

from __future__ import annotations

from collections.abc import Iterable

CUTOFF = 0.6  # assumed: the usual cut-off of difflib
MOST_NAMES = 2000  # assumed: a longer list is not searched, a message is not worth seconds
LONGEST_NAME = 100


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like ``name``, or None when none is close.

    Examples
    --------
    >>> nearest("chat-fsat", ["chat-fast", "batch"])
    'chat-fast'
    """
    names = sorted(set(known))
    if not names or len(names) > MOST_NAMES or len(name) > LONGEST_NAME:
        return None
    folded = {other.casefold(): other for other in reversed(names)}
    if name.casefold() in folded:
        return folded[name.casefold()]
    from difflib import get_close_matches

    close = get_close_matches(name, names, 1, CUTOFF) or get_close_matches(
        name.casefold(), list(folded), 1, CUTOFF
    )
    return folded.get(close[0], close[0]) if close else None


def nearest_mend(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """The sentence ``Nearest: 'x'.``, or ``otherwise``."""
    best = nearest(name, known)
    return f"Nearest: '{best}'." if best else otherwise


def listing(names: Iterable[str], most: int = 12) -> str:
    """Names in one line, shortened when there are many.

    Examples
    --------
    >>> listing(["b", "a"])
    'a, b'
    """
    ordered = sorted(set(names))
    text = ", ".join(ordered[:most])
    return f"{text}, and {len(ordered) - most} more" if len(ordered) > most else text
