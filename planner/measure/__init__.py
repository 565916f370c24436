"""Measures the user's own accelerator: rates and bandwidth by shape, as a profile that a case can hold."""
