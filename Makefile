PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Twice as many as processors, because many tests wait for a server or a lease; one at a time, the long ones first.
PARALLEL := --numprocesses $(shell expr $$(nproc) \* 2) --maxprocesses 8 --dist load --maxschedchunk 1

# Modules that were compiled once need not be compiled by each of the hundred processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint check changelog faults setup screenshots clean

demo: $(VENV)/ready
	$(BIN)/poruchik demo

test: $(VENV)/ready
	$(BIN)/pytest $(PARALLEL)

# What needs no test to run: style, types, who imports whom, the policies with their cases.
lint: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy benchmarks
	$(BIN)/lint-imports --no-logo
	$(BIN)/yamllint --strict .
	$(BIN)/towncrier build --draft --version next >/dev/null
	$(BIN)/poruchik rules check
	$(BIN)/poruchik rules test

check: lint test

# What is new, from the files of changes/ together.
changelog: $(VENV)/ready
	$(BIN)/towncrier build --draft --version next

# The test that kills workers, ten times as long, on both databases.
faults: $(VENV)/ready
	PORUCHIK_KILLS=200 $(BIN)/pytest --numprocesses 2 tests/acceptance/faults/test_killed.py -k random

setup: $(VENV)/ready

screenshots: $(VENV)/ready
	$(BIN)/python docs/screenshots.py

$(VENV)/ready: setup.py pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info plugin/*.egg-info
