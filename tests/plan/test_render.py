"""What a person reads: the answer first, numbers that are those of the tables, no line wider than the page."""

from __future__ import annotations

import doctest
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from corruptions import put
from plan_case import COST, Q1, Q3, given, plan, result, table

from planner.plan import audit, grid
from planner.plan.audit import RULES
from planner.plan.grid import WIDTH, coarser, spans
from planner.plan.render import amount, plan_json, render_audit, render_plan

GOLDEN = Path(__file__).parents[1] / "golden" / "plan_by_hand.txt"


def test_the_page_is_the_golden_one() -> None:
    """The golden page was read line by line against the arithmetic in plan_case.py."""
    assert render_plan(plan()) + "\n" == GOLDEN.read_text(encoding="utf-8")


def test_wide_characters_take_two_columns() -> None:
    page = grid.grid(["card", "cards"], [["昇腾910C", "8"], ["é", "16"], ["e\u0301", "24"]]).split("\n")
    # 昇腾 is two columns each, so 8 with 910C; the accent that combines takes none
    assert page == [
        "  card      cards",
        "  昇腾910C      8",
        "  é            16",
        "  e\u0301            24",
    ]


def test_the_answer_comes_first() -> None:
    lines = render_plan(plan()).split("\n")
    assert lines[0] == "hand: planned within 2 % of the proven optimum."
    # 0.99 * 547,089.9 = 541,619.0
    assert lines[1].startswith("Cost 547,090 CNY (discounted); no plan costs less than 541,619 (1.00 % apart")
    assert "2.00 % as certified without it" in " ".join(line.strip() for line in lines[1:3])
    loud = "\n".join(lines[:12])
    assert "! demand grows by 300 %" in loud
    assert "! Weakest evidence: 1 of 2 cards" in loud
    assert "NOT SERVED" in loud


@pytest.mark.parametrize(
    ("status", "words"), [("feasible", "NOT PROVEN, stopped: time limit"), ("interrupted", "STOPPED BY YOU")]
)
def test_a_plan_that_stopped_says_so_first(status: str, words: str) -> None:
    assert words in render_plan(plan(status=status, stop_reason="time limit")).split("\n")[0]


def test_a_promise_no_card_keeps_is_loud() -> None:
    columns = "workload bucket band_ms promise limit nearest accelerator layout reason"
    tables = plan().tables
    rows = [("doc", "all", 0.0, "ttft_ms", 500.0, 912.0, "bee", "bee-big", "The first token comes too late."),
            ("doc", "huge", 0.0, None, float("nan"), float("nan"), None, None, "The context is too long.")]  # fmt: skip
    text = render_plan(plan(tables={**tables, "promises": table(columns, *rows)}))
    top = text[: text.index("Orders")]
    assert "NO CARD KEEPS THE PROMISE" in top
    assert "doc all: no card can serve it: ttft_ms 500, nearest 912 (bee). The first token" in top
    assert "doc huge: no card can serve it. The context" in top


def test_no_line_is_wider_than_the_page() -> None:
    long = "a-very-long-name-of-a-card-that-somebody-gave-" * 2
    facts, names = given(), {"bee": long, "west": f"{long}-west"}
    tables = {name: frame.replace(names) for name, frame in plan().tables.items()}
    facts["cards"]["accelerator"] = facts["cards"]["accelerator"].replace({"bee": long})
    text = render_plan(plan(tables=tables, given=facts, warnings=("word " * 60,)))
    assert max(len(line) for line in text.split("\n")) <= WIDTH


def test_a_plan_without_orders_or_work_is_a_page_too() -> None:
    tables = {name: frame.iloc[:0] for name, frame in plan().tables.items()}
    text = render_plan(plan(tables=tables, cost=0.0, bound=0.0, certified_bound=0.0, claimed_bound=None))
    assert "Orders: none." in text
    assert "nan" not in text.lower()


def test_numbers_of_json_are_those_of_the_tables() -> None:
    found = json.loads(json.dumps(plan_json(plan()), allow_nan=False))
    assert found["cost"] == COST
    assert found["gap"] == pytest.approx(0.01)
    assert sum(found["costs"].values()) == pytest.approx(COST, rel=1e-12)
    assert [row["servers"] for row in found["orders"]] == [1, 1, 1]
    assert found["unmet"][0]["requests_per_s"] == 2.4


def test_an_audit_says_clean_or_what_is_wrong() -> None:
    assert render_audit(audit(given(), result(), COST)).startswith(f"Clean: {len(RULES)} rules")
    tables = result()
    put(tables["fleet"], "installed_cards", 25, site="east", node=Q1)
    text = render_audit(audit(given(), tables, COST))
    assert f"installed_cards[ant,east,{Q1},installed_cards]: found 25 cards; allowed 24 cards." in text
    assert "1 finding;" in text


def test_html_shows_names_as_text() -> None:
    shown = plan(case="<script>")._repr_html_()
    assert "<script>" not in shown
    assert "547,090" in shown


def test_periods_become_quarters_and_years_when_there_are_many() -> None:
    months = [f"{year}-{month:02d}" for year in (2027, 2028) for month in range(1, 13)]
    labels = coarser(months)
    assert (labels["2027-01"], labels["2027-03"], labels["2027-04"], labels["2028-12"]) == (
        "2027Q1", "2027Q1", "2027Q2", "2028Q4")  # fmt: skip
    assert set(coarser([f"{2027 + at // 4}Q{at % 4 + 1}" for at in range(9)]).values()) == {
        "2027",
        "2028",
        "2029",
    }
    assert spans(["2027-03", "2027-01", "2027-02", "2027-05"], months) == "2027-01..2027-03, 2027-05"


def test_orders_by_quarter_add_up() -> None:
    months = tuple(f"2027-{month:02d}" for month in range(1, 13))
    periods = pd.DataFrame(
        {"node": months, "index": range(12), "period": months, "parent": [None, *months[:-1]]}
    )
    periods = periods.assign(probability=1.0)
    made = plan()
    first = made.table("orders").head(1)
    orders = pd.concat([first.assign(ordered=month) for month in months], ignore_index=True)
    changed = replace(
        made, tables={**made.tables, "orders": orders}, given={**made.given, "periods": periods}
    )
    text = render_plan(changed)
    section = text[text.index("Orders") : text.index("Cards in service")]
    assert "2027Q4" in section
    assert "2027-12" not in section
    # 12 orders of one server of 8 cards: 24 a quarter
    assert section.split("\n")[2].split() == ["ant", "east", "12", "x", "8", "96", "24", "24", "24", "24"]


def test_amounts_are_said_as_a_person_says_them() -> None:
    assert [amount(value) for value in (412_612_345.0, 9_999.5, 35_386.5, 4.68)] == [
        "412.61 million", "9,999.50", "35,386", "4.68"]  # fmt: skip


def test_a_table_is_a_copy_and_an_unknown_one_names_those_there_are() -> None:
    made = plan()
    copy = made.table("orders")
    copy["servers"] = 0
    assert made.tables["orders"]["servers"].sum() == 3
    with pytest.raises(KeyError, match="orders"):
        made.table("order")


def test_examples_in_the_text_hold() -> None:
    assert doctest.testmod(grid).failed == 0
    assert Q3 == "2027Q3"
