"""Finance settings: every mistake named at once, with its line and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.errors import InputError
from planner.inputs.finance import read_finance


def faults(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "finance.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_finance(path)
    return [str(problem).removeprefix(f"{path} ") for problem in caught.value.problems]


def test_all_mistakes_together(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        "finance:\n  fiscal_start_month: 13\n  legal_entty: x\n"
        "line_types:\n  opex_powr:\n    account: 1\n"
        "payment_terms:\n  t:\n    deposit_share: 0.5\n"
        "asset_classes:\n  a:\n    book_life_months: 30\n    book_method: sum_of_years\n"
        "blah:\n  x: 1\n",
    )
    text = "\n".join(found)
    assert "fiscal_start_month: 13; expected a whole number, 1 to 12" in text
    assert "unknown field 'legal_entty'" in text
    assert "unknown line type 'opex_powr'; expected a line type. Nearest: 'opex_power'" in text
    assert "shares add up to 0.5; expected 1" in text
    assert "30 months with sum_of_years; expected whole years" in text
    assert "unknown section 'blah'" in text


def test_accounts_that_are_listed_must_cover_all(tmp_path: Path) -> None:
    found = faults(tmp_path, "accounts:\n  1601:\n    name: fixed assets\n")
    assert any("account '6401' of opex_power is not in accounts" in line for line in found)


def test_a_line_type_is_changed_field_by_field(tmp_path: Path) -> None:
    path = tmp_path / "finance.yaml"
    path.write_text("line_types:\n  opex_power:\n    payment_delay_months: 3\n", encoding="utf-8")
    power = next(kind for kind in read_finance(path).line_types if kind.line_type == "opex_power")
    assert (power.account, power.vat_share, power.payment_delay_months) == ("6401", 0.13, 3)


def test_the_rate_needs_its_currency(tmp_path: Path) -> None:
    assert "only one of display_currency" in faults(tmp_path, "finance:\n  display_rate: 2\n")[0]
