"""Rewrite the length profiles and traffic shapes of the catalogue from the real traces.

    python scripts/build_profiles.py --traces ../shared/data/traces --out demand/profiles

The same traces give the same bytes. What the columns mean and where the traces come from is in
``demand/profiles/README.md``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from profiles.lengths import length_profiles
from profiles.shapes import traffic_shapes

REPOSITORY = Path(__file__).resolve().parent.parent


def main() -> None:
    """Read the two folders from the command line and write the two tables."""
    parser = argparse.ArgumentParser(description="Rewrite the profiles of the catalogue from the traces.")
    parser.add_argument("--traces", type=Path, default=REPOSITORY.parent / "shared" / "data" / "traces")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "demand" / "profiles")
    chosen = parser.parse_args()
    if not chosen.traces.is_dir():
        parser.error(
            f"{chosen.traces}: no such folder; expected the trace files named in the README of profiles"
        )
    chosen.out.mkdir(parents=True, exist_ok=True)
    _write(length_profiles(chosen.traces), chosen.out / "length_profiles.csv")
    _write(traffic_shapes(chosen.traces), chosen.out / "traffic_shapes.csv")


def _write(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n")
    print(f"{path}: {len(table)} rows")


if __name__ == "__main__":
    main()
