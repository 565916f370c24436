"""Units of the program: coefficients stay within about six orders of magnitude of each other."""

from __future__ import annotations

MONEY = 1e3  # money rows and the objective are in thousands of case currency
