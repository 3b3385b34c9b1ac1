# Everything one does with a clone of the lab. Each target makes what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two test processes pay from two cores on; a model's own threads would fight over them.
# The browser tests come after them, alone: they share one app and would time out beside others.
WORKERS ?= 2
PYTEST := OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-gpu check bench shots browser clean

help: ## say what there is to make
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: $(VENV)/installed ## install what is missing and start the app
	$(BIN)/python app.py

test: $(VENV)/installed-test browser ## run every test but the slow ones
	$(PYTEST) -n $(WORKERS) --dist loadfile -m 'not browser and not slow and not gpu'
	$(PYTEST) tests/browser

test-slow: $(VENV)/installed-test browser ## run the tests that take minutes
	$(PYTEST) -m slow

test-gpu: $(VENV)/installed-test ## run the tests that need an NVIDIA card
	$(PYTEST) -m gpu

check: $(VENV)/installed-test ## read the code: lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/installed-test browser ## time the page and training beside what one would use instead
	$(BIN)/pretext-lab bench predict
	$(BIN)/pretext-lab bench train

shots: $(VENV)/installed-test browser ## photograph every lane, in both languages, themes and widths
	$(BIN)/python -m tests.browser.shots

# The stamps are newer than the requirements once those are installed.
$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@ $(VENV)/installed

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Pretext Lab needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=python3.12'; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The browser tests use the system's Chromium. Where none can be had they skip and say why.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null || .ci/chromium

clean: ## remove everything that was made here
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache shots
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
