"""Checks across rows and tables: what is refused, what is only mentioned, and the words for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from inputs_folders import FOLDERS, MONTHLY, QUARTERLY, write

from planner.errors import Problem
from planner.inputs import check_case, load_case

Check = Callable[..., tuple[list[Problem], list[Problem]]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Errors and warnings of a folder with some files replaced; each given as old and new text, or as a whole."""
    folders: list[Path] = []

    def run(
        folder: str = "monthly", **files: str | tuple[str, str] | None
    ) -> tuple[list[Problem], list[Problem]]:
        texts = dict(FOLDERS[folder])
        for key, change in files.items():
            name = key.replace("__", ".")
            if change is None:
                del texts[name]
            elif isinstance(change, tuple):
                assert change[0] in texts[name]
                texts[name] = texts[name].replace(change[0], change[1], 1)
            else:
                texts[name] = change
        folders.append(tmp_path / f"case-{len(folders)}")
        return check_case(write(folders[-1], texts))

    return run


def error(found: tuple[list[Problem], list[Problem]]) -> Problem:
    errors, _ = found
    assert len(errors) == 1, errors
    return errors[0]


def warning(found: tuple[list[Problem], list[Problem]]) -> Problem:
    errors, warnings = found
    assert not errors
    assert len(warnings) == 1, warnings
    return warnings[0]


def test_unknown_names_come_with_the_nearest(check: Check) -> None:
    problem = error(check(demand__csv=("2027-02,NA,talk", "2027-02,NA,tlak")))
    assert "'tlak' is not in workloads" in problem.found
    assert problem.mend == "Nearest: 'talk'."


def test_a_gap_is_named_as_a_span(check: Check) -> None:
    rows = [
        line
        for line in MONTHLY["demand.csv"].splitlines()
        if not line.startswith(("2027-02,south", "2027-03,south"))
    ]
    problem = error(check(demand__csv="\n".join(rows)))
    assert problem.found == "work in south has no row for 2027-02 to 2027-03"


def test_demand_outside_the_horizon(check: Check) -> None:
    extra = MONTHLY["demand.csv"] + "2027-04,south,work,,,20000,700,200,1.5,assumed\n"
    problem = error(check(demand__csv=extra))
    assert problem.found == "'2027-04', outside the horizon"
    assert problem.where == "line 8"


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ("2027-03,NA,talk,202,101,500,,,,", "requests_per_day", "2 bases"),
        ("2027-03,NA,talk,,,,,,,", "input_mtok_per_day", "no volume"),
        ("2027-03,NA,talk,202,,,,,,", "output_mtok_per_day", "blank beside input_mtok_per_day"),
        ("2027-03,NA,talk,,,500,100,50,,", "mean_input_tokens", "while talk has a length profile"),
        ("2027-03,NA,talk,202,99,,,,,", "output_mtok_per_day", "a ratio of 2.04"),
        ("2027-03,NA,talk,202,0,,,,,", "output_mtok_per_day", "no output"),
    ],
)
def test_one_basis_that_fits_the_lengths(check: Check, row: str, field: str, words: str) -> None:
    problem = error(check(demand__csv=("2027-03,NA,talk,202,101.0,,,,,assumed", row)))
    assert (problem.where, problem.field) == ("line 4", field)
    assert words in problem.found


def test_a_ratio_within_one_per_cent_passes(check: Check) -> None:
    # The profile's ratio is 2: 202 / 100.2 = 2.016, 0.8 % off.
    assert check(demand__csv=("2027-03,NA,talk,202,101.0", "2027-03,NA,talk,202,100.2"))[0] == []


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("2027-03,south,work,9,3,,,,1.5,", "input_mtok_per_day"),
        ("2027-03,south,work,,,20000,,200,1.5,", "mean_input_tokens"),
    ],
)
def test_without_a_profile_requests_need_mean_lengths(check: Check, row: str, field: str) -> None:
    problem = error(check(demand__csv=("2027-03,south,work,,,20000,700,200,1.5,assumed", row)))
    assert problem.field == field
    assert "work has no length profile" in problem.found


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("0.5,100,50,10", "0.4999,100,50,10", "share"),
        ("0.5,100,50,10", "0.5,300,50,10", "mean_in"),
        ("0.5,100,50,10", "0.5,100,70,10", "mean_out"),
        ("0.5,100,50,10", "0.5,100,50,101", "mean_cached_in"),
        ("short,256,512", "short,512,512", "in_hi"),
        ("256,512,64,256", "255,256,0,64", "in_hi"),
    ],
)
def test_lengths_fit_their_buckets(check: Check, old: str, new: str, field: str) -> None:
    errors, _ = check(length_profiles__csv=(old, new))
    assert field in {problem.field for problem in errors if problem.file.endswith("length_profiles.csv")}


