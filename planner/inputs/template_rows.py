"""What the template holds: two sites, two workloads, half a year, one card of each origin.

Every figure is assumed, of the size that the catalogue and its market facts show; the point is the form.
"""

from __future__ import annotations

from collections.abc import Mapping

SETTINGS: Mapping[str, str] = {"currency": "CNY", "start": "2027-01", "periods": "6"}

RECORDS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "sites": {
        "east": {
            "power_kw": "600",
            "racks": "15",
            "rack_kw": "40",
            "pue": "1.3",
            "tariff_per_kwh": "0.75",
            "hosting_per_kw_month": "500",
            "spare_servers": "1",
            "source": "assumed",
        },
        "west": {
            "power_kw": "1200",
            "racks": "30",
            "rack_kw": "40",
            "pue": "1.2",
            "tariff_per_kwh": "0.4",
            "hosting_per_kw_month": "350",
            "spare_servers": "1",
            "source": "assumed",
        },
    },
    "workloads": {
        "chat": {
            "llm": "qwen3-32b",
            "service_class": "chat",
            "unmet_penalty_per_mtok": "60",
            "source": "assumed",
        },
        "digest": {
            "llm": "qwen3-32b",
            "service_class": "batch",
            "unmet_penalty_per_mtok": "20",
            "source": "assumed",
        },
    },
}

_MONTHS = ("2027-01", "2027-02", "2027-03", "2027-04", "2027-05", "2027-06")
ROWS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "routes": (
        {"region": "coast", "site": "east", "network_ms": "10", "source": "assumed"},
        {"region": "coast", "site": "west", "network_ms": "40", "source": "assumed"},
    ),
    "demand": tuple(
        {
            "period": month,
            "region": "coast",
            "workload": workload,
            "requests_per_day": str(first + step * at),
            "source": "assumed",
        }
        for workload, first, step in (("chat", 600_000, 60_000), ("digest", 50_000, 5_000))
        for at, month in enumerate(_MONTHS)
    ),
    "offers": (
        {
            "offer": "ascend",
            "accelerator": "huawei_910c",
            "price_per_card": "140000",
            "currency": "CNY",
            "lead_time_months": "0",
            "vat_share": "0.13",
            "maintenance_share_per_year": "0.05",
            "source": "assumed",
        },
        {
            "offer": "h20",
            "accelerator": "nvidia_h20_96gb",
            "price_per_card": "13000",
            "currency": "USD",
            "lead_time_months": "2",
            "vat_share": "0.13",
            "maintenance_share_per_year": "0.05",
            "source": "assumed",
        },
    ),
    "supply": (
        {
            "limit": "h20-quota",
            "offer": "h20",
            "from_period": "2027-01",
            "to_period": "2027-06",
            "max_cards": "64",
            "source": "assumed",
        },
    ),
    "fx": ({"currency": "USD", "period": "*", "rate": "7.1", "source": "assumed"},),
    "domestic_share": (
        {
            "policy": "half-domestic",
            "measure": "cards",
            "from_period": "2027-03",
            "to_period": "",
            "min_share": "0.5",
            "source": "assumed",
        },
    ),
}
