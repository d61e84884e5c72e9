# Two commands for a newcomer: `make demo` and `make test`. Each does all its own set-up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo
.PHONY: demo test quick format clean help

help: ## this list
	@grep -E '^[a-z]+: .*##' Makefile | sed 's/:.*##/ -/'

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "reidpipe needs Python 3.11 or newer; give one with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.installed

demo: export REIDPIPE_GALLERY := $(DEMO)/gallery
demo: $(VENV)/.installed ## ingest the sample footage, ask it two questions, write two reports
	$(BIN)/reidpipe ingest samples
	$(BIN)/reidpipe query "woman in a red coat and black trousers" --top 5 --report $(DEMO)/words.html
	$(BIN)/reidpipe query --image samples/probe_red_coat.jpg --top 5 --report $(DEMO)/picture.html
	@echo "Look at $(DEMO)/words.html and $(DEMO)/picture.html in a browser. Your own footage: $(BIN)/reidpipe ingest PATH"

test: $(VENV)/.installed-dev ## every check and every test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/mypy
	$(BIN)/lint-imports
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 4

quick: $(VENV)/.installed-dev ## the tests that take no more than a few seconds
	$(BIN)/python -m pytest -m 'not slow'

format: $(VENV)/.installed-dev ## let ruff tidy up
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean: ## remove what was made here, but not the user's gallery
	rm -rf $(VENV) $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
