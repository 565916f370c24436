"""Reads serving measurements of several tools into one table, and quarantines what cannot be right."""

from planner.inputs.measurements.read import MeasurementFile, read_measurements

__all__ = ["MeasurementFile", "read_measurements"]
