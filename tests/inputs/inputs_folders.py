"""Two valid case folders that between them use every table, and what a fault looks like in each kind of cell."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from planner.inputs.declarations import CASE_TABLES, SETTINGS
from planner.tables import Table

TABLES: dict[str, Table] = {table.name: table for table in (SETTINGS, *CASE_TABLES)}
MONTHS = ("2027-01", "2027-02", "2027-03")
QUARTERS = ("2027Q1", "2027Q2")

# Lengths of both profiles: mean input 0.5 * 100 + 0.5 * 300 = 200, mean output 0.5 * 50 + 0.5 * 150 = 100, so 2 : 1.
PROFILE = """profile,in_lo,in_hi,out_lo,out_hi,share,mean_in,mean_out,mean_cached_in,source
short,0,256,0,64,0.5,100,50,10,assumed
short,256,512,64,256,0.5,300,150,0,assumed
"""
SHAPE = "shape,hour_of_week,weight,window_peak\n" + "".join(
    f"day,{hour},{0.5 if hour % 24 < 12 else 1.5},1.1\n" for hour in range(168)
)
OWN_CARD = """accelerators:
  mycard:
    name: My card
    vendor: Mine
    origin: domestic
    native_precisions: [bf16, fp8]
    figures:
      memory_gib: 64
      memory_bandwidth_gb_per_s: {value: 1600, unit: GB/s, grade: vendor_stated, source: sheet, date: '2026-01'}
      bf16_tflops: 300
      tdp_w: 400
      cards_per_server: 8
"""
OWN_LLM = """llms:
  myllm:
    native_precision: bf16
    context_tokens: 32768
    architecture:
      layers: 4
      hidden_width: 64
      vocabulary_tokens: 1000
      attention: gqa
      heads: 4
      kv_heads: 2
      head_width: 16
      dense_layers: 4
      dense_ffn_width: 128
"""

MONTHLY = {
    "case.yaml": "name: monthly\ncurrency: CNY\nstart: 2027-01\nperiods: 3\nseed: 7\ngap: 0.01\n",
    "sites.yaml": """sites:
  east:
    power_kw: 800
    racks: 20
    rack_kw: 40
    pue: 1.3
    tariff_per_kwh: 0.7
    hosting_per_kw_month: 500
    spare_servers: 1
    source: assumed
  west:
    power_kw: 1e3
    spare_share: 0.1
""",
    "workloads.yaml": """workloads:
  talk:
    llm: qwen3-8b
    service_class: chat
    length_profile: short
    traffic_shape: day
    max_ttft_ms: 900
    retry_share: 0.01
    deferrable: false
    precisions: [bf16, fp8]
    unmet_penalty_per_mtok: 60
  work:
    llm: myllm
    max_ttft_ms: 5000
    max_tpot_ms: 80
    unmet_penalty_per_mtok: 40
