# The commands a person types; `make` alone lists them.
PYTHON ?=
VENV ?= .venv
SCALE ?=
PORTS ?=
PAIRS ?=
CASE ?=
JOBS ?=
FIGURES ?=
GUIDES ?=
VERSIONS ?=
TESTS ?=
BIN := $(VENV)/bin
STAMP := $(VENV)/.ml-connector-installed
BENCH := build/bench/venv/.installed
DEMO := $(BIN)/python -m ml_connector_sandbox.demo $(if $(SCALE),--scale $(SCALE)) $(if $(PORTS),--ports $(PORTS)) $(if $(PAIRS),--pairs $(PAIRS)) $(ARGS)
PROVE := $(BIN)/python -m prove $(if $(PAIRS),--pairs $(PAIRS)) $(if $(CASE),--case '$(CASE)') $(if $(JOBS),--jobs $(JOBS))
HISTORIES := $(BIN)/python -m prove.histories $(if $(PAIRS),--pairs $(PAIRS)) $(if $(EXAMPLES),--examples $(EXAMPLES)) $(if $(STEPS),--steps $(STEPS)) $(if $(SEED),--seed $(SEED)) $(if $(HISTORY),--play $(HISTORY))

.DEFAULT_GOAL := help
.PHONY: help setup demo serve fresh test unit prove prove-short kill-test histories bench check e2e e2e-cluster guides versions audit audit-offline fuzz fuzz-guided clean

help: ## list the commands
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo "  options: PYTHON=python3.12  SCALE=small|default|full  PAIRS=ifs_cin7,…  PORTS=8080,8101,…  CASE=… of make prove"
	@echo "  of make histories: EXAMPLES=50 (a pair)  STEPS=12 (at most)  SEED=1  HISTORY=file (play that one)"

setup: $(STAMP) ## create .venv and install everything (once; the only step that needs a network)

$(STAMP): pyproject.toml constraints.txt .ci/create-venv
	@PYTHON="$(PYTHON)" sh .ci/create-venv "$(VENV)"
	@touch $@

demo: $(STAMP) ## simulators + a real Airflow, one run of the pair, both sides' totals; ends by itself
	@$(DEMO)

serve: $(STAMP) ## the same, and keep it up until Ctrl-C
	@$(DEMO) --serve

fresh: $(STAMP) ## the demo from an empty state
	@$(DEMO) --fresh

unit: $(STAMP) ## tests of single modules, under a minute
	$(BIN)/pytest tests/unit tests/repo -n auto

test: $(STAMP) ## all tests, with the short proof and a short end-to-end run on a real Airflow
	$(BIN)/pytest tests -m "not e2e and not bench" --ignore=tests/e2e -n auto
	$(PROVE) --short
	$(BIN)/pytest tests/e2e -m e2e_short

prove: $(STAMP) ## every fault at every boundary of every pair; hours, see docs/proof.md
	$(PROVE)

prove-short: $(STAMP) ## each fault at each sort of boundary once a pair; minutes
	$(PROVE) --short

histories: $(STAMP) ## random histories of every pair; minutes to hours, see docs/proof.md
	$(HISTORIES)

kill-test: $(STAMP) ## a real cluster whose processes are killed in twenty runs, see docs/proof.md
	$(BIN)/python -m prove.kill $(if $(ROUNDS),--rounds $(ROUNDS))

bench: $(STAMP) $(BENCH) ## what is measured: speed, calls, memory, allowance, pages; FIGURES=… for some
	$(BIN)/python -m bench $(FIGURES)

$(BENCH): pyproject.toml
	$(BIN)/python -m venv build/bench/venv
	build/bench/venv/bin/python -m pip install --disable-pip-version-check --upgrade "pip>=25.1,<27"
	build/bench/venv/bin/python -m pip install --disable-pip-version-check --group bench
	@touch $@

check: $(STAMP) ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

e2e: $(STAMP) ## every end-to-end test: a real Airflow on SQLite, its REST API, a browser
	$(BIN)/pytest tests/e2e

e2e-cluster: $(STAMP) ## the same on PostgreSQL, Redis and two Celery workers, one of which is killed
	$(BIN)/pytest tests/e2e --cluster

guides: $(STAMP) ## each deployment guide of docs/guides.md, typed into a new Airflow; GUIDES="wheel git" for some
	$(BIN)/pytest tests/guides $(if $(GUIDES),-k "$(subst $() $(), or ,$(GUIDES))")

versions: ## the tests under every Python and Airflow that is supported; VERSIONS="3.12 3.13/3.2" for some, TESTS=… for some
	@VERSIONS="$(VERSIONS)" TESTS="$(TESTS)" sh .ci/versions

audit: ## every pinned dependency against the published vulnerabilities; needs a network, fails without
	@PYTHON="$(PYTHON)" sh .ci/audit

audit-offline: $(STAMP) ## the same against a snapshot of them that a package carries; part of CI, see docs/security.md
	$(BIN)/python .ci/audit_offline.py

fuzz: $(STAMP) ## bad input for every parser; EXAMPLES=… of each, see docs/security.md
	FUZZ_EXAMPLES=$(or $(EXAMPLES),1000) $(BIN)/pytest tests/fuzz tests/contract/test_fuzz.py -n 2 -q

fuzz-guided: $(STAMP) ## the same, guided by what the input reaches in the code (atheris, Python 3.11 on); SECONDS=… for each parser
	$(BIN)/python -m pip install -q --disable-pip-version-check --group fuzz
	$(BIN)/python tests/fuzz/guided.py --seconds $(or $(SECONDS),60)

clean: ## remove build/ and the virtual environment
	rm -rf build $(VENV)
