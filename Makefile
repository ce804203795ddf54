# Everything a person or CI does to this project. `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# What analysts have who did not follow to DuckDB 2: the tests read with it what is published.
OLDER := tests/older-duckdb.lock
LAKE := .venv-lake
# What ours stands beside in the benchmarks, each in an environment of its own.
PEERS := .venv-peers
SIZES ?= 20000,100000
REPEATS ?= 3
PEER_NAMES := $(basename $(notdir $(wildcard benchmarks/peers/*.in)))
# No telemetry, no look at the outside: set-up is the only step that needs a network.
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
# uv brings certificates of its own; where the machine has some, they are the ones to trust.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS := 1
endif

.PHONY: help setup demo check docs format test unit soak bench peers lake-test clean lock

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## .venv with the locked dependencies and the `parcelhouse` command

$(STAMP): requirements.lock pyproject.toml $(OLDER)
	@echo "Setting up $(VENV) (once; about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --target $(VENV)/older-duckdb --requirements $(OLDER)
	@touch $@

demo: setup ## an account without an account: sync it, let it live, sync again, ask three questions
	@$(BIN)/parcelhouse demo

check: setup ## format, lint, types, import contracts, docs
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/mypy --no-error-summary deployments/automations.py deployments/several.py
	@PYTHONPATH=. $(BIN)/lint-imports --no-logo > .lint-imports.log 2>&1 || { cat .lint-imports.log; exit 1; }
	@rm -f .lint-imports.log
	@$(BIN)/python docs/generate.py --check

docs: setup ## write docs/reference anew from the code
	@$(BIN)/python docs/generate.py

format: setup ## write what `check` asks for
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

unit: setup ## the tests that take seconds
	@$(BIN)/python -m pytest tests/unit tests/property

test: check ## everything CI runs
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

soak: setup ## the stateful model in worlds no suite has seen; MINUTES=480 for a night
	@$(BIN)/python -m tests.model.soak $(or $(MINUTES),10)

bench: setup peers ## ours beside its peers, SIZES=20000,100000 REPEATS=3: benchmarks/RESULTS.md
	@$(BIN)/python benchmarks/compare.py --write --sizes $(SIZES) --repeats $(REPEATS)
	@$(BIN)/python benchmarks/startup.py --write
	@$(BIN)/python benchmarks/rate_limit.py --write
	@$(BIN)/python benchmarks/scale.py --write --sizes $(SIZES)
	@$(BIN)/python benchmarks/upkeep.py --write

peers: $(PEER_NAMES:%=$(PEERS)/%/.installed) ## the environments of those

# One that cannot be installed is a row that says so, not the end of the benchmark.
$(PEERS)/%/.installed: benchmarks/peers/%.lock | setup
	@echo "Setting up $(@D) (once) ..."
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@if $(BIN)/uv pip sync --quiet --python $(@D)/bin/python --require-hashes --compile-bytecode $<; \
		then touch $@; else echo "$(@D) cannot be installed" >&2; fi

lake-test: $(LAKE)/.installed ## the table store on a real Spark and a real S3 endpoint; needs Java 17
	@$(LAKE)/bin/python -m pytest -n 0 -W ignore::FutureWarning -W ignore::DeprecationWarning \
		tests/lake/same_answers.py tests/lake/object_store.py

$(LAKE)/.installed: $(STAMP) requirements-lake.lock
	@echo "Setting up $(LAKE) (once; some minutes: Spark is 450 MB) ..."
	@test -x $(LAKE)/bin/python || $(PYTHON) -m venv $(LAKE)
	@$(BIN)/uv pip sync --quiet --python $(LAKE)/bin/python --require-hashes requirements-lake.lock
	@$(BIN)/uv pip install --quiet --python $(LAKE)/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

lock: setup ## resolve the lock files anew from pyproject.toml and what the peers need
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements.lock
	@echo 'duckdb>=1.4,<1.5' | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate - -o $(OLDER)
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --group lake pyproject.toml -c requirements.lock -o requirements-lake.lock
	@for name in $(PEER_NAMES); do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
			benchmarks/peers/$$name.in -o benchmarks/peers/$$name.lock; done

clean: ## remove what was built, the demo's data included
	@rm -rf $(VENV) $(LAKE) $(PEERS) demo-data .pytest_cache .mypy_cache .ruff_cache .hypothesis
