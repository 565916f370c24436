"""A proof that a case has no plan: prices that no point of the program could pay."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.reading import read_tables
from planner.plan.audit.spec import GIVEN
from planner.plan.certificate.agreement import agreement
from planner.plan.certificate.exact import lower_bound
from planner.plan.certificate.implied import assumed_part
from planner.plan.certificate.missing import missing_decisions
from planner.plan.certificate.stored import read_program
from planner.plan.head import FILE_NAME, SCHEMA, sealed, unsealed

KIND = "capplan refusal"
ASSUMED_SHARE = 1e-6  # of the excess: less than this resting on bounds that no rule gives is rounding


@dataclass(frozen=True, eq=False)
class Refusal:
    """Why a case has no plan, with its proof.

    Attributes
    ----------
    case : name of the case
    reason : what was said to the user
    given : the tables it was found from
    certificate : the program with the prices that prove it, see `planner.plan.certificate.stored`
    """

    case: str
    reason: str
    given: Mapping[str, pd.DataFrame]
    certificate: Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Refuted:
    """What the audit could prove of a refusal.

    Attributes
    ----------
    findings : what is wrong with the proof; empty when it stands
    excess : how far the prices are beyond what any point could pay; above zero proves that there is none
    rows : names of the rows with a price, the largest first, and what else counts: these cannot be kept together
    """

    findings: tuple[Finding, ...]
    excess: float
    rows: tuple[str, ...]


def refuted(refusal: Refusal) -> Refuted:
    """Check that the stored prices prove that no plan exists.

    Formula: with the cost left out every point costs nothing, so a lower bound above zero leaves no point (Farkas).
    Only rows that agree with the given tables may have a price.
    """
    stored, faults = read_program(refusal.certificate)
    given, unread = read_tables(refusal.given, GIVEN)
    if stored is None or unread:
        return Refuted((*faults, *unread), 0.0, ())
    agreed = agreement(stored, given)
    found = [*agreed.findings, *missing_decisions(stored, given)]
    proven = lower_bound(stored, stored.dual, free=True)
    named = stored.rows_table.assign(weight=abs(stored.dual), checked=agreed.checked)
    named = named[named["weight"] > 0].sort_values("weight", ascending=False, kind="stable")
    found += [
        finding(
            "infeasible",
            f"{row['family']}[{row['key']}]",
            "a row with a price",
            "one the given tables ask for",
        )
        for row in named[~named["checked"]].head(20).to_dict("records")
    ]
    if proven.value is None or proven.value <= 0:
        found.append(finding("infeasible", "", "prices that some point may pay", "prices beyond every point"))
    if assumed_part(stored, agreed.checked, proven.reduced) > ASSUMED_SHARE * max(proven.rounded_down, 0.0):
        found.append(
            finding("infeasible", "", "a proof by upper bounds that no rule gives", "a proof by rules")
        )
    names = [f"{family}[{key}]" for family, key in named[["family", "key"]].itertuples(index=False)]
    limited = stored.columns_table.loc[(proven.reduced < 0) & (stored.upper > 0), "decision"].unique()
    names += [f"upper bounds of {name}, which follow from the rules" for name in limited]
    return Refuted(tuple(found), proven.rounded_down, tuple(names))


def refusal_head_bytes(refusal: Refusal, files: Mapping[str, bytes]) -> bytes:
    """``refusal.json``: the case, what was said, hashes of the files, and the seal over all."""
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    head = {"kind": KIND, "schema": SCHEMA, "case": refusal.case, "reason": refusal.reason, "files": hashes}
    return sealed(head)


def parsed_refusal_head(data: bytes) -> tuple[dict[str, Any], str]:
    """The head of a refusal and '', or what is wrong with it."""
    head, fault = unsealed(data, KIND)
    files = head.get("files")
    whole = (
        isinstance(head.get("case"), str)
        and isinstance(head.get("reason"), str)
        and isinstance(files, dict)
        and all(FILE_NAME.fullmatch(name) for name in files)
    )
    return (head, fault) if fault or whole else ({}, "lacks what a refusal needs")
