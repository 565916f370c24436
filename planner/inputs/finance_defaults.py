"""Finance settings that hold unless a file says otherwise.

Accounts: main accounts of the PRC's Accounting Standards for Business Enterprises (1123 prepayments, 1601 fixed
assets, 1602 accumulated depreciation, 1604 construction in progress, 2221 taxes payable, 6401 cost of main
business, 6602 administrative expenses, 6603 financial expenses, 6115 gains on disposal), a starting point.
VAT: 13 % on goods, energy and leases of equipment, 9 % on leases of premises, 6 % on IT and cloud services (PRC).
Payment terms, delays and the split of classes are assumed. Lives: 60 months in the books, 36 for tax, the PRC's least
for electronic equipment; residual 5 %, usual in the PRC.
"""

from __future__ import annotations

Records = dict[str, dict[str, str]]

LINE_TYPE_RECORDS: Records = {
    "prepayment": {"account": "1123", "note": "paid before shipment"},
    "construction": {"account": "1604", "note": "paid from shipment until put into use"},
    "capex_asset": {"account": "1601", "note": "asset put into use, and what is paid for it from then on"},
    "freight": {"account": "1601", "note": "freight and insurance, part of the asset"},
    "customs_duty": {"account": "1601", "note": "import duty, part of the asset"},
    "vat_cost": {"account": "1601", "note": "VAT that does not come back, part of the asset"},
    "vat_recovery": {"account": "2221", "payment_delay_months": "0", "note": "input VAT that comes back"},
    "depreciation": {"account": "6401", "note": "charge of the month, book life; its other side is 1602"},
    "disposal": {"account": "6115", "payment_delay_months": "0", "note": "book value given up or sold"},
    "fx_difference": {"account": "6603", "payment_delay_months": "0", "note": "spot against budget rate"},
    "opex_support": {"account": "6401", "vat_share": "0.06", "note": "maintenance and support"},
    "opex_colo": {"account": "6401", "vat_share": "0.06", "note": "hosting; 0.09 where premises are leased"},
    "opex_power": {"account": "6401", "vat_share": "0.13", "note": "energy"},
    "opex_rent": {
        "account": "6401",
        "vat_share": "0.13",
        "note": "rented cards; 0.06 where bought as cloud service",
    },
    "opex_tokens": {"account": "6401", "vat_share": "0.06", "note": "tokens bought from an API"},
    "opex_token_packages": {
        "account": "6401",
        "vat_share": "0.06",
        "payment_delay_months": "0",
        "note": "prepaid tokens",
    },
    "opex_take_or_pay": {"account": "6401", "vat_share": "0.06", "note": "paid though not taken"},
    "opex_porting": {"account": "6602", "payment_delay_months": "0", "note": "porting of llms to a platform"},
    "opex_measures": {"account": "6602", "payment_delay_months": "0", "note": "measures that save tokens"},
    "opex_switching": {
        "account": "6602",
        "payment_delay_months": "0",
        "note": "moving work between platforms",
    },
}

DEFAULT_RECORDS: dict[str, Records] = {
    "line_types": LINE_TYPE_RECORDS,
    "accounts": {},
    "cost_centres": {"it-infrastructure": {"name": "IT infrastructure"}},
    "payment_terms": {
        "usual": {
            "deposit_share": "0.3",
            "shipment_share": "0.3",
            "acceptance_share": "0.3",
            "retention_share": "0.1",
            "source": "assumed",
        }
    },
    "asset_classes": {"servers": {"source": "assumed: 5 years in the books, 3 for tax, 5 % left"}},
    "spot_rates": {},
    "opening_assets": {},
}
