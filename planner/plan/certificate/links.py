"""Rows that only tie a yes-or-no to the decision it follows from: true of every plan, whatever was given."""

from __future__ import annotations

import numpy as np

from planner.plan.certificate.decisions import DERIVED
from planner.plan.certificate.stored import Stored

TIED = {**DERIVED, "joined": "order"}


def links(stored: Stored) -> np.ndarray:
    """Rows that hold for every plan because of what their yes-or-no means; one truth value per row.

    Such a row has exactly one decision of `TIED`, and otherwise only decisions it is derived from, with the same
    key. It holds at zero, for then nothing is decided; and it holds at one for all values within the bounds.
    """
    columns = stored.columns_table
    source = columns["decision"].map(TIED)
    derived = source.notna().to_numpy()
    counts = np.bincount(stored.entry_rows[derived[stored.entry_columns]], minlength=stored.rows)
    zero = (stored.row_lower <= 0) & (stored.row_upper >= 0)
    possible = (counts == 1) & zero
    for row in np.flatnonzero(possible):
        possible[row] = _holds(stored, int(row), derived)
    return np.asarray(possible, dtype=bool)


def _holds(stored: Stored, row: int, derived: np.ndarray) -> bool:
    """Whether the row holds at one for all values, and speaks of one key only."""
    mine = np.flatnonzero(stored.entry_rows == row)
    columns, values = stored.entry_columns[mine], stored.entry_values[mine]
    ties = derived[columns]
    table = stored.columns_table
    own = table.iloc[int(columns[ties][0])]
    rest = table.iloc[columns[~ties]]
    if (rest["decision"] != TIED[own["decision"]]).any():
        return False
    _, names = stored.key_columns(str(own["decision"]))
    shared = [name for name in names if len(rest) and rest[name].notna().all()]
    if any((rest[name] != own[name]).any() for name in shared):
        return False
    ends = np.stack(
        [values[~ties] * stored.lower[columns[~ties]], values[~ties] * stored.upper[columns[~ties]]]
    )
    at_one = float(values[ties][0])
    low, high = at_one + float(ends.min(axis=0).sum()), at_one + float(ends.max(axis=0).sum())
    return bool(low >= stored.row_lower[row] and high <= stored.row_upper[row])
