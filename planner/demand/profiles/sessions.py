"""Sessions: how many calls each makes, and how its input grows; held as one line of numbers per session."""

from __future__ import annotations

import numpy as np
import pandas as pd

_MOST_LOOSE = 500_000  # assumed: lines that are merged at once
COLUMNS = ["session", "steps", "first_s", "first_input", "input_tokens", "output_tokens", "most_input"]


class SessionSums:
    """Sums by session, added up piece by piece; some 60 bytes per session."""

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []

    def add(
        self, sessions: pd.Series, times_s: np.ndarray, input_tokens: np.ndarray, output_tokens: np.ndarray
    ) -> None:
        """Add calls; those without a session are passed over."""
        known = sessions.notna().to_numpy(bool)
        if not known.any():
            return
        names = sessions[known].astype(object).to_numpy()
        rows = pd.DataFrame(
            {
                "session": pd.util.hash_array(names, categorize=False),
                "steps": 1,
                "first_s": np.nan_to_num(times_s[known]),
                "first_input": input_tokens[known],
                "input_tokens": input_tokens[known],
                "output_tokens": output_tokens[known],
                "most_input": input_tokens[known],
            }
        )
        self._parts.append(_merged(rows))
        if sum(len(part) for part in self._parts[1:]) > max(_MOST_LOOSE, len(self._parts[0])):
            self._parts = [self.table()]

    def merge(self, other: SessionSums) -> None:
        """Add the calls of another part."""
        self._parts += other._parts

    def table(self) -> pd.DataFrame:
        """One row per session: steps, first_s, first_input, input_tokens, output_tokens, most_input (the longest)."""
        if not self._parts:
            return pd.DataFrame(columns=COLUMNS)
        if len(self._parts) > 1:
            self._parts = [_merged(pd.concat(self._parts, ignore_index=True))]
        return self._parts[0]

    def summary(self) -> dict[str, float]:
        """What a person looks at: sessions, steps (mean and quantiles), input over the first prompt. Empty without."""
        table = self.table()
        if not len(table):
            return {}
        steps = table["steps"]
        first = float(table["first_input"].sum())
        return {
            "sessions": float(len(table)),
            "steps_mean": float(steps.mean()),
            "steps_p50": float(steps.quantile(0.5)),
            "steps_p90": float(steps.quantile(0.9)),
            "steps_p99": float(steps.quantile(0.99)),
            "input_over_first_prompt": float(table["input_tokens"].sum()) / first if first else float("nan"),
            "output_per_step": float(table["output_tokens"].sum() / steps.sum()),
        }


def _merged(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.sort_values(["session", "first_s"], kind="stable")
    how = {"steps": "sum", "first_s": "first", "first_input": "first", "input_tokens": "sum", "output_tokens": "sum",
           "most_input": "max"}  # fmt: skip
    return rows.groupby("session", as_index=False, sort=False).agg(how)
