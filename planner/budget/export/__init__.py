"""Writes a budget for people and for other systems; the only place of this room that opens files."""
