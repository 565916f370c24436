"""Finance settings: what a budget needs and neither a case nor a run holds. One YAML file, given as ``--finance``."""

from __future__ import annotations

from planner.inputs.declarations.common import ACCELERATOR, NOTE, OFFER_SELECTORS, SITE, SOURCE
from planner.tables import Column, Table

METHODS = ("straight_line", "double_declining", "sum_of_years")

FINANCE = Table(
    "finance",
    "who budgets, in which fiscal calendar and currency",
    ("legal_entity",),
    (
        Column("schema", "whole", "version of this file format", low=1, high=1, default=1),
        Column("legal_entity", "id", "company that buys", default="entity"),
        Column("version", "id", "version of the budget", default="draft"),
        Column("scenario", "id", "name of the scenario in the budget", default="plan"),
        Column("project", "id", "project all lines belong to", default="accelerators"),
        Column("fiscal_start_month", "whole", "month in which the fiscal year begins, 4 is April", "month", low=1,
               high=12, default=1),
        Column("fiscal_periods", "whole", "periods of a fiscal year: 12 months, or 13 of four weeks of which the last "
               "takes the days left over", "periods", low=12, high=13, default=12),
        Column("fiscal_year_named_by", "choice", "a fiscal year has the number of the calendar year in which it "
               "starts, or ends", choices=("start", "end"), default="start"),
        Column("payment_day", "whole", "day of the month on which money moves; matters with 13 periods (assumed)",
               "day", low=1, high=28, default=15),
        Column("depreciation_starts", "choice", "first month that is charged, after the month of putting into use or "
               "that month itself; the law of the PRC says next_month", choices=("next_month", "same_month"),
               default="next_month"),
        Column("vat_recovery_months", "whole", "months until input VAT that comes back has come back (assumed)",
               "months", low=0, high=60, default=1),
        Column("display_currency", "id", "currency of every amount in the budget; blank: the case currency",
               default=None),
        Column("display_rate", "number", "display currency per unit of case currency; needed with display_currency",
               "ratio", above=0, high=1e6, default=None),
        NOTE,
    ),
    records=True,
)  # fmt: skip

LINE_TYPES = Table(
    "line_types",
    "kinds of budget lines: account, VAT, and how long after its month a line is paid",
    ("line_type",),
    (
        Column("line_type", "id", "kind of line, as listed in docs/budget.md"),
        Column("account", "id", "account in the general ledger (default: chart of the PRC's accounting standards, to "
               "be checked with your own)"),
        Column("vat_share", "share", "VAT on the net amount; of cards the offers say it instead", "share",
               default=0.0),
        Column("vat_recoverable", "flag", "the VAT comes back", default=True),
        Column("payment_delay_months", "whole", "paid this long after the month it is for (assumed)", "months", low=0,
               high=24, default=1),
        NOTE,
    ),
    records=True,
)  # fmt: skip

ACCOUNTS = Table(
    "accounts",
    "accounts that exist; when given, every account used must be here",
    ("account",),
    (Column("account", "id", "account"), Column("name", "text", "name of the account", default=""), NOTE),
    records=True,
)

COST_CENTRES = Table(
    "cost_centres",
    "cost centres and which lines they bear; the one that names most of site, card and line type wins",
    ("cost_centre",),
    (
        Column("cost_centre", "id", "cost centre"),
        Column("name", "text", "name of the cost centre", default=""),
        Column("sites", "ids", "only lines of these sites; blank: any", default=None),
        Column("accelerators", "ids", "only lines of these cards; blank: any", default=None),
        Column("line_types", "ids", "only these line types; blank: any", default=None),
        NOTE,
    ),
    records=True,
)

PAYMENT_TERMS = Table(
    "payment_terms",
    "when the price of an order is paid, shares that add up to 1; the terms that name most of the offer win",
    ("terms",),
    (
        Column("terms", "id", "name of the terms"),
        *OFFER_SELECTORS,
        Column("deposit_share", "share", "paid with the order", "share", default=0.0),
        Column("shipment_share", "share", "paid at shipment, with freight, duty and import VAT", "share", default=0.0),
        Column("acceptance_share", "share", "paid when put into use", "share", default=0.0),
        Column("retention_share", "share", "kept back until the retention ends", "share", default=0.0),
        Column("shipment_months_before_use", "whole", "shipment to putting into use, not before the order (assumed)",
               "months", low=0, high=60, default=1),
        Column("retention_months", "whole", "putting into use to the end of the retention", "months", low=0, high=120,
               default=12),
        SOURCE,
        NOTE,
    ),
    records=True,
)  # fmt: skip

ASSET_CLASSES = Table(
    "asset_classes",
    "lives, methods and residual value; the class that names most of the offer wins",
    ("asset_class",),
    (
        Column("asset_class", "id", "asset class"),
        *OFFER_SELECTORS,
        Column("book_life_months", "whole", "life in the books", "months", low=1, high=600, default=60),
        Column("book_method", "choice", "method in the books", choices=METHODS, default="straight_line"),
        Column("tax_life_months", "whole", "life for tax", "months", low=1, high=600, default=36),
        Column("tax_method", "choice", "method for tax", choices=METHODS, default="straight_line"),
        Column("residual_share", "share", "residual value over cost", "share", high=0.95, default=0.05),
        Column("at_end_of_service", "choice", "when the service life ends: write_off gives up the book value, sell "
               "gets the residual value for it, keep leaves it in the books", choices=("write_off", "sell", "keep"),
               default="write_off"),
        SOURCE,
        NOTE,
    ),
    records=True,
)  # fmt: skip

SPOT_RATES = Table(
    "spot_rates",
    "exchange rates expected on the day of payment, where they differ from the rate of the plan",
    ("spot",),
    (
        Column("spot", "id", "name of the row"),
        Column("currency", "id", "foreign currency"),
        Column("from_month", "month", "first month it holds; blank: from the start", default=None),
        Column("rate", "number", "case currency per unit of foreign currency", "ratio", above=0, high=1e6),
        SOURCE,
    ),
    records=True,
)

OPENING_ASSETS = Table(
    "opening_assets",
    "assets in the books before the plan begins; the budget goes on with their depreciation",
    ("asset",),
    (
        Column("asset", "id", "asset"),
        ACCELERATOR,
        SITE,
        Column("vendor", "text", "maker", default=""),
        Column("origin", "choice", "origin", choices=("domestic", "imported"), default="imported"),
        Column("cards", "whole", "cards", "cards", low=1, high=10**8),
        Column("cost", "number", "net cost when bought", "case currency", low=0, high=1e13),
        Column("put_into_use", "month", "month it was put into use"),
        Column("asset_class", "id", "asset class", refers="asset_classes"),
        Column("disposed", "month", "month it leaves the books; blank: after its life", default=None),
        NOTE,
    ),
    records=True,
)  # fmt: skip

# In the order in which the file shows them.
FINANCE_SECTIONS: tuple[Table, ...] = (
    LINE_TYPES, ACCOUNTS, COST_CENTRES, PAYMENT_TERMS, ASSET_CLASSES, SPOT_RATES, OPENING_ASSETS,
)  # fmt: skip
