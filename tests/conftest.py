"""Every test computes its tables itself, unless it asks for a cache of its own."""

from __future__ import annotations

import os

os.environ["CAPPLAN_CACHE_DIR"] = "off"
