# Two commands do all the set-up: `make demo` plans the starter case, `make test` passes the tests.
# Needed: Python 3.11 or newer, make, a package registry. uv is used when it is there.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help demo test deep check format lint types docs bench wheel clean

help: ## List the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2; exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
		uv pip install --quiet --compile-bytecode --python $(BIN)/python -e '.[dev]'; \
	else \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'; \
	fi
	@touch $@

demo: $(STAMP) ## Plan the starter case and print the plan
	@$(BIN)/capplan solve demand/starter -o runs/starter

test: $(STAMP) ## Run the tests
	@$(BIN)/python -m pytest -n auto --dist worksteal

deep: $(STAMP) ## Run the hunts that take minutes: brute force, mutants, edits of a run, explanations
	@$(BIN)/python -m pytest -n auto --dist worksteal -m deep

check: format lint types test ## Format, lint, types, tests

format: $(STAMP) ## Check the format (mend with: ruff format)
	@$(BIN)/ruff format --check .

lint: $(STAMP) ## Lint
	@$(BIN)/ruff check .

types: $(STAMP) ## Check the types of planner/, strictly
	@$(BIN)/mypy

docs: $(STAMP) ## Write the generated pages and schemas again
	@$(BIN)/python scripts/build_docs.py

bench: $(STAMP) ## Print the benchmark figures (needs the extra: pip install -e '.[bench]')
	@$(BIN)/python benchmarks/head_to_head.py
	@$(BIN)/python benchmarks/load_speed.py
	@$(BIN)/python benchmarks/serving_speed.py

wheel: $(STAMP) ## Build the wheel into dist/
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps -w dist .

clean: ## Remove the environment and everything built
	@rm -rf $(VENV) dist build runs
