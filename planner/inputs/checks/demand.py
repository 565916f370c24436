"""Demand: every period of every pair that occurs, one basis per row, totals that fit the lengths."""

from __future__ import annotations

from planner.inputs.draft import Draft
from planner.inputs.rows import Row

RATIO_TOLERANCE = 0.01  # token totals and length profile come from different books
_TOKENS = ("input_mtok_per_day", "output_mtok_per_day")
_MEANS = ("mean_input_tokens", "mean_output_tokens")
_SESSIONS = ("sessions_per_day", "steps_per_session")
_BASES = {"A (tokens)": _TOKENS, "B (requests)": ("requests_per_day",), "C (sessions)": _SESSIONS}
_HOW = (
    "Give input_mtok_per_day and output_mtok_per_day, or requests_per_day, "
    "or sessions_per_day and steps_per_session."
)


def check_demand(draft: Draft) -> None:
    """Bases, lengths, horizon and gaps of the demand rows."""
    ratios = _profile_ratios(draft)
    for row in draft.rows("demand", *_TOKENS, *_MEANS, *_SESSIONS, "requests_per_day"):
        basis = _check_basis(draft, row)
        if basis:
            _check_lengths(draft, row, basis, ratios)
    _check_periods(draft)


def _given(row: Row, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if row.values.get(name) is not None]


def _check_basis(draft: Draft, row: Row) -> str | None:
    """The letter of the one basis a row gives, None after noting what is wrong with it."""
    used = {basis: _given(row, names) for basis, names in _BASES.items() if _given(row, names)}
    if len(used) != 1:
        found = f"{len(used)} bases: {', '.join(used)}" if used else "no volume"
        names = [name for given in used.values() for name in given]
        field = names[-1] if names else "input_mtok_per_day"
        draft.ledger.error(row.at(field), found, "exactly one basis per row", _HOW)
        return None
    basis, given = next(iter(used.items()))
    lacking = [name for name in _BASES[basis] if name not in given]
    for name in lacking:
        draft.ledger.error(row.at(name), f"blank beside {given[0]}", f"{name} for basis {basis}", _HOW)
    return None if lacking else basis[0]


def _profile_ratios(draft: Draft) -> dict[str, float | None]:
    """Mean input over mean output of each workload's profile; None without a profile; absent when it cannot be told."""
    sums: dict[str, list[float]] = {}
    unsure = set()
    for row in draft.tables["length_profiles"].rows:
        name = row.text("profile")
        if not row.ok("share", "mean_in", "mean_out"):
            unsure.add(name)
            continue
        total = sums.setdefault(name, [0.0, 0.0])
        share = row.number("share") or 0.0
        total[0] += share * (row.number("mean_in") or 0.0)
        total[1] += share * (row.number("mean_out") or 0.0)
    ratios: dict[str, float | None] = {}
    for row in draft.rows("workloads", "workload", "service_class", "length_profile"):
        profile = row.text("length_profile")
        if not profile and (not row.text("service_class") or row.text("service_class") in draft.classes):
            ratios[row.text("workload")] = None
        elif profile in sums and profile not in unsure and sums[profile][1] > 0:
            ratios[row.text("workload")] = sums[profile][0] / sums[profile][1]
    return ratios


def _check_lengths(draft: Draft, row: Row, basis: str, ratios: dict[str, float | None]) -> None:
    if not row.ok("workload") or row.text("workload") not in ratios:
        return
    workload = row.text("workload")
    ratio = ratios[workload]
    means = _given(row, _MEANS)
    if ratio is None:
        _check_means(draft, row, basis, workload, means)
    elif means:
        draft.ledger.error(
            row.at(means[0]),
            f"a mean length, while {workload} has a length profile",
            "one of the two",
            "Leave it blank, or give the workload no length_profile.",
        )
    elif basis == "A":
        _check_ratio(draft, row, workload, ratio)


def _check_means(draft: Draft, row: Row, basis: str, workload: str, means: list[str]) -> None:
    """Without a length profile only requests with both mean lengths can be sized."""
    if basis != "B":
        field = _TOKENS[0] if basis == "A" else _SESSIONS[0]
        draft.ledger.error(
            row.at(field),
            f"basis {basis}, while {workload} has no length profile",
            "a workload with a length_profile",
            "Name a length_profile, or give requests_per_day with mean_input_tokens and mean_output_tokens.",
        )
        return
    for name in _MEANS:
        if name not in means:
            draft.ledger.error(
                row.at(name),
                f"blank, while {workload} has no length profile",
                "a mean length in tokens",
                "Fill it in, or give the workload a length_profile.",
            )


def _check_ratio(draft: Draft, row: Row, workload: str, ratio: float) -> None:
    into, out = row.number(_TOKENS[0]) or 0.0, row.number(_TOKENS[1]) or 0.0
    if into == 0.0 and out == 0.0:
        return
    if into > 0.0 and out > 0.0 and abs(into / out / ratio - 1.0) <= RATIO_TOLERANCE:
        return
    found = (
        f"{into:g} in and {out:g} out, a ratio of {into / out:.4g}" if out else f"{into:g} in and no output"
    )
    expected = f"{ratio:.4g} within 1 %, as the length profile of {workload} has"
    mend = f"Give {into / ratio:.6g}, or {out * ratio:.6g} in, or requests_per_day, or a profile of this traffic."
    draft.ledger.error(row.at(_TOKENS[1]), found, expected, mend)


def _check_periods(draft: Draft) -> None:
    """Rows lie inside the horizon, and no period of a pair that occurs is missing."""
    labels = draft.labels
    if not labels:
        return
    position = {label: at for at, label in enumerate(labels)}
    seen: dict[tuple[str, str], set[int]] = {}
    first: dict[tuple[str, str], Row] = {}
    regions = {row.text("region") for row in draft.rows("routes", "region")}
    known = draft.readable("workloads", "routes", "demand") and all(
        row.ok("period", "region", "workload")
        and row.text("workload") in draft.known["workloads"]
        and row.text("region") in regions
        for row in draft.tables["demand"].rows
    )  # a misspelt name would show as gaps of the right one
    for row in draft.rows("demand", "period", "region", "workload"):
        period, pair = row.text("period"), (row.text("region"), row.text("workload"))
        if period not in position:
            draft.ledger.error(
                row.at("period"),
                f"'{period}', outside the horizon",
                f"a period from {labels[0]} to {labels[-1]}",
                "Remove the row, or move the horizon.",
            )
            continue
        seen.setdefault(pair, set()).add(position[period])
        first.setdefault(pair, row)
    for pair, found in sorted(seen.items()):
        gaps = spans([at for at in range(len(labels)) if at not in found], labels)
        if gaps and known:
            row = first[pair]
            draft.ledger.error(
                row.in_row("period"),
                f"{pair[1]} in {pair[0]} has no row for {', '.join(gaps)}",
                f"a row for every period from {labels[0]} to {labels[-1]}",
                "Add the rows; write 0 where there is no demand.",
            )


def spans(positions: list[int], labels: tuple[str, ...]) -> list[str]:
    """Positions as spans of labels.

    Examples
    --------
    >>> spans([0, 1, 3], ("2027-01", "2027-02", "2027-03", "2027-04"))
    ['2027-01 to 2027-02', '2027-04']
    """
    found: list[list[int]] = []
    for at in positions:
        if found and found[-1][1] == at - 1:
            found[-1][1] = at
        else:
            found.append([at, at])
    return [labels[low] if low == high else f"{labels[low]} to {labels[high]}" for low, high in found]
