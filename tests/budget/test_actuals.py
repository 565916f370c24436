"""Plan against actual: worked by hand, and adding up whatever happens."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planner.cli
from planner.budget import Budget, budget_of
from planner.budget.actuals import actuals_of
from planner.budget.compare_actual import plan_against_actual, render_variance
from planner.budget.export.actuals import write_actuals
from planner.budget.fiscal import month_number
from planner.budget.variance import PARTS, spend_variance
from planner.errors import InputError
from planner.plan import Plan
from tests.budget.small import frame, small_plan

D = Decimal


def told(folder: Path, **tables: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def plan_with_demand() -> Plan:
    """The small plan, serving 1 request/s of 600 + 400 tokens in every month; a tenth of `chat` is unmet in May."""
    months = [f"2027-{month:02d}" for month in range(1, 7)]
    requests = [
        (w, "all", "r", m, "week", 2.0, rate) for w, rate in (("chat", 1.0), ("docs", 0.5)) for m in months
    ]
    return small_plan(
        workloads=frame("workload", ("chat",), ("docs",)),
        slices=frame("slice share", ("week", 1.0)),
        buckets=frame(
            "workload bucket mean_in mean_out", ("chat", "all", 600.0, 400.0), ("docs", "all", 900.0, 100.0)
        ),
        requests=frame("workload bucket region node slice requests_per_s mean_requests_per_s", *requests),
        unmet=frame("workload bucket region node slice mtok"),
        offers=frame(
            "offer accelerator currency price_per_card freight_share duty_share vat_share vat_recoverable life_months",
            ("far", "card_f", "USD", 10001.0, 0.02, 0.05, 0.13, False, 60.0),
            ("near", "card_n", None, 33333.33, 0.0, 0.0, 0.13, True, 60.0),
            ("spare", "card_n", None, 40000.0, 0.0, 0.0, 0.13, True, 60.0),
        ),
        fleet_given=frame("batch"),
    )


@pytest.fixture(scope="module")
def plan() -> Plan:
    found = plan_with_demand()
    given = dict(found.given)
    tables = {**found.tables, "unmet": given.pop("unmet")}
    given.pop("fleet_given")
    given["fleet"] = frame(
        "batch accelerator site cards retires maintenance_per_card_month source note",
        ("old", "card_n", "south", 4, "2027-03", 10.0, "", ""),
        ("older", "card_n", "south", 2, None, 10.0, "", ""),
    )
    from dataclasses import replace

    return replace(found, tables=tables, given=given)


@pytest.fixture(scope="module")
def budget(plan: Plan) -> Budget:
    return budget_of(plan)


def test_worked_by_hand(plan: Plan, tmp_path: Path) -> None:
    """Through April the plan has 3 far cards at 72,007.20 and 2 near ones at 33,333.33: 282,688.26, mean 56,537.652.

    Came: 2 far cards at 11,000 USD and 7.0 = 154,000; 2 near cards at 33,333.33; 1 spare card, never planned, at its
    listed 40,000. Price: 2 * (11,000 - 10,001) * 7.2 = 14,385.60. Exchange: 2 * 11,000 * -0.2 = -4,400. Timing: 1 far
    card late, -72,007.20. Volume: 1 spare card at the mean, 56,537.652; mix: 40,000 - 56,537.652 = -16,537.652.
    """
    folder = told(
        tmp_path / "facts",
        deliveries="delivery,offer,site,month,cards\na,far,north,2027-04,2\nb,near,south,2027-03,2\nc,spare,south,2027-04,1\n",
        paid_prices="offer,month,price_per_card,fx_rate\nfar,2027-02,11000,7.0\n",
    )
    found = plan_against_actual(plan, folder)
    rows = found.spend.set_index("offer")
    assert rows.loc["total", "planned_amount"] == D("282688.26")
    assert rows.loc["total", "actual_amount"] == D("154000.00") + D("66666.66") + D("40000.00")
    assert [rows.loc["far", part] for part in PARTS] == [D("14385.60"), D("-4400.00"), D("-72007.20"), 0, 0]
    assert [rows.loc["spare", part] for part in PARTS] == [0, 0, 0, D("56537.65"), D("-16537.65")]
    assert not any(rows.loc["near", part] for part in PARTS)
    assert rows.loc["far", "late_cards"] == 1
    late = found.delays.set_index("offer")
    assert late.loc["near", "months_late"] == 1.0
    assert late.loc["far", "still_open"] == 1
    assert "price + exchange + timing + volume + mix" in render_variance(found)


def test_cancelled_is_volume_and_early_is_timing(plan: Plan, tmp_path: Path) -> None:
    """Through February the near cards are due, the far ones not. One near card is cancelled, one far came early."""
    text = (
        "delivery,offer,site,month,cards,status\na,near,south,2027-02,1,\nb,near,south,2027-02,1,cancelled\n"
        "c,far,north,2027-02,1,\n"
    )
    rows = plan_against_actual(plan, told(tmp_path / "facts", deliveries=text)).spend.set_index("offer")
    assert (rows.loc["near", "cancelled_cards"], rows.loc["near", "volume"]) == (1, D("-33333.33"))
    assert rows.loc["near", "timing"] == 0
    assert (rows.loc["far", "early_cards"], rows.loc["far", "timing"]) == (1, D("72007.20"))


def test_tokens_by_hand(plan: Plan, tmp_path: Path) -> None:
    """A month has 2,629,746 s, so January plans 2,629.746 M tokens of chat and half of that of docs. Served: 3,000 and
    1,000. Planned shares are 2/3 and 1/3 of 3,944.619 M; the total is 55.381 M more: 36.920667 and 18.460333."""
    text = "workload,month,input_mtok,output_mtok\nchat,2027-01,2000,1000\ndocs,2027-01,900,100\n"
    found = plan_against_actual(plan, told(tmp_path / "facts", served=text), through="2027-04")
    assert found.tokens_through == "2027-01", "of later months nothing is told"
    rows = found.tokens.set_index("workload")
    assert rows.loc["chat", "planned_tokens"] == 2_629_746_000
    assert rows.loc["docs", "planned_tokens"] == 1_314_873_000
    assert rows.loc["chat", "volume"] == 36_920_667
    assert rows.loc["chat", "mix"] == 3_000_000_000 - 2_629_746_000 - 36_920_667
    assert rows.loc["total", "mix"] == 0


cards = st.integers(min_value=0, max_value=9)
deliveries = st.lists(
    st.tuples(st.sampled_from(["far", "near", "spare"]), st.integers(1, 9), cards,
              st.sampled_from(["delivered", "cancelled"])),
    min_size=1, max_size=6,
)  # fmt: skip
prices = st.dictionaries(
    st.tuples(st.sampled_from(["far", "near"]), st.integers(1, 9)),
    st.tuples(
        st.floats(0.01, 1e6).map(lambda x: round(x, 3)), st.floats(0.01, 20).map(lambda x: round(x, 4))
    ),
    max_size=4,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries, prices, st.integers(1, 9))
def test_parts_always_add_up(
    plan: Plan,
    budget: Budget,
    tmp_path: Path,
    came: list[tuple[str, int, int, str]],
    paid: dict[tuple[str, int], tuple[float, float]],
    through: int,
) -> None:
    rows = [
        f"d{i},{offer},north,2027-{month:02d},{count},{how}"
        for i, (offer, month, count, how) in enumerate(came)
    ]
    price = [f"{offer},2027-{month:02d},{value!r},{rate!r}" for (offer, month), (value, rate) in paid.items()]
    folder = told(
        tmp_path / "facts",
        deliveries="delivery,offer,site,month,cards,status\n" + "\n".join(rows) + "\n",
        paid_prices="offer,month,price_per_card,fx_rate\n" + "\n".join(price) + "\n",
    )
    found = spend_variance(budget, actuals_of(folder, plan), month_number(f"2027-{through:02d}"))
    for _, row in found.iterrows():
        assert (
            sum((row[part] for part in PARTS), D(0))
            == row["difference"]
            == row["actual_amount"] - row["planned_amount"]
        )
        moved = row["early_cards"] - row["late_cards"] + row["extra_cards"] - row["cancelled_cards"]
        assert row["actual_cards"] - row["planned_cards"] == moved
    for name in ("planned_amount", "actual_amount", *PARTS):
        assert sum(found[name][:-1], D(0)) == found[name].iloc[-1]


def test_every_mistake_is_named(plan: Plan, tmp_path: Path) -> None:
    folder = told(
        tmp_path / "facts",
        deliveries="delivery,offer,site,month,cards\na,fare,north,2027-04,2\na,far,moon,2027-13,-1\n",
        paid_price="offer\n",
    )
    with pytest.raises(InputError) as caught:
        actuals_of(folder, plan)
    text = "\n".join(str(problem) for problem in caught.value.problems)
    for part in ("'fare' is not in the run", "Nearest: 'far'", "'moon' is not in the run", "'2027-13'", "-1; expected",
                 "paid_price.csv: no table of actuals"):  # fmt: skip
        assert part in text


def test_what_is_kept_reads_back_the_same(plan: Plan, tmp_path: Path) -> None:
    folder = told(
        tmp_path / "facts", deliveries="delivery,offer,site,month,cards,note\na,far,north,2027-04,2,=1+1\n"
    )
    first = actuals_of(folder, plan)
    write_actuals(first, tmp_path / "kept")
    again = actuals_of(tmp_path / "kept", plan)
    for name, table in first.tables.items():
        assert table.equals(again.tables[name]), name


def test_the_commands(tiny: Path, tmp_path: Path) -> None:
    folder = told(tmp_path / "facts", deliveries="delivery,offer,site,month,cards\na,h200,west,2027-05,8\n")

    def run(*arguments: object) -> tuple[int, str, str]:
        done = CliRunner().invoke(planner.cli.main, ["actuals", *map(str, arguments)])
        return done.exit_code, done.stdout, done.stderr

    assert run("import", tiny, folder, "-o", tmp_path / "kept")[0] == 0
    code, out, _ = run("variance", tiny, tmp_path / "kept")
    assert code == 0
    assert "through 2027-05" in out
    assert run("variance", tiny, folder, "--through", "May")[0] == 3
    code, out, err = run("fleet", tiny, tmp_path / "kept", "-o", tmp_path / "fleet.csv")
    assert code == 0
    assert "not in the fleet" in err
    text = (tmp_path / "fleet.csv").read_text()
    assert "a,nvidia_h200_sxm,west,8" in text
    assert "910b-west" in text
