"""capplan: which accelerators to order, when, for which site."""

__version__ = "0.1.0"
