"""The examples in the docstrings of the room."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import planner.serving

MODULES = sorted(module.name for module in pkgutil.iter_modules(planner.serving.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"planner.serving.{name}")).failed == 0
