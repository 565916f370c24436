"""Sets, decisions, rows, cost terms and the solver: the only room that knows OR-Tools."""
