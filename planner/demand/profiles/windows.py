"""Counts of events in windows of time, added up piece by piece; only windows with events are held."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
_MOST_LOOSE = 1_000_000  # assumed: batches are merged when they hold this many windows


class WindowCounts:
    """Events by window; window k spans ``[k * window_s, (k + 1) * window_s)``."""

    def __init__(self, window_s: float) -> None:
        self.window_s = window_s
        self._index: list[Whole] = []
        self._count: list[Whole] = []

    def add(self, times_s: Floats) -> None:
        """Add events; times that are NaN are passed over."""
        known = times_s[~np.isnan(times_s)]
        if len(known):
            index, count = np.unique(np.floor(known / self.window_s).astype(np.int64), return_counts=True)
            self._add(index, count.astype(np.int64))

    def merge(self, other: WindowCounts) -> None:
        """Add the events of another part."""
        for index, count in zip(other._index, other._count, strict=True):
            self._add(index, count)

    def _add(self, index: Whole, count: Whole) -> None:
        self._index.append(index)
        self._count.append(count)
        if sum(len(one) for one in self._index[1:]) > max(_MOST_LOOSE, len(self._index[0])):
            self._compact()

    def _compact(self) -> None:
        if len(self._index) > 1:
            index, inverse = np.unique(np.concatenate(self._index), return_inverse=True)
            count = np.bincount(inverse, np.concatenate(self._count)).astype(np.int64)
            self._index, self._count = [index], [count]

    def sparse(self, windows: int = 1) -> tuple[Whole, Floats]:
        """Index and count of the windows that hold events, ``windows`` of them taken together."""
        self._compact()
        if not self._index:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        index, inverse = np.unique(self._index[0] // windows, return_inverse=True)
        return index, np.bincount(inverse, self._count[0]).astype(float)

    def dense(self, windows: int = 1) -> tuple[int, Floats]:
        """First index, and the counts of all windows from the first to the last that holds events."""
        index, count = self.sparse(windows)
        if not len(index):
            return 0, np.zeros(0)
        filled = np.zeros(int(index[-1] - index[0]) + 1)
        filled[index - index[0]] = count
        return int(index[0]), filled
