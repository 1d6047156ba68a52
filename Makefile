# The environment is .venv. `make` without a target lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
LOCKS := $(wildcard requirements/*.txt)
export LOCAL_DIR ?= $(CURDIR)/.local
export SAMPLE ?= 1
# Makes uv use the system's certificates.
export UV_SYSTEM_CERTS := 1
PASS_OPTIONS = $(if $(AS_OF),--as-of $(AS_OF))

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/installed: $(LOCKS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Python 3.11 or newer is required. Install it, or set PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv module is missing. Install it (Debian: apt install python3-venv)." >&2; exit 1; }
	@echo "Environment: .venv ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/uv pip sync --quiet --require-hashes $(LOCKS)
	@touch $@

.PHONY: run
run: .venv/installed ## run the whole system in the foreground until Ctrl-C (SAMPLE=0: without sample data; API_PORT=8000)
	@$(BIN)/python -m infra.local run

.PHONY: up
up: .venv/installed ## run it in the background; returns when it is ready
	@$(BIN)/python -m infra.local up

.PHONY: down
down: .venv/installed ## stop what `up` started
	@$(BIN)/python -m infra.local down

.PHONY: reset
reset: .venv/installed ## stop, and delete the local state
	@$(BIN)/python -m infra.local reset

.PHONY: pipeline
pipeline: .venv/installed ## run one pipeline pass on the running system (AS_OF=2026-11-22T12:00:00.000Z) or on a deployed STAGE
ifdef STAGE
	@$(BIN)/python -m infra.deployment pass $(STAGE)
else
	@$(BIN)/python -m infra.local check
	@. $(LOCAL_DIR)/env && $(BIN)/python manage.py runpipeline $(PASS_OPTIONS)
endif

.PHONY: unit
unit: .venv/installed ## the unit tests: no Spark, no servers; under a minute
	@$(BIN)/python -m tests unit

.PHONY: integration
integration: .venv/installed ## the tests with moto, Spark, dbt, or one engine
	@$(BIN)/python -m tests integration

.PHONY: system
system: .venv/installed ## the tests of a running stack, of a deployment, and in a browser
	@$(BIN)/python -m tests system

.PHONY: test
test: .venv/installed ## run 20 seeds of `make faults`, then every test in TEST_JOBS (2) processes; 25 minutes on two processors
	@$(BIN)/python -m tests --seeds $(or $(SEEDS),20)

.PHONY: fuzz
fuzz: .venv/installed ## send 20,000 generated requests with 5 seeds to the running system
	@$(BIN)/python -m infra.local check
	@. $(LOCAL_DIR)/env && $(BIN)/python -m tests.fuzz

.PHONY: faults
faults: .venv/installed ## simulate the whole path with faults (SEEDS=200 START=0 JOBS=all processors)
	@$(BIN)/python -m tests.faults $(if $(SEEDS),--seeds $(SEEDS)) $(if $(START),--start $(START)) $(if $(JOBS),--jobs $(JOBS))

.PHONY: engines
engines: .venv/installed ## run the API's tests on DynamoDB Local (ENDPOINT=URL: on that), and dbt's statements on Trino
	@$(BIN)/python -m tests.engines $(if $(ENDPOINT),--endpoint $(ENDPOINT))

.PHONY: bench
bench: .venv/installed ## measure, and write docs/quality/benchmarks.md (ONLY=cdc: only that part, without writing)
	@$(BIN)/python -m benchmarks $(ONLY)

COST_OPTIONS = $(if $(USERS),--users $(USERS)) $(if $(TASKS),--tasks $(TASKS)) $(if $(WRITES),--writes $(WRITES))

.PHONY: cost
cost: .venv/installed ## print a month's bill and write docs/quality/cost.md (USERS=500 TASKS=100 WRITES=10: only print that load's)
	@$(BIN)/python -m benchmarks.cost $(COST_OPTIONS)

.PHONY: openapi
openapi: .venv/installed ## regenerate the OpenAPI document; `make test` fails while it is outdated
	@. $(LOCAL_DIR)/env && $(BIN)/python manage.py openapi

.PHONY: release
release: .venv/installed ## date the changelog's unreleased section, set the version, commit and tag (VERSION=1.2.3)
	@$(BIN)/python -m infra.release $(if $(filter command,$(origin VERSION)),$(VERSION))

.PHONY: picture
picture: .venv/installed ## take README's pictures of the dashboard again, into docs/; needs Chromium
	@$(BIN)/python -m tests.browser.picture

.PHONY: check
check: .venv/installed format lint types test ## run all of CI's checks

.PHONY: scan
scan: .venv/installed ## run cdk-nag, checkov, cfn-lint and bandit on every stage
	@$(BIN)/python -m infra.scanners

.PHONY: format
format: .venv/installed ## fail on unformatted code
	@$(BIN)/ruff format --check .

.PHONY: lint
lint: .venv/installed ## run ruff
	@$(BIN)/ruff check .

.PHONY: types
types: .venv/installed ## run mypy in strict mode
	@$(BIN)/mypy .

.PHONY: synth
synth: .venv/installed ## write the CloudFormation templates of STAGE (local) to cdk.out/
	@$(BIN)/python -m infra.app $(or $(STAGE),local) cdk.out

.PHONY: deploy
deploy: .venv/installed ## deploy STAGE (local, dev, production) or its changes, and run a smoke test
	@$(BIN)/python -m infra.deployment deploy $(or $(STAGE),local)

.PHONY: destroy
destroy: .venv/installed ## delete STAGE, except for what it retains
	@$(BIN)/python -m infra.deployment destroy $(or $(STAGE),local)

.PHONY: zappa
zappa: .venv/installed ## run a Zappa command on STAGE: make zappa STAGE=dev RUN="tail --since 1h"
	@$(BIN)/python -m infra.deployment zappa $(or $(STAGE),local) $(RUN)

.PHONY: manage
manage: .venv/installed ## run a manage.py command on STAGE from this machine: make manage STAGE=dev RUN="redrive"
	@$(BIN)/python -m infra.deployment manage $(or $(STAGE),local) $(RUN)

PROBE_OPTIONS = $(if $(NUM_USERS),--num-users $(NUM_USERS)) $(if $(TASKS_PER_USER),--tasks-per-user $(TASKS_PER_USER)) \
  $(if $(UPDATES_PER_TASK),--updates-per-task $(UPDATES_PER_TASK))

.PHONY: test-api
test-api: .venv/installed ## test the deployed STAGE's API (NUM_USERS, TASKS_PER_USER)
	@$(BIN)/python -m infra.deployment test-api $(or $(STAGE),local) $(PROBE_OPTIONS)

.PHONY: test-etl
test-etl: .venv/installed ## test the deployed STAGE's pipeline and insights (also UPDATES_PER_TASK)
	@$(BIN)/python -m infra.deployment test-etl $(or $(STAGE),local) $(PROBE_OPTIONS)

.PHONY: sbom
sbom: .venv/installed ## write the two zips' components (CycloneDX) and licences to .local/sbom/
	@$(BIN)/python -m infra.bill_of_materials $(LOCAL_DIR)/sbom

.PHONY: locks
locks: .venv/installed ## compile requirements/*.in, keeping locked versions (UPGRADE=1: the newest versions that fit)
	@mkdir -p .local && cat requirements/*.in | grep -v '^-r' > .local/all.in
	@rm -f .local/constraints.txt; test -n "$(UPGRADE)" \
	  || grep -hE '^[a-z0-9].*==' $(LOCKS) | sed 's/ *\\$$//; s/ ;.*//' | sort -u > .local/constraints.txt
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --no-header --no-annotate --no-emit-index-url .local/all.in -o .local/constraints.txt
	@for lock in bootstrap api deploy cdc analytics glue infra bench dev; do \
	  $(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	    -c .local/constraints.txt requirements/$$lock.in -o requirements/$$lock.txt; done
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  $(if $(UPGRADE),--upgrade) infra/scanners/checkov.in -o infra/scanners/checkov.txt
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  tests/engines/java.in -o tests/engines/java.txt
