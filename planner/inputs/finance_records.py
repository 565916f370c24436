"""The finance settings as records: one class per section, fields as declared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FinanceHead:
    """Fields of section ``finance``; units and meanings in `planner.inputs.declarations.finance.FINANCE`."""

    schema: int
    legal_entity: str
    version: str
    scenario: str
    project: str
    fiscal_start_month: int
    fiscal_periods: int
    fiscal_year_named_by: str
    payment_day: int
    depreciation_starts: str
    vat_recovery_months: int
    display_currency: str | None
    display_rate: float | None
    note: str


@dataclass(frozen=True)
class LineType:
    """A row of ``LINE_TYPES``."""

    line_type: str
    account: str
    vat_share: float
    vat_recoverable: bool
    payment_delay_months: int
    note: str


@dataclass(frozen=True)
class Account:
    """A row of ``ACCOUNTS``."""

    account: str
    name: str
    note: str


@dataclass(frozen=True)
class CostCentre:
    """A row of ``COST_CENTRES``."""

    cost_centre: str
    name: str
    sites: tuple[str, ...] | None
    accelerators: tuple[str, ...] | None
    line_types: tuple[str, ...] | None
    note: str


@dataclass(frozen=True)
class PaymentTerms:
    """A row of ``PAYMENT_TERMS``."""

    terms: str
    offer: str | None
    accelerator: str | None
    vendor: str | None
    origin: str | None
    deposit_share: float
    shipment_share: float
    acceptance_share: float
    retention_share: float
    shipment_months_before_use: int
    retention_months: int
    source: str
    note: str


@dataclass(frozen=True)
class AssetClass:
    """A row of ``ASSET_CLASSES``."""

    asset_class: str
    offer: str | None
    accelerator: str | None
    vendor: str | None
    origin: str | None
    book_life_months: int
    book_method: str
    tax_life_months: int
    tax_method: str
    residual_share: float
    at_end_of_service: str
    source: str
    note: str


@dataclass(frozen=True)
class SpotRate:
    """A row of ``SPOT_RATES``."""

    spot: str
    currency: str
    from_month: str | None
    rate: float
    source: str


@dataclass(frozen=True)
class OpeningAsset:
    """A row of ``OPENING_ASSETS``."""

    asset: str
    accelerator: str
    site: str
    vendor: str
    origin: str
    cards: int
    cost: float
    put_into_use: str
    asset_class: str
    disposed: str | None
    note: str


@dataclass(frozen=True)
class Finance:
    """Finance settings: the head and every section, in the order of the file.

    ``file`` is where they came from, for messages: the user's path, or the word for the defaults.
    """

    file: str
    head: FinanceHead
    line_types: tuple[LineType, ...]
    accounts: tuple[Account, ...]
    cost_centres: tuple[CostCentre, ...]
    payment_terms: tuple[PaymentTerms, ...]
    asset_classes: tuple[AssetClass, ...]
    spot_rates: tuple[SpotRate, ...]
    opening_assets: tuple[OpeningAsset, ...]
