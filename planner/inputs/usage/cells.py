"""Numbers, times and texts of whole columns; what cannot be read is marked, never guessed."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
BLANKS = frozenset(("", "null", "none", "nan", "na", "n/a", "-", "\\n", "<na>", "<nil>"))
TRUE = frozenset(("true", "1", "t", "yes", "1.0"))
_MOST = 1e19  # beyond it neither a count of tokens nor a time in nanoseconds
# Size of an epoch by its unit: seconds until the year 5138, milliseconds from 1973 on, and so forth.
_MS_FROM, _US_FROM, _NS_FROM = 1e11, 1e14, 1e17
_ZONED = r"(?:Z|[zZ]|[+-]\d\d:?\d\d)$"
_NGINX = "%d/%b/%Y:%H:%M:%S %z"


def to_numbers(values: pd.Series) -> tuple[Floats, Flags]:
    """Numbers, NaN where a cell is blank or wrong, and which are wrong (no number, not finite, absurdly large)."""
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.to_numpy(dtype=np.float64), np.zeros(len(values), dtype=bool)
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        wrong = np.isinf(numbers) | (np.abs(numbers) > _MOST)
        return np.where(wrong, np.nan, numbers), wrong
    plain = pd.Series([_scalar(cell) for cell in values], dtype=object) if values.dtype == object else values
    numbers = pd.to_numeric(plain, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    unsure = np.isnan(numbers)
    wrong = np.zeros(len(numbers), dtype=bool)
    if unsure.any():
        cells = plain[unsure]
        wrong[unsure] = ~(cells.isna() | cells.astype(str).str.strip().str.lower().isin(BLANKS)).to_numpy(
            bool
        )
    wrong |= np.isinf(numbers) | (np.abs(numbers) > _MOST)
    return np.where(wrong, np.nan, numbers), wrong


def _scalar(cell: Any) -> Any:
    """A cell that pandas can look at."""
    if cell is None or isinstance(cell, str | float):
        return cell
    if isinstance(cell, int):
        return float(cell) if abs(cell) <= _MOST else "too large"
    return "no number"


def to_texts(values: pd.Series) -> pd.Series:
    """Texts, None where blank."""
    if values.dtype == object:
        values = pd.Series([_text(cell) for cell in values], dtype=object)
    texts = values.astype("str").str.strip()
    return texts.where(values.notna() & ~texts.str.lower().isin(BLANKS), None)


def _text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, dict | list):
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return None if np.isnan(cell) else f"{cell:.15g}"
    return str(cell)


def to_times(values: pd.Series, clock: str, zone: ZoneInfo) -> tuple[Floats, Flags]:
    """Seconds, and which cells are no time.

    Numbers are seconds since 1970 or since the start (``elapsed_...``), in the unit of the clock; with ``auto`` the
    size tells seconds, milliseconds, microseconds and nanoseconds apart. Dates without a zone are in ``zone``.
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _stamps_to_s(values, zone)
    numbers, wrong = to_numbers(values)
    number = ~np.isnan(numbers)
    seconds = _scaled(numbers, clock)
    rest = wrong & ~np.isinf(numbers)
    if rest.any():
        found, bad = _dates_to_s(to_texts(values[rest].reset_index(drop=True)), zone)
        seconds[rest], wrong[rest] = found, bad
    return seconds, wrong | (~number & ~rest)


def _scaled(numbers: Floats, clock: str) -> Floats:
    unit = {"s": 1.0, "elapsed_s": 1.0, "ms": 1e3, "elapsed_ms": 1e3, "us": 1e6}.get(clock)
    if clock in ("elapsed_s", "elapsed_ms"):
        return numbers / (unit or 1.0)
    size = np.abs(np.nan_to_num(numbers))
    by_size = np.select([size >= _NS_FROM, size >= _US_FROM, size >= _MS_FROM], [1e9, 1e6, 1e3], 1.0)
    return np.asarray(numbers / by_size, dtype=np.float64)


def _dates_to_s(texts: pd.Series, zone: ZoneInfo) -> tuple[Floats, Flags]:
    """Dates and times as text: ISO 8601, or as nginx writes them."""
    zoned = texts.str.contains(_ZONED, regex=True, na=False)
    stamps = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
    naive = ~zoned & stamps.notna()
    if naive.any() and str(zone) != "UTC":
        local = pd.to_datetime(texts[naive], format="ISO8601", errors="coerce")
        stamps[naive] = local.dt.tz_localize(
            zone, ambiguous=False, nonexistent="shift_forward"
        ).dt.tz_convert("UTC")
    lost = stamps.isna() & texts.notna()
    if lost.any():
        again = texts[lost].str.strip("[]")
        if again.str.contains(r"^\d{1,2}/[A-Z][a-z]{2}/\d{4}:", regex=True, na=False).any():
            stamps[lost] = pd.to_datetime(again, format=_NGINX, utc=True, errors="coerce")
    return _seconds(stamps)


def _stamps_to_s(values: pd.Series, zone: ZoneInfo) -> tuple[Floats, Flags]:
    stamps = values
    if stamps.dt.tz is None:
        stamps = stamps.dt.tz_localize(zone, ambiguous=False, nonexistent="shift_forward")
    return _seconds(stamps.dt.tz_convert("UTC"))


def _seconds(stamps: pd.Series) -> tuple[Floats, Flags]:
    absent = stamps.isna().to_numpy(bool)
    whole = stamps.dt.tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
    return np.where(absent, np.nan, whole / 1e9), absent


def is_zoned(text: str) -> bool:
    """Whether a date names its zone."""
    return re.search(_ZONED, text) is not None


def any_of(values: pd.Series, wanted: frozenset[str]) -> Flags:
    """Which cells are one of the values, whatever the case; a number 2.0 is the text 2."""
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        values = values.astype(object)
    texts = to_texts(values).str.lower()
    return texts.isin(wanted).to_numpy(bool)
