# Two commands matter: `make demo` shows the service answering, `make test` checks everything.
# Both set up what they need. `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
OPENAPI := openapi/mayuse.json
GENERATED := service/mayuse/package_data/mayuse.tar.gz policies/mayuse/main/rules.rego \
  docs/rules $(OPENAPI)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{ printf "  %-10s %s\n", $$1, $$2 }'

.PHONY: demo
demo: $(STAMPS)/run ## set up, then ask the questions of the article and log the answers
	@$(BIN)/mayuse demo

.PHONY: test
test: $(STAMPS)/dev check policies generated ## set up all that is needed, then run every check and test
	$(BIN)/pytest -m "not long" -n auto --dist worksteal

.PHONY: check
check: lint types imports ## lint, types and the direction of imports

.PHONY: lint
lint: $(STAMPS)/dev ## ruff, and the formatting of Python and Rego
	$(BIN)/ruff check --no-cache .  # its cache overlooks files that come and go
	$(BIN)/ruff format --check .
	$(BIN)/mayuse opa run fmt --fail --list policies

.PHONY: types
types: $(STAMPS)/dev ## mypy, strict
	$(BIN)/mypy

.PHONY: imports
imports: $(STAMPS)/dev ## imports point one way
	$(BIN)/lint-imports --no-cache

.PHONY: policies
policies: $(STAMPS)/dev ## the rules' own tests, and the worked cases on both engines
	$(BIN)/mayuse policy lint
	$(BIN)/mayuse policy test

.PHONY: generated
generated: index bundle openapi docs ## make every generated file again and expect no difference
	git diff --exit-code --stat -- $(GENERATED)
	@new=$$(git ls-files --others --exclude-standard -- $(GENERATED)); \
	  [ -z "$$new" ] || { echo "made, but not committed: $$new" >&2; exit 1; }

.PHONY: fmt
fmt: $(STAMPS)/dev ## format Python and Rego
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format .
	$(BIN)/mayuse opa run fmt --write policies

.PHONY: index
index: $(STAMPS)/dev ## write the index of the rules, after one was added or removed
	$(BIN)/mayuse policy index

.PHONY: bundle
bundle: $(STAMPS)/dev ## build the policy bundle that the package ships
	$(BIN)/mayuse policy build

.PHONY: openapi
openapi: $(STAMPS)/dev ## write the OpenAPI document of the packaged bundle
	$(BIN)/python -m mayuse.api.document $(OPENAPI)

.PHONY: docs
docs: $(STAMPS)/dev ## write the pages of the rules
	$(BIN)/mayuse policy docs

.PHONY: stack
stack: $(STAMPS)/dev ## run the service, PostgreSQL and an OPA server until Ctrl-C, without docker
	$(BIN)/python tests/stack/stack.py

.PHONY: bench
bench: $(STAMPS)/dev ## single logged decisions per second, beside an OPA server
	$(BIN)/python bench/decisions.py

.PHONY: faults
faults: $(STAMPS)/dev ## kill the service and its databases under load, and count what was lost
	$(BIN)/pytest tests/faults

.PHONY: lock
lock: $(STAMPS)/build ## resolve the dependencies again (UPGRADE=--upgrade takes newer ones)
	$(LOCK) --group build --output-file requirements-build.lock
	$(LOCK) pyproject.toml -c requirements-build.lock --output-file requirements.lock
	$(LOCK) pyproject.toml --extra dev --group build -c requirements-build.lock -c requirements.lock \
	  --output-file requirements-dev.lock

# Hashes, for every platform, and no address of any registry.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-annotate --no-header $(UPGRADE)

.PHONY: clean
clean: ## remove what was made here, except the decision log in var/
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# --- setting up: a stamp per layer, so that a second run does nothing ----------------------------

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "mayuse needs Python 3.11 or newer: make PYTHON=/path/to/python" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/build: requirements-build.lock $(STAMPS)/venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-build.lock
	@touch $@

# Compiled once here: where Python is told to write no bytecode, each start would compile all anew.
# uv is quick; pip is the way round when this machine's package settings are known to pip alone.
install = $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r $(1) \
  || $(BIN)/python -m pip install --quiet --require-hashes -r $(1)
editable = $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . \
  || $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .

$(STAMPS)/run: requirements.lock pyproject.toml $(STAMPS)/build
	$(call install,requirements.lock)
	$(call editable)
	@$(BIN)/python -m compileall -q service
	@touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/run
	$(call install,requirements-dev.lock)
	$(BIN)/mayuse opa install
	@touch $@
