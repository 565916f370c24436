"""Which paths stand together: strata of the cost-driving total, or clusters around real paths."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
ROUNDS = 50  # assumed: clusters settle long before


def strata(total: Numbers, signature: Flags, count: int) -> Whole:
    """Group of every path: first by what happened to supply, then in strata of the total.

    Signatures beyond half the count are merged into the nearest that is kept, see `_signatures`. Strata go one by one
    to the signature whose paths vary most (share times spread, per stratum it has), and cut it into equal parts.

    Parameters
    ----------
    total : of every path, shape (paths,)
    signature : what happened to supply, shape (paths, events)
    count : groups wanted, at least 1

    Returns
    -------
    number of the group, 0 .. groups - 1, ascending in the total within a signature; shape (paths,)
    """
    kept = _signatures(signature, count)
    members = [np.flatnonzero(kept == one) for one in range(kept.max() + 1)]
    parts = np.ones(len(members), dtype=int)
    need = np.array([len(one) * float(total[one].std()) for one in members])
    room = np.array([len(one) for one in members])
    while parts.sum() < min(count, len(total)):
        worth = np.where(parts < room, need / parts, -1.0)
        if worth.max() <= 0:
            break
        parts[int(np.argmax(worth))] += 1
    group, number = np.empty(len(total), dtype=np.int64), 0
    for one, many in zip(members, parts, strict=True):
        ordered = one[np.argsort(total[one], kind="stable")]
        for part in np.array_split(ordered, many):
            group[part] = number
            number += 1
    return group


def _signatures(signature: Flags, count: int) -> Whole:
    """Number of the kept signature of every path, the likeliest first.

    At most half the count are kept: the likeliest, then the likeliest of those with an event that none has yet, then
    again the likeliest. The others go to the kept one that differs in the fewest events; of equals to the one that
    leaves the fewest out, then to the likelier.
    """
    kinds, which, sizes = np.unique(signature, axis=0, return_inverse=True, return_counts=True)
    kept: list[int] = []
    seen = np.zeros(signature.shape[1], dtype=bool)
    for _ in range(min(max(1, (count + 1) // 2), len(kinds))):
        rank = sizes + len(signature) * ((kinds & ~seen).any(axis=1) & (len(kept) > 0))
        rank[kept] = -1
        kept.append(int(np.argmax(rank)))
        seen |= kinds[kept[-1]]
    kept.sort(key=lambda one: -int(sizes[one]))
    missing = (kinds[:, None, :] & ~kinds[kept][None, :, :]).sum(axis=2)
    apart = (kinds[:, None, :] != kinds[kept][None, :, :]).sum(axis=2)
    nearest = np.argmin(apart * (signature.shape[1] + 1) + missing, axis=1)
    return np.asarray(nearest[which.reshape(-1)])


def medoids(features: Numbers, count: int, seed: int) -> tuple[Whole, Whole]:
    """Clusters around real paths.

    Starts from k-means++ (paths drawn by their squared distance to those chosen), then moves each centre to its mean
    until nothing changes; the medoid is the path nearest to the centre.

    Parameters
    ----------
    features : shape (paths, features), scaled as they should count
    count : clusters wanted

    Returns
    -------
    group of every path, and the path that stands for each group
    """
    random = np.random.default_rng(seed)
    centres = features[[int(random.integers(len(features)))]]
    while len(centres) < count:
        apart = _squares(features, centres).min(axis=1)
        if apart.sum() <= 0:
            break
        chosen = int(random.choice(len(features), p=apart / apart.sum()))
        centres = np.vstack([centres, features[chosen]])
    group = np.argmin(_squares(features, centres), axis=1)
    for _ in range(ROUNDS):
        present = np.unique(group)
        centres = np.stack([features[group == one].mean(axis=0) for one in present])
        again = np.argmin(_squares(features, centres), axis=1)
        if np.array_equal(again, group):
            break
        group = again
    present, group = np.unique(group, return_inverse=True)
    apart = _squares(features, np.stack([features[group == one].mean(axis=0) for one in range(len(present))]))
    nearest = [
        int(np.flatnonzero(group == one)[np.argmin(apart[group == one, one])]) for one in range(len(present))
    ]
    return np.asarray(group, dtype=np.int64), np.array(nearest, dtype=np.int64)


def _squares(features: Numbers, centres: Numbers) -> Numbers:
    """Squared distances, shape (paths, centres)."""
    own = (features**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)[None, :]
    return np.asarray(np.maximum(own - 2.0 * features @ centres.T, 0.0))
