# participa: every command a contributor needs. `make help` lists them.

PYTHON ?= python3
PYTEST_ARGS ?=
# Test workers. The browser tests and PostgreSQL are heavy: more workers than cores does not help.
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -ec
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

SOURCES := participa tests benchmarks dev migrations hatch_build.py
# Folders that exist, so that a tool is never handed a name that is not there.
PRESENT = $(wildcard $(SOURCES))
CATALOGUES := $(wildcard translations/*/LC_MESSAGES/*.po)
PROJECT := pyproject.toml hatch_build.py $(CATALOGUES)

# uv is only faster. It ignores pip's own configuration (mirrors, certificates), so when it cannot
# install, pip is asked before giving up. It never downloads a Python.
UV := $(shell command -v uv 2>/dev/null)
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PIP_INSTALL := $(BIN)/python -m pip install --quiet --quiet
UV_INSTALL := $(UV) pip install --quiet --python $(BIN)/python
LOCKED = --require-hashes -r requirements/$(1).lock
# The project itself: editable, with no dependency beyond the lock, catalogues compiled.
SELF := --no-build-isolation --no-deps --no-index --editable .
ifeq ($(UV),)
install = $(PIP_INSTALL) $(LOCKED) && $(PIP_INSTALL) $(SELF)
else
install = { $(UV_INSTALL) $(LOCKED) && $(UV_INSTALL) $(SELF); } || { $(PIP_INSTALL) $(LOCKED) && $(PIP_INSTALL) $(SELF); }
endif

.PHONY: help demo test test-quick lint types contracts translations translations-check \
	migrations-check wheel-check docs lock audit format clean reset serve bench build \
	check-python install install-test install-dev

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1m%-20s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- environment -------------------------------------------------------------------------

check-python:
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "participa needs Python 3.11 or newer, and '$(PYTHON)' was not found. Try: make PYTHON=python3.12 …" >&2; \
	  echo "participa necesita Python 3.11 o posterior, y no se encontró '$(PYTHON)'. Pruebe: make PYTHON=python3.12 …" >&2; \
	  exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "participa needs Python 3.11 or newer; '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1). Try: make PYTHON=python3.12 …" >&2; \
	  echo "participa necesita Python 3.11 o posterior; '$(PYTHON)' es $$("$(PYTHON)" -V 2>&1). Pruebe: make PYTHON=python3.12 …" >&2; \
	  exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python has no 'venv' module. On Debian and Ubuntu: apt install python3-venv" >&2; \
	  echo "Este Python no tiene el módulo 'venv'. En Debian y Ubuntu: apt install python3-venv" >&2; \
	  exit 1; }

$(BIN)/python: | check-python
	@echo "→ $(VENV)"
	@"$(PYTHON)" -m venv $(VENV)

# One stamp per lock; the venv is the same, and dev contains test contains base.
$(VENV)/.%: requirements/%.lock $(PROJECT) | $(BIN)/python
	@echo "→ requirements/$*.lock, participa"
	@$(call install,$*)
	@touch $@

install: $(VENV)/.base ## the venv with the runtime dependencies
install-test: $(VENV)/.test ## … and what the tests need
install-dev: $(VENV)/.dev ## … and linters, types, uv

# --- run ---------------------------------------------------------------------------------

demo: install ## start the embedded default with the demo city; prints address and accounts
	@$(BIN)/participa demo

serve: install ## start the server with this folder's settings
	@$(BIN)/participa serve

reset: install ## delete the demo's data and start it again from nothing
	@$(BIN)/participa demo --reset

# --- checks ------------------------------------------------------------------------------

# worksteal: one slow browser test does not leave a worker idle.
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test: install-test ## install, then every test
	@$(PYTEST) $(PYTEST_ARGS) 2>&1

test-quick: install-test ## the tests without browser, PostgreSQL and other slow ones
	@$(PYTEST) -m "not slow and not browser and not postgres" $(PYTEST_ARGS)

lint: install-dev ## ruff (rules and format), djlint (templates)
	@$(BIN)/ruff check $(PRESENT)
	@$(BIN)/ruff format --check $(PRESENT)
	@$(BIN)/djlint --lint --quiet participa

format: install-dev ## let ruff repair and format what it can
	@$(BIN)/ruff check --fix $(PRESENT) || true
	@$(BIN)/ruff format $(PRESENT)

types: install-dev ## mypy
	@$(BIN)/mypy

contracts: install-dev ## who may import whom (import-linter)
	@$(BIN)/lint-imports --no-cache --no-logo

translations-check: install-test ## are the catalogues what the source says?
	@$(BIN)/python dev/translations.py check

migrations-check: install-test ## up, compare, down, up on SQLite and PostgreSQL
	@$(BIN)/python dev/check_migrations.py

wheel-check: install ## build sdist and wheel, look inside, start from it
	@$(BIN)/python dev/check_wheel.py

# --- made from the source ----------------------------------------------------------------

translations: install ## extract the messages, bring the catalogues up to date, compile them
	@$(BIN)/python dev/translations.py update
	@$(BIN)/python hatch_build.py

docs: install ## write the pages of docs/ that are drawn from declarations
	@$(BIN)/participa docs

build: install ## sdist and wheel in dist/
	@$(BIN)/python -m hatchling build

# --- measure -----------------------------------------------------------------------------

BENCH ?=

bench: install-test ## pages under load beside a bare Flask page; needs wrk: make bench BENCH="--seconds 30"
	@$(BIN)/python -m benchmarks.proposals $(BENCH)

# --- dependencies ------------------------------------------------------------------------

# No index address, no local folder and no machine path may be recorded in a lock, and the hashes
# must be the public registry's: so no configuration and no extra index of this machine is read.
# `make lock` keeps what is pinned; `make lock UPGRADE=--upgrade` takes the newest.
COMPILE = env -u UV_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	"$${uv}" pip compile --quiet --no-config --universal --python-version 3.11 \
	--python $(BIN)/python --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" $(UPGRADE) pyproject.toml requirements/build.in

lock: | $(BIN)/python ## write requirements/*.lock from pyproject.toml
	@uv="$(UV)"; if [ -z "$$uv" ]; then \
	  [ -x $(BIN)/uv ] || $(PIP_INSTALL) uv; uv=$(BIN)/uv; fi; \
	$(COMPILE) --all-extras -o requirements/dev.lock >/dev/null; \
	$(COMPILE) -c requirements/dev.lock --extra test -o requirements/test.lock >/dev/null; \
	$(COMPILE) -c requirements/dev.lock -o requirements/base.lock >/dev/null

audit: install-dev ## known vulnerabilities in the locked versions (asks the network)
	@$(BIN)/pip-audit --require-hashes --disable-pip -r requirements/base.lock

# --- tidy --------------------------------------------------------------------------------

clean: ## remove the venv, caches and builds (never data)
	@rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
	@find participa tests dev migrations -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
	@rm -f translations/*/LC_MESSAGES/*.mo