def test_a_week_is_whole_and_has_mean_one(check: Check) -> None:
    problem = error(check(traffic_shapes__csv=("day,7,0.5,1.1\n", "")))
    assert problem.found == "shape day lacks 1 hours: 007"
    problem = error(check(traffic_shapes__csv=("day,7,0.5,1.1\n", "day,7,5,1.1\n")))
    assert "have the mean 1.02679" in problem.found  # 1 + 4.5 / 168


def test_currencies_need_rates(check: Check) -> None:
    problem = error(check(fx__csv="currency,period,rate\nUSD,2027-02,7.2\n"))
    assert problem.found == "no rate of USD for 2027-01, 2027-03"
    problem = error(check(fx__csv="currency,period,rate\nEUR,*,8\n"))
    assert (problem.field, problem.found) == ("currency", "'USD' has no exchange rate")
    problem = error(check(fx__csv=("USD,*,7.1", "USD,*,7.1\nCNY,*,1.2")))
    assert "case currency CNY" in problem.found


def test_regions_need_routes(check: Check) -> None:
    errors, _ = check(routes__csv=("south,west,30", "sooth,west,30"))
    assert [(Path(p.file).name, p.field, p.found) for p in errors] == [
        ("demand.csv", "region", "'south' has no route to any site"),
        ("regions.csv", "region", "'south' is not in routes"),
        ("residency.csv", "region", "'south' is not in routes"),
    ]
    assert "sooth" in errors[0].mend


def test_hours_in_no_slice_are_named(check: Check) -> None:
    problem = error(check(slices__csv=("all,8,24", "all,9,23")))
    assert problem.found.startswith(
        "14 hours of the week are in no slice: Friday 08:00, Friday 23:00, Monday 08:00"
    )
    assert (Path(problem.file).name, problem.expected) == (
        "slices.csv",
        "every hour of the week in one slice",
    )


def test_hours_in_two_slices_are_named_once(check: Check) -> None:
    problem = error(check(slices__csv=("all,0,8", "all,23,8")))
    assert problem.found == "Monday 23:00 is in slice day too"
    assert problem.mend == "Narrow one of the two."


def test_a_weekend_without_hours_is_missed(check: Check) -> None:
    problem = error(check(slices__csv=("all,0,8", "weekday,0,8")))
    assert problem.found.startswith("16 hours of the week are in no slice: Saturday 00:00, Saturday 01:00")


def test_a_slice_over_midnight_is_one_slice(check: Check) -> None:
    assert check(slices__csv="slice,days,from_hour,to_hour\nday,all,7,22\nnight,all,22,7\n") == check()


def test_a_tariff_of_no_slice(check: Check) -> None:
    problem = error(check(tariffs__csv=("domestic,night", "domestic,nihgt")))
    assert (problem.found, problem.mend) == ("'nihgt' is not in slices", "Nearest: 'night'.")


def test_a_time_zone_of_no_region(check: Check) -> None:
    problem = error(check(regions__csv=("south,8", "sooth,8")))
    assert (problem.found, problem.mend) == ("'sooth' is not in routes", "Nearest: 'south'.")


def test_an_offset_beyond_the_date_line(check: Check) -> None:
    problem = error(check(regions__csv=("south,8", "south,15")))
    assert problem.field == "utc_offset_hours"


