"""What cards cost: landed price, ownership, energy, discounting. Knows nothing of the solver or of serving."""
