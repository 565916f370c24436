"""Programs shared by the tests of the solver adapter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from planner.optimization.matrix import Matrix, matrix_from_triplets


@pytest.fixture
def small() -> Matrix:
    """Minimise 3 a + 4 b, 2 a + 3 b >= 7, whole, 0 to 10. By hand: (2, 1) costs 10; relaxed (0, 7/3) costs 28/3."""
    return matrix_from_triplets(
        [0, 0],
        [0, 1],
        [2, 3],
        cost=[3, 4],
        lower=[0, 0],
        upper=[10, 10],
        integer=[True, True],
        row_lower=[7],
        row_upper=[np.inf],
    )


@pytest.fixture
def market_split() -> Callable[..., Matrix]:
    """Market split with a planted answer: the optimum is 100 by construction, and no solver finds or proves it soon.

    Five shops share 40 goods so that each gets exactly its half (Cornuejols and Dawande, 1998); missing the half by
    one unit costs 1, and the objective starts at 100. The planted choice misses nothing. Two idle columns, one fixed
    and one in no row, give presolve something to remove.
    """

    def build(seed: int = 1, goods: int = 40, shops: int = 5) -> Matrix:
        draw = np.random.default_rng(seed)
        weight = draw.integers(0, 100, (shops, goods)).astype(float)
        planted = draw.integers(0, 2, goods)
        target = weight @ planted
        shop, good = np.indices(weight.shape)
        each = np.arange(shops)
        over, under = goods + each, goods + shops + each
        idle = 2
        return matrix_from_triplets(
            np.concatenate([shop.ravel(), each, each]),
            np.concatenate([good.ravel(), over, under]),
            np.concatenate([weight.ravel(), np.full(shops, -1.0), np.full(shops, 1.0)]),
            cost=np.concatenate([np.zeros(goods), np.ones(2 * shops), [0.0, 0.0]]),
            lower=np.concatenate([np.zeros(goods + 2 * shops), [3.0, 0.0]]),
            upper=np.concatenate([np.ones(goods), np.full(2 * shops, 1e4), [3.0, 5.0]]),
            integer=np.concatenate([np.ones(goods, bool), np.zeros(2 * shops + idle, bool)]),
            row_lower=target,
            row_upper=target,
            offset=100.0,
        )

    return build


@pytest.fixture
def random_milp() -> Callable[[int], Matrix]:
    """Small feasible covering programs with whole and fractional columns."""

    def build(seed: int) -> Matrix:
        draw = np.random.default_rng(seed)
        rows, columns = 4, 6
        coefficient = draw.integers(0, 9, (rows, columns)).astype(float) + np.eye(rows, columns)
        row, column = np.indices(coefficient.shape)
        return matrix_from_triplets(
            row.ravel(),
            column.ravel(),
            coefficient.ravel(),
            cost=draw.integers(1, 20, columns).astype(float),
            lower=np.zeros(columns),
            upper=np.full(columns, 4.0),
            integer=draw.random(columns) < 0.6,
            row_lower=coefficient @ draw.integers(0, 3, columns),  # so one whole plan is known to exist
            row_upper=np.full(rows, np.inf),
        )

    return build