""",
    "routes.csv": "region,site,network_ms\nNA,east,10\nNA,west,40\nsouth,west,30\n",
    "demand.csv": "period,region,workload,input_mtok_per_day,output_mtok_per_day,requests_per_day,"
    "mean_input_tokens,mean_output_tokens,peak_to_mean,source\n"
    + "".join(f"{month},NA,talk,{200 + at},{100 + at / 2},,,,,assumed\n" for at, month in enumerate(MONTHS))
    + "".join(f"{month},south,work,,,20000,700,200,1.5,assumed\n" for month in MONTHS),
    "length_profiles.csv": PROFILE,
    "traffic_shapes.csv": SHAPE,
    "offers.csv": "offer,accelerator,price_per_card,currency,price_change_per_year,lead_time_months,"
    "cards_per_server,min_order_servers,freight_share,duty_share,vat_share,vat_recoverable,life_months,note\n"
    'own,mycard,90000,,-0.1,1,8,1,0.01,0,0.13,true,60,"a note, with a comma"\n'
    "ascend,huawei_910c,140000,CNY,0,0,,2,0,0,0.13,false,60,\n"
    "h20,nvidia_h20_96gb,13000,USD,0,1,,1,0.02,0.05,0.13,true,48,\n",
    "prices.csv": "offer,period,price_per_card\nh20,2027-02,12500\nh20,2027-03,12000\n",
    "supply.csv": "limit,offer,accelerator,vendor,origin,from_period,to_period,max_cards\n"
    "all-h20,h20,,,,2027-01,2027-02,64\nhuawei,,,Huawei,,,,128\nforeign,,,,imported,2027-02,,32\n",
    "permits.csv": "permit,offer,from_period,to_period\nh20-open,h20,2027-01,2027-02\n",
    "fleet.csv": "batch,accelerator,site,cards,retires,maintenance_per_card_month\n"
    "old,huawei_910c,east,16,2027-03,100\nolder,mycard,west,8,,\n",
    "fx.csv": "currency,period,rate\nUSD,*,7.1\nUSD,2027-02,7.2\n",
    "slices.csv": "slice,days,from_hour,to_hour\nday,all,8,24\nnight,all,0,8\n",
    "regions.csv": "region,utc_offset_hours\nNA,-5\nsouth,8\n",
    "tariffs.csv": "site,period,origin,slice,tariff_per_kwh\nwest,*,domestic,night,0.2\nwest,2027-02,*,*,0.3\n",
    "scenarios.csv": "scenario,probability\nbase,0.75\nban,0.25\n",
    "scenario_effects.csv": "effect,scenarios,from_period,what,workload,region,limit,origin,factor,months\n"
    "ban,ban,2027-02,permit,,,,imported,0,\nboom,base ban,2027-03,demand,talk,NA,,,1.2,\n"
    "quota,ban,2027-02,supply,,,huawei,,0.5,\nlate,ban,2027-03,lead_time,,,,domestic,,1\n",
    "porting.csv": "port,accelerator,vendor,origin,llm,cost,months,person_months\n"
    "cann,,Huawei,,*,200000,1,3\n",
    "maturity.csv": "maturity,accelerator,vendor,origin,llm,from_period,to_period,factor\n"
    "better,mycard,,,myllm,2027-02,,1.1\n",
    "minimum_fleet.csv": "rule,accelerator,vendor,origin,min_cards\nworth-it,,Huawei,,16\n",
    "measures.csv": "measure,workload,saves_share,max_share,start_cost,cost_per_month,ramp_months,from_period\n"
    "cache,talk,0.1,0.5,10000,100,2,2027-02\n",
    "failures.csv": "failure,site,kept_share\neast-lost,east,0.2\n",
    "rentals.csv": "rental,accelerator,site,price_per_card_month,term_months\nrent-own,mycard,west,9000,2\n",
    "token_offers.csv": "offer,llm,input_price_per_mtok,output_price_per_mtok,origin\napi,myllm,2,8,domestic\n",
    "packages.csv": "package,token_offer,price,mtok,valid_months\npack,api,3000,1000,2\n",
    "token_factors.csv": "offer,slice,factor\napi,night,0.5\n",
    "budgets.csv": "budget,kind,from_period,to_period,amount\nyear,capex,2027-01,2027-03,1e8\nrun,opex,,,5e7\n",
    "domestic_share.csv": "policy,measure,from_period,to_period,min_share\nhalf,cards,2027-02,,0.5\n",
    "vendor_share.csv": "policy,vendor,measure,max_share\nnone-alone,*,compute,0.9\nhw,Huawei,spend,0.8\n",
    "residency.csv": "workload,region,site\ntalk,NA,east\n*,south,west\n",
    "calibration.csv": "parameter,level,subject,log_effect,points,measured\n"
    "slowness,configuration,myllm/huawei_910c/int8,0.25,3,2026-10-01\n",
    "selections.csv": "selection,rule,offer,accelerator,vendor,origin,site,workload,min_cards\n"
    "no-h20-west,exclude,h20,,,,west,,\nsome-own,include,own,,,,,,8\nno-talk,exclude,,mycard,,,east,talk,\n",
    "accelerators.yaml": OWN_CARD,
    "llms.yaml": OWN_LLM,
}

QUARTERLY = {
    "case.yaml": "name: quarterly\ncurrency: USD\nstart: 2027Q1\nperiods: 2\nperiod_months: 3\n",
    "sites.csv": "site,power_kw,pue,tariff_per_kwh\none,500,1.2,0.1\n",
    "workloads.yaml": "w:\n  llm: qwen3-8b\n  service_class: agent\n  length_profile: short\n"
    "  unmet_penalty_per_mtok: 10\n",
    "routes.csv": "region,site\nhome,one\n",
    "demand.csv": "period,region,workload,sessions_per_day,steps_per_session\n"
    "2027Q1,home,w,1000,12\n2027Q2,home,w,1200,12\n",
    "length_profiles.csv": PROFILE,
    "offers.csv": "offer,accelerator,price_per_card,lead_time_months\nx,paper,12000,3\n",
    "fleet.csv": "batch,accelerator,site,cards,retires\nb,paper,one,8,2027Q2\n",
    "serving.csv": "workload,bucket,accelerator,layout,cards_per_replica,requests_per_s\n"
    "w,in256-out64,paper,two,2,3.5\nw,in512-out256,paper,two,2,1.5\n",
    "accelerators.yaml": "accelerators:\n  paper: {vendor: P, origin: imported, figures: {tdp_w: 0,"
    " cards_per_server: 8}}\n",
}
FOLDERS = {"monthly": MONTHLY, "quarterly": QUARTERLY}


def write(folder: Path, texts: dict[str, str]) -> Path:
    """Write the files of a case."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode("utf-8"))
    return folder


def rows_of(text: str) -> list[list[str]]:
    """Cells of a CSV text."""
    return list(csv.reader(io.StringIO(text)))


def csv_text(rows: list[list[str]]) -> str:
    """CSV text of cells."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
