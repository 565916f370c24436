"""Procurement mixes side by side: each a change of the same case, solved alike, then stressed with its orders held."""
