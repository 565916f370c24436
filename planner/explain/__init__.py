"""Explanations of a plan: what binds, why this card and not that, which rules conflict, what else costs about as much.

Everything comes from the tables of a run: they rebuild the program, and solving it again answers the question.
"""

from __future__ import annotations
