"""Columns of FOCUS Cost and Usage that we write, by version: the table that rows are made and checked from.

Source: FinOps Open Cost and Usage Specification (FinOps Foundation, CC-BY-4.0), 1.2 of May 2025, 1.3 of December 2025,
1.4 of June 2026. ``M`` always present, ``C`` present where its situation applies, ``R`` recommended, ``-`` not in that
version. The columns of 1.3 are inferred from its list of changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

VERSIONS = ("1.2", "1.3", "1.4")
Kind = Literal["text", "decimal", "datetime", "currency", "json"]
CATEGORIES = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")


@dataclass(frozen=True)
class FocusColumn:
    """One column: level in each version, kind of value, whether it may be empty, values allowed."""

    name: str
    levels: tuple[str, str, str]
    kind: Kind = "text"
    nullable: bool = False
    allowed: tuple[str, ...] = ()

    def level(self, version: str) -> str:
        """``M``, ``C``, ``R`` or ``-``."""
        return self.levels[VERSIONS.index(version)]


MANDATORY, CONDITIONAL, RECOMMENDED = ("M", "M", "M"), ("C", "C", "C"), ("R", "R", "R")

FOCUS_COLUMNS: tuple[FocusColumn, ...] = (
    FocusColumn("BilledCost", MANDATORY, "decimal"),
    FocusColumn("EffectiveCost", MANDATORY, "decimal"),
    FocusColumn("ListCost", MANDATORY, "decimal"),
    FocusColumn("ContractedCost", MANDATORY, "decimal"),
    FocusColumn("BillingAccountId", MANDATORY),
    FocusColumn("BillingAccountName", MANDATORY, nullable=True),
    FocusColumn("BillingAccountType", CONDITIONAL),
    FocusColumn("BillingCurrency", MANDATORY, "currency"),
    FocusColumn("BillingPeriodStart", MANDATORY, "datetime"),
    FocusColumn("BillingPeriodEnd", MANDATORY, "datetime"),
    FocusColumn("ChargePeriodStart", MANDATORY, "datetime"),
    FocusColumn("ChargePeriodEnd", MANDATORY, "datetime"),
    FocusColumn("ChargeCategory", MANDATORY, allowed=CATEGORIES),
    FocusColumn("ChargeClass", MANDATORY, nullable=True, allowed=("Correction",)),
    FocusColumn("ChargeDescription", MANDATORY, nullable=True),
    FocusColumn("ChargeFrequency", RECOMMENDED, allowed=("One-Time", "Recurring", "Usage-Based")),
    FocusColumn("InvoiceIssuerName", MANDATORY),
    FocusColumn("InvoiceId", ("R", "R", "C"), nullable=True),
    FocusColumn("ProviderName", ("M", "M", "-")),
    FocusColumn("PublisherName", ("M", "M", "-")),
    FocusColumn("ServiceProviderName", ("-", "M", "M")),
    FocusColumn("HostProviderName", ("-", "M", "M"), nullable=True),
    FocusColumn("ServiceCategory", MANDATORY, allowed=("AI and Machine Learning",)),
    FocusColumn("ServiceSubcategory", RECOMMENDED, allowed=("Generative AI",)),
    FocusColumn("ServiceName", MANDATORY),
    FocusColumn("PricingQuantity", MANDATORY, "decimal", nullable=True),
    FocusColumn("PricingUnit", MANDATORY, nullable=True),
    FocusColumn(
        "PricingCategory", CONDITIONAL, nullable=True, allowed=("Standard", "Committed", "Dynamic", "Other")
    ),
    FocusColumn("ListUnitPrice", CONDITIONAL, "decimal", nullable=True),
    FocusColumn("ContractedUnitPrice", CONDITIONAL, "decimal", nullable=True),
    FocusColumn("ConsumedQuantity", CONDITIONAL, "decimal", nullable=True),
    FocusColumn("ConsumedUnit", CONDITIONAL, nullable=True),
    FocusColumn("SkuId", CONDITIONAL, nullable=True),
    FocusColumn("SkuPriceId", CONDITIONAL, nullable=True),
    FocusColumn("SkuPriceDetails", CONDITIONAL, "json", nullable=True),
    FocusColumn("SkuMeter", CONDITIONAL, nullable=True),
    FocusColumn("ResourceId", CONDITIONAL, nullable=True),
    FocusColumn("ResourceName", CONDITIONAL, nullable=True),
    FocusColumn("ResourceType", CONDITIONAL, nullable=True),
    FocusColumn("RegionId", CONDITIONAL, nullable=True),
    FocusColumn("RegionName", CONDITIONAL, nullable=True),
    FocusColumn("SubAccountId", CONDITIONAL, nullable=True),
    FocusColumn("SubAccountName", CONDITIONAL, nullable=True),
    FocusColumn("SubAccountType", CONDITIONAL, nullable=True),
    FocusColumn("CommitmentDiscountStatus", CONDITIONAL, nullable=True, allowed=("Used", "Unused")),
    FocusColumn("Tags", CONDITIONAL, "json", nullable=True),
)
CUSTOM = ("x_IsForecast", "x_PlanRunId", "x_Scenario", "x_PlanVersion", "x_CostCentre", "x_GlAccount", "x_LineType",
          "x_CostTerm", "x_FiscalYear", "x_FiscalPeriod", "x_CardOrigin")  # fmt: skip
_BY_NAME = {column.name: column for column in FOCUS_COLUMNS}


def columns_of(version: str) -> tuple[FocusColumn, ...]:
    """Columns of a version, in the order of the file."""
    return tuple(column for column in FOCUS_COLUMNS if column.level(version) != "-")


def column_named(name: str) -> FocusColumn | None:
    """The column of that name, of any version."""
    return _BY_NAME.get(name)
