"""Budget lines as FOCUS rows, every one marked as a forecast.

One file carries both bases: BilledCost is cash net of VAT, EffectiveCost is cost of the period. An order is Purchase
rows (its payments, billed, effective 0) and Usage rows (its depreciation, billed 0); running cost is a Usage row that
is both, billed in the month it is paid and used in the month it is for; VAT that comes back is Tax rows, billed only.
So over all rows: billed without Tax = cash of the budget, Tax = its VAT, effective = its running cost.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pandas as pd

from planner.budget.budget import Budget
from planner.budget.export.focus.columns import CUSTOM, columns_of
from planner.budget.fiscal import first_day, month_number
from planner.budget.money import ZERO

SERVICE = {"ServiceCategory": "AI and Machine Learning", "ServiceSubcategory": "Generative AI",
           "ServiceName": "Accelerator capacity"}  # fmt: skip
ONE = Decimal("1.00")  # with its places, so that readers of CSV take it for a decimal


def focus_table(budget: Budget, version: str) -> pd.DataFrame:
    """Rows in the columns of a version, then the custom columns; absent values are None."""
    names = [*(column.name for column in columns_of(version)), *CUSTOM]
    rows = [row for line in _records(budget.lines) for row in _rows(line)]
    table = pd.DataFrame(rows, columns=[*names, *sorted({name for row in rows for name in row} - set(names))])
    return table[names].astype(object).where(table[names].notna(), None)


def _records(lines: pd.DataFrame) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lines.astype(object).to_dict("records")  # type: ignore[assignment]
    return found


def _rows(line: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of one budget line."""
    cash, net, kind = line["basis"] == "cash", line["amount_net"], line["line_type"]
    rows = []
    if cash and net:
        if line["budget"] == "capital":
            rows.append(_charge(line, "Purchase", billed=net, effective=ZERO))
        elif kind in ("disposal", "fx_difference"):
            rows.append(_charge(line, "Adjustment", billed=net, effective=ZERO))
        else:
            rows.append(_charge(line, "Usage", billed=net, effective=net))
    elif not cash and line["budget"] == "running":
        if kind == "depreciation":
            rows.append(_charge(line, "Usage", billed=ZERO, effective=net))
        elif kind in ("disposal", "fx_difference"):
            rows.append(_charge(line, "Adjustment", billed=ZERO, effective=net))
    if line["vat_amount"]:
        rows.append(_charge(line, "Tax", billed=line["vat_amount"], effective=ZERO))
    return rows


def _charge(line: dict[str, Any], category: str, *, billed: Decimal, effective: Decimal) -> dict[str, Any]:
    own = category in ("Purchase", "Usage")
    listed = billed if own else ZERO
    priced: dict[str, Any] = {}
    if own:
        sku = line["card_profile"] or line["line_type"]
        details = {"x_LineType": line["line_type"], "x_Origin": line["origin"] or "none"}
        priced = {"PricingQuantity": ONE, "PricingUnit": "Payment" if category == "Purchase" else "Month",
                  "PricingCategory": "Standard", "ListUnitPrice": listed, "ContractedUnitPrice": listed,
                  "SkuId": sku, "SkuPriceId": f"{sku}:{line['item'] or line['line_type']}",
                  "SkuPriceDetails": json.dumps(details, sort_keys=True),
                  "SkuMeter": "Card" if category == "Purchase" else "Month of service"}  # fmt: skip
    if category == "Usage":
        priced |= {"ConsumedQuantity": ONE, "ConsumedUnit": "Month"}
    frequency = {"Purchase": "One-Time", "Usage": "Recurring"}.get(category, "One-Time")
    return {
        "BilledCost": billed, "EffectiveCost": effective, "ListCost": listed, "ContractedCost": listed,
        "ChargeCategory": category, "ChargeFrequency": frequency,
        "ChargeDescription": f"FORECAST {line['line_type']}{': ' + line['note'] if line['note'] else ''}",
        **_period("Billing", line["month"]), **_period("Charge", line["used_month"] if own else line["month"]),
        **priced, **_parties(line, category), **_place(line), **SERVICE, **_custom(line),
    }  # fmt: skip


def _period(which: str, month: str) -> dict[str, str]:
    """Calendar month, end exclusive, UTC."""
    number = month_number(month)
    return {
        f"{which}Period{edge}": f"{first_day(at).isoformat()}T00:00:00Z"
        for edge, at in (("Start", number), ("End", number + 1))
    }


def _parties(line: dict[str, Any], category: str) -> dict[str, Any]:
    """Who bills whom: the maker for cards, the company itself for what it runs."""
    company = line["legal_entity"]
    seller = (line["supplier"] if category == "Purchase" else "") or f"{company} IT"
    return {
        "BillingAccountId": company, "BillingAccountName": company, "BillingAccountType": "Legal entity",
        "BillingCurrency": line["currency"], "InvoiceIssuerName": seller, "ProviderName": seller,
        "PublisherName": line["supplier"] or seller, "ServiceProviderName": seller, "HostProviderName": company,
        "SubAccountId": line["cost_centre"], "SubAccountName": line["cost_centre"], "SubAccountType": "Cost centre",
    }  # fmt: skip


def _place(line: dict[str, Any]) -> dict[str, Any]:
    site, card = line["site"] or None, line["card_profile"] or None
    resource = line["item"] or ("/".join(part for part in (card, site) if part) or None)
    tags = {"project": line["project"], "scenario": line["scenario"], "forecast": "true"}
    return {
        "RegionId": site, "RegionName": site, "ResourceId": resource, "ResourceName": resource,
        "ResourceType": "Accelerator pool" if resource else None, "Tags": json.dumps(tags, sort_keys=True),
    }  # fmt: skip


def _custom(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "x_IsForecast": "true", "x_PlanRunId": line["run_id"], "x_Scenario": line["scenario"],
        "x_PlanVersion": line["version"], "x_CostCentre": line["cost_centre"], "x_GlAccount": line["gl_account"],
        "x_LineType": line["line_type"], "x_CostTerm": line["term"], "x_FiscalYear": int(line["fiscal_year"]),
        "x_FiscalPeriod": int(line["fiscal_period"]), "x_CardOrigin": line["origin"] or None,
    }  # fmt: skip
