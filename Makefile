# `make up` starts everything, `make test` proves it; both make `.venv` first. Needs Python 3.11 or newer and make.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SUITES := unit properties contracts fuzz upgrade ports integration end_to_end copies house chaos

.PHONY: help setup up test check format generate bench growth soak $(SUITES)

help:
	@echo "make setup | up | test | check | format | bench | growth | soak | one suite of: $(SUITES)"

setup: $(INSTALLED)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is %d.%d: install it, or say make PYTHON=/path/to/python3" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

up: setup
	$(BIN)/jiejing up --demo

test: setup
	$(BIN)/python tests/run_suites.py $(SUITES)

$(SUITES): setup
	$(BIN)/python tests/run_suites.py $@

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m services.contracts.schema --check
	$(BIN)/python -m services.contracts.catalogue --check
	$(BIN)/python -m services.law.document --check
	$(BIN)/python -m services.station.demo.document --check
	$(BIN)/python -m pytest -q tests/house

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup
	$(BIN)/jiejing bench

growth: setup
	$(BIN)/jiejing bench --draw docs/growth

soak: setup
	$(BIN)/python tests/run_suites.py --soak properties contracts fuzz upgrade bench mutation chaos
