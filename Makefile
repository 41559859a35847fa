# What a newcomer needs: `make demo` and `make test`. Everything is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
SETTINGS := setup.cfg pyproject.toml

# Tests start some hundred processes, which are to find the modules compiled.
unexport PYTHONDONTWRITEBYTECODE

# A worker for each processor; one that has no tests left takes some of another's.
PARALLEL := --numprocesses auto --dist worksteal

# Seconds that `make fuzz` gives each target.
FUZZ_SECONDS ?= 60

.PHONY: demo test conformance coverage lint types bench bench-quick bench-compare fuzz format clean

demo: .venv/installed
	@$(BIN)/python -m devices demo

test: .venv/tests-installed
	$(BIN)/python -m pytest $(PARALLEL)

# Against a reference data set; GBCS_REFERENCE names its folder. One worker, for its counts go straight to the terminal.
conformance: .venv/tests-installed
	$(BIN)/python -m pytest tests/conformance

# Writes docs/coverage.md anew.
coverage: .venv/tests-installed
	$(BIN)/python -m tests.coverage_page

lint: .venv/lint-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/lint-installed
	$(BIN)/mypy

format: .venv/lint-installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# One table of ratios, and a plot of throughput over batch size.
bench: .venv/tests-installed
	$(BIN)/python -m pytest bench -p no:cacheprovider --benchmark-only
	$(BIN)/python -m bench.ratios --plot build/throughput.svg
	$(BIN)/python -m bench.ratios --portable

# Every bench once and small, to see that it runs: no figures to go by.
bench-quick: .venv/tests-installed
	BENCH_QUICK=1 $(BIN)/python -m pytest bench -p no:cacheprovider --benchmark-only --benchmark-max-time=0.05 --benchmark-min-rounds=1
	BENCH_QUICK=1 $(BIN)/python -m bench.ratios --plot build/throughput.svg

# The same table for main and for this tree, back to back.
bench-compare: .venv/tests-installed
	$(BIN)/python -m bench.compare main

fuzz: .venv/fuzz-installed
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; say make PYTHON=…")'
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python $(SETTINGS)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/tests-installed: .venv/bin/python $(SETTINGS)
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@ .venv/installed

.venv/lint-installed: .venv/bin/python $(SETTINGS)
	$(BIN)/python -m pip install --quiet --editable '.[test,lint]'
	@touch $@ .venv/tests-installed .venv/installed

.venv/fuzz-installed: .venv/bin/python $(SETTINGS)
	$(BIN)/python -m pip install --quiet --editable '.[test,fuzz]'
	@touch $@ .venv/tests-installed .venv/installed

clean:
	rm -rf .venv .fuzz build *.egg-info