def test_a_card_that_lacks_figures_is_named(check: Check) -> None:
    problem = error(check(accelerators__yaml=("      memory_gib: 64\n", "")))
    assert problem.found == "'mycard' cannot be planned: memory_gib unknown"
    assert problem.file.endswith("offers.csv")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("      memory_gib: 64\n", "      memory_gib: *size\n"),  # a figure
        ("  mycard:\n", "  other: *size\n  mycard:\n"),  # a record
        ("accelerators:\n", "accelerators: [\n"),  # the file
    ],
)
def test_one_fault_in_the_cards_gives_one_message(check: Check, old: str, new: str) -> None:
    problem = error(check(accelerators__yaml=(old, new)))
    assert problem.file.endswith("accelerators.yaml")


def test_rates_for_some_workloads_only_are_named(check: Check) -> None:
    """The card has given rates for one of two workloads, so planning lacks its figures: rows of 0 are a way out."""
    workloads = QUARTERLY["workloads.yaml"] + QUARTERLY["workloads.yaml"].replace("w:", "extra:", 1)
    demand = QUARTERLY["demand.csv"] + "2027Q1,home,extra,1000,12\n2027Q2,home,extra,1200,12\n"
    problem = error(check("quarterly", workloads__yaml=workloads, demand__csv=demand))
    assert "'paper' cannot be planned" in problem.found
    assert "rows for extra, with requests_per_s 0" in problem.mend


def test_own_rates_need_power_and_server_only(check: Check) -> None:
    assert check("quarterly") == ([], [])
    problem = error(check("quarterly", serving__csv=None))
    assert "memory_gib; memory_bandwidth_gb_per_s" in problem.found


def test_compute_shares_need_the_figure_they_count(check: Check) -> None:
    problem = error(check(accelerators__yaml=("bf16_tflops: 300", "fp8_tflops: 600")))
    assert "no bf16_tflops, in which policy none-alone" in problem.found


def test_a_workload_needs_promises(check: Check) -> None:
    problem = error(check(workloads__yaml=("    max_tpot_ms: 80\n", "")))
    assert (problem.field, problem.where) == ("max_tpot_ms", "line 12, key work")


def test_precisions_are_known(check: Check) -> None:
    problem = error(check(workloads__yaml=("[bf16, fp8]", "[bf16, fp9]")))
    assert "Nearest: 'fp" in problem.mend


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("s,include,own,,,,,,", "min_cards"),
        ("s,include,own,,,,,talk,8", "workload"),
        ("s,exclude,own,,,,,,8", "min_cards"),
        ("s,exclude,own,,,,,talk,", "offer"),
        ("s,include,own,huawei_910c,,,,,8", "rule"),
        ("s,exclude,,,Huawi,,,,", "vendor"),
    ],
)
def test_selections_without_contradiction(check: Check, row: str, field: str) -> None:
    head = MONTHLY["selections.csv"].splitlines()[0]
    errors, _ = check(selections__csv=f"{head}\n{row}\n")
    assert [problem.field for problem in errors] == [field]


def test_spans_run_forward(check: Check) -> None:
    problem = error(check(permits__csv=("2027-01,2027-02", "2027-03,2027-02")))
    assert problem.field == "from_period"


def test_two_rows_of_one_key_are_both_named(check: Check) -> None:
    problem = error(check(prices__csv=("h20,2027-03", "h20,2027-02")))
    assert problem.where == "line 3"
    assert "first on line 2" in problem.found


def test_a_layout_has_one_size_and_real_buckets(check: Check) -> None:
    problem = error(check("quarterly", serving__csv=("two,2,1.5", "two,4,1.5")))
    assert problem.field == "cards_per_replica"
    problem = error(check("quarterly", serving__csv=("in512-out256", "in512-out265")))
    assert problem.mend == "Nearest: 'in512-out256'."


def test_an_architecture_fits_together(check: Check) -> None:
    problem = error(check(llms__yaml=("kv_heads: 2", "kv_heads: 3")))
    assert (problem.field, problem.where) == ("kv_heads", "line 11, key myllm")


