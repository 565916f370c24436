"""Measured usage into a case: language models by name, classes, regions; what is not clear is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from planner.demand.profiles.case_tables import CaseFacts, case_tables
from planner.demand.profiles.measure import MeasuredWorkload
from planner.demand.profiles.usage import Usage
from planner.errors import InputError, Problem
from planner.inputs.llms import catalogue_llms
from planner.inputs.months import periods_from
from planner.inputs.names import find_llm
from planner.inputs.nearest import listing
from planner.inputs.usage.defaults import class_values, shipped_profile
from planner.inputs.usage.target import CaseTables, Target, target_of
from planner.tables import ANY

FIRST_PERIOD = "2027-01"  # of a new case out of a trace without a calendar, as in the template
DEFAULT_CLASS, BATCH_CLASS = "chat", "batch"
DEFAULT_REGION = "all"


def tables_for(
    usage: Usage,
    folder: Path,
    llms: Mapping[str, str],
    classes: Mapping[str, str],
    regions: Mapping[str, str],
    growth_per_month: float,
) -> tuple[Target, CaseTables, list[str]]:
    """The case, its new tables, and notes for a person.

    Parameters
    ----------
    llms : language model as the source names it, or ``*`` -> id in the catalogue or the case
    classes : workload, or ``*`` -> service class
    regions : region as the source names it, or ``*`` for requests without one -> region of the case

    Raises
    ------
    InputError : a language model or a region is not known; each is named
    """
    last = usage.last_month
    target = target_of(folder, periods_from(last, 2, 1)[1] if last else FIRST_PERIOD)
    chosen = {one.workload: _class_of(one, classes) for one in usage.workloads}
    values = {name: (chosen[name], class_values(chosen[name])) for name in chosen}
    profiles = {str(found[1].get("length_profile")) for found in values.values()}
    notes: list[str] = []
    facts = CaseFacts(
        periods=target.periods,
        period_months=target.period_months,
        llms=_llms(usage.workloads, llms, target, notes),
        classes=values,
        profiles={name: shipped_profile(name) for name in profiles},
        region=_region(usage, target, regions),
        regions=regions,
        growth_per_month=growth_per_month,
        origin=usage.origin,
    )
    assumed = sorted({name for name in chosen if name not in classes and ANY not in classes})
    if assumed:
        notes.append(
            f"Service class {DEFAULT_CLASS} is ASSUMED for {listing(assumed)} (promises, traffic): give --class."
        )
    tables, more = case_tables(usage.workloads, facts)
    kept = [name for name in tables.workloads if name in target.workloads]
    if kept:
        notes.append(
            f"{listing(kept)}: already in workloads.yaml and not touched there; let length_profile and traffic_shape "
            "name the new ones."
        )
    return target, tables, notes + more


def _class_of(one: MeasuredWorkload, classes: Mapping[str, str]) -> str:
    return classes.get(one.workload) or classes.get(ANY) or (BATCH_CLASS if one.batch else DEFAULT_CLASS)


def _llms(
    workloads: Sequence[MeasuredWorkload], given: Mapping[str, str], target: Target, notes: list[str]
) -> dict[str, str]:
    """Language model of each workload: by its most frequent one."""
    catalogue = catalogue_llms()
    known = {llm.llm for llm in catalogue} | set(target.llms)
    found: dict[str, str] = {}
    problems = []
    for one in workloads:
        name = next(iter(one.models), "")
        if len(one.models) > 1:
            others = listing(list(one.models)[1:])
            notes.append(
                f"{one.workload} mixes language models: planned as {name}, with {others}. --by model parts them."
            )
        asked = given.get(name) or given.get(one.workload)
        match = find_llm(name, catalogue) if name and not asked else None
        if asked is None and name in known:
            asked = name
        if asked is None and match is not None and match.record is not None:
            asked = match.record.llm
            if match.how == "words":
                notes.append(f"Language model '{name}' is taken as {asked}.")
        asked = asked or given.get(ANY)
        if asked in known:
            found[one.workload] = str(asked)
            continue
        nearest = f"; nearest: {', '.join(match.nearest)}" if match is not None and match.nearest else ""
        what = f"'{asked}'" if asked else (f"'{name}'" if name else "no language model named")
        mend = f"Say --llm {name or one.workload}=ID, or --llm '*=ID' for all that are not known{nearest}."
        expected = "a language model of the catalogue or of the case (`demand/llms`)"
        problems.append(Problem(f"workload {one.workload}", "", "model", what, expected, mend))
    if problems:
        raise InputError(problems)
    return found


def _region(usage: Usage, target: Target, given: Mapping[str, str]) -> str:
    """Region of requests without one; every region that is used must be one of the case."""
    named = {str(name) for one in usage.workloads for name in one.volumes["region"]}
    nameless = given.get(ANY) or (
        target.regions[0] if len(target.regions) == 1 else "" if target.exists else DEFAULT_REGION
    )
    problems = []
    expected = f"a region of routes.csv: {listing(list(target.regions))}"
    if "" in named and not nameless:
        problems.append(
            Problem("usage", "", "region", "no region in the files", expected, "Say --region '*=NAME'.")
        )
    used = {given.get(name, name) for name in named if name} | (
        {nameless} if "" in named and nameless else set()
    )
    if target.exists:
        for name in sorted(used - set(target.regions)):
            mend = f"Say --region '{name}=NAME', or add routes."
            problems.append(Problem("usage", "", "region", f"'{name}'", expected, mend))
    if problems:
        raise InputError(problems)
    return nameless or DEFAULT_REGION
