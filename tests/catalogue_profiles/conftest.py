"""Where the profiles are, where their scripts are, and where the traces are if this machine has them."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TRACES = REPOSITORY.parent / "shared" / "data" / "traces"

sys.path.insert(0, str(REPOSITORY / "scripts"))


@pytest.fixture(scope="session")
def lengths() -> pd.DataFrame:
    return pd.read_csv(REPOSITORY / "demand" / "profiles" / "length_profiles.csv")


@pytest.fixture(scope="session")
def shapes() -> pd.DataFrame:
    return pd.read_csv(REPOSITORY / "demand" / "profiles" / "traffic_shapes.csv")


@pytest.fixture(scope="session")
def traces() -> Path:
    if not TRACES.is_dir():
        pytest.skip("the traces are not on this machine")
    return TRACES