@pytest.mark.parametrize(
    ("figure", "field", "words"),
    [
        ("memory_gb: 64", "memory_gb", "unknown figure"),
        ("memory_gib: 64 GiB", "memory_gib", "'64 GiB'"),
        ("memory_gib: {value: 64, unit: GB}", "memory_gib", "unit 'GB'"),
        ("memory_gib: {value: -1}", "value", "-1"),
        ("memory_gib: {valeu: 1}", "valeu", "unknown field"),
        ("memory_gib: [64]", "memory_gib", "no plain number"),
    ],
)
def test_figures_of_a_card(check: Check, figure: str, field: str, words: str) -> None:
    errors, _ = check(accelerators__yaml=("memory_gib: 64", figure))
    assert any(p.field == field and words in p.found and p.where.startswith("line 8") for p in errors), errors


def test_what_has_no_effect_is_mentioned(check: Check) -> None:
    assert "outside the horizon" in warning(check(prices__csv=("2027-03", "2028-03"))).found
    assert "no order arrives" in warning(check(offers__csv=("USD,0,1", "USD,0,3"))).found
    assert "no route leads" in warning(check(sites__yaml=("  west:", "  north: {}\n  west:"))).found
    assert "residency leaves" in warning(check(residency__csv=("*,south,west", "*,south,east"))).found
    assert "selects no offer" in warning(check(supply__csv=("all-h20,h20,,", "all-h20,h20,mycard,"))).found
    assert "never serve" in warning(check(fleet__csv=("2027-03", "2027-01"))).found


def test_unusual_figures_are_mentioned(check: Check) -> None:
    problem = warning(check(sites__yaml=("power_kw: 800\n", "power_kw: 800000\n")))
    assert "W or MW" in problem.mend
    assert "thousands" in warning(check(offers__csv=("mycard,90000", "mycard,90"))).mend
    assert "whole server" in warning(check(offers__csv=("mycard,90000", "mycard,90000000"))).mend


def test_per_cent_for_shares_is_refused_with_the_share(check: Check) -> None:
    problem = error(check(domestic_share__csv=("0.5", "60")))
    assert problem.mend == "Write 0.6 for 60 %."


def test_a_broken_table_makes_no_echo(check: Check) -> None:
    """Nothing is concluded from what a table that cannot be read lacks."""
    for name in ("sites__yaml", "workloads__yaml", "offers__csv", "routes__csv", "length_profiles__csv"):
        problem = error(check(**{name: '"'}))
        assert problem.file.endswith(name.replace("__", "."))


def test_quarters_are_mended(check: Check) -> None:
    problem = error(check("quarterly", fleet__csv=("2027Q2", "2027-05")))
    assert problem.mend == "Write 2027Q2."
    problem = error(check(fleet__csv=("2027-03", "2027Q1")))
    assert "monthly" in problem.mend


def test_service_classes_of_the_case_win(tmp_path: Path) -> None:
    texts = {**QUARTERLY, "service_classes.yaml": "agent:\n  max_ttft_ms: 1234\n  max_tpot_ms: 56\n"}
    case = load_case(write(tmp_path, texts))
    (workload,) = case.records("workloads")
    assert (workload["max_ttft_ms"], workload["max_tpot_ms"], workload["burst_z"]) == (1234.0, 56.0, 2.0)
    used = {(d.table, d.key, d.column, d.value, d.origin) for d in case.defaults_used}
    assert ("workloads", "w", "max_ttft_ms", "1234", "service class agent") in used
    assert ("workloads", "w", "burst_z", "2", "declared default") in used


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("compute_shar,global,,0.1", "parameter"),
        ("compute_share,spread,,0.1", "parameter"),
        ("tpot,accelerator,huawei_910c,0.1", "parameter"),
        ("layer_s,accelerator,huawei_911c,0.1", "subject"),
        ("slowness,configuration,qwen3-32b/huawei_910c,0.1", "subject"),
        ("slowness,configuration,nothing/huawei_910c/int8,0.1", "subject"),
        ("layer_s,accelerator,huawei_910c,much", "log_effect"),
    ],
)
def test_a_calibration_without_effect_is_an_error(check: Check, row: str, field: str) -> None:
    errors, _ = check(calibration__csv=f"parameter,level,subject,log_effect\n{row}\n")
    assert [problem.field for problem in errors] == [field]
