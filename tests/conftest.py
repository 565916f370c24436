"""Every test computes its tables itself, unless it asks for a cache of its own, and Ctrl-C works in all of them."""

from __future__ import annotations

import os
import signal

os.environ["CAPPLAN_CACHE_DIR"] = "off"

# A shell starts background jobs with Ctrl-C ignored, and what they start inherits that; the tests of Ctrl-C send it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
