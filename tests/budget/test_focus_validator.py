"""The FinOps Foundation's own validator on our 1.2 rows; an optional job, since it needs Python 3.12 and 600 MB.

Make an environment of Python 3.12 with ``focus-validator==2.2.1`` and ``pyarrow<22``, and name its interpreter in
``CAPPLAN_FOCUS_PYTHON``. It ends with status 0 whatever it finds, so its report is read. One rule is a known false
alarm: an absent InvoiceId fails, and a plan has no invoice.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from planner.budget import budget_of
from planner.budget.export.focus import focus_table
from planner.budget.export.text import csv_of
from tests.budget.small import small_plan

PYTHON = os.environ.get("CAPPLAN_FOCUS_PYTHON")
FALSE_ALARMS = {"InvoiceId-C-005-C"}
CLAIMS = ("ACCOUNT_NAMING", "SUB_ACCOUNT", "REGION", "TAGGING", "RESOURCE_TYPE_ASSIGNMENT", "USAGE_MEASUREMENT",
          "UNIT_PRICING", "BILLING_BASED_ON_PROVISIONED_RESOURCES", "NEGOTIATED_PRICING",
          "MULTIPLE_PRICING_CATEGORIES", "MULTIPLE_SUB_ACCOUNT_TYPES", "MULTIPLE_BILLING_ACCOUNT_TYPES")  # fmt: skip
pytestmark = pytest.mark.skipif(
    PYTHON is None, reason="CAPPLAN_FOCUS_PYTHON names no interpreter with focus-validator"
)


def failed_rules(table: pd.DataFrame, path: Path) -> set[str]:
    """Rules that the validator says fail."""
    path.write_bytes(csv_of(table))
    find = "import focus_validator, os; print(os.path.dirname(os.path.dirname(focus_validator.__file__)))"
    home = subprocess.run(
        [str(PYTHON), "-c", find], capture_output=True, text=True, check=True
    ).stdout.strip()
    program = Path(str(PYTHON)).with_name("focus-validator")  # it reads its lists relative to its own home
    claims = ",".join(f"{claim}_SUPPORTED" for claim in CLAIMS)
    command = [str(program), "--data-file", str(path), "--validate-version", "1.2", "--block-download"]
    done = subprocess.run([*command, "--applicability-criteria", claims], cwd=home, capture_output=True, text=True,
                          timeout=600, check=False)  # fmt: skip
    counted = re.search(r"Total: (\d+) \| Pass: (\d+) \| Fail: (\d+)", done.stdout)
    assert counted is not None, done.stdout[-2000:] + done.stderr[-2000:]
    assert int(counted[2]) > 200
    rules = set(re.findall(r"❌ (\S+): FAIL", done.stdout))
    assert len(rules) == int(counted[3])
    return rules


def test_our_rows_pass(tmp_path: Path) -> None:
    assert failed_rules(focus_table(budget_of(small_plan()), "1.2"), tmp_path / "rows.csv") == FALSE_ALARMS


def test_a_broken_row_fails(tmp_path: Path) -> None:
    broken = focus_table(budget_of(small_plan()), "1.2").assign(ChargeCategory="Foo", BillingCurrency="RMB")
    found = failed_rules(broken, tmp_path / "rows.csv") - FALSE_ALARMS
    assert {rule.split("-")[0] for rule in found} >= {"ChargeCategory", "BillingCurrency"}
