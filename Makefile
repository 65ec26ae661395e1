# The front door. Needs Python 3.13, GNU make and the package registries; everything else installs itself:
# Python packages into .venv (hashes checked), Node.js from a Python package, the CDK command line into node_modules.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
CDK_INSTALLED := node_modules/.package-lock.json

# The pinned Node.js and CDK always win over the machine's own, so that every machine synthesises alike.
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
# What was compiled once is not compiled again by each of the many processes.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

# One environment of config/deployments, or all of them.
ENV ?=
ENVIRONMENTS = $(or $(ENV),$(basename $(notdir $(wildcard config/deployments/*.yaml))))
# How many tests run at a time: as many as there are cores. One more process has the end-to-end tests, which mostly wait.
WORKERS ?= 2

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- Install ---

.PHONY: install
install: $(INSTALLED) $(CDK_INSTALLED) ## Install everything the other targets need

$(BIN)/python:
	@for python in "$${PYTHON:-python3.13}" python3 python; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then \
	    echo "Creating $(VENV) with $$("$$python" --version)"; exec "$$python" -m venv --clear $(VENV); \
	  fi; \
	done; \
	echo "Python 3.13 was not found. Install it, or name it: make install PYTHON=/path/to/python3.13" >&2; exit 1

# uv comes first, itself by hash, because it installs the rest ten times faster than pip does.
$(INSTALLED): requirements.txt pyproject.toml | $(BIN)/python
	@test -x $(BIN)/uv || { \
	  awk '/^uv==/ {on = 1} on && !/^(uv==| )/ {exit} on' requirements.txt > $(VENV)/uv.txt; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.txt; }
	@uv pip sync --quiet --require-hashes requirements.txt
	@uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(CDK_INSTALLED): package-lock.json $(INSTALLED)
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# Only ever asked for by people and by CI: it is the one thing that belongs to the machine, and not to the repository.
.PHONY: browser
browser: install ## Install Chromium for the tests of the console and the report (Debian and Ubuntu; as root, or with sudo)
	@python -c 'import sys; from local.chromium import find_chromium; sys.exit(find_chromium() is None)' || { \
	  sudo=; test "$$(id -u)" = 0 || sudo='sudo -n'; \
	  $$sudo apt-get update -qq && $$sudo apt-get install -qq --yes --no-install-recommends chromium >/dev/null; \
	} || echo "Chromium cannot be installed here: the tests that need it will be skipped." >&2

# --- Check and test ---

.PHONY: style
style: $(INSTALLED) ## Check format, lint and imports
	ruff format --check
	ruff check
	lint-imports

.PHONY: types
types: $(INSTALLED) ## Check types
	mypy

.PHONY: lint
lint: style types ## Check format, lint, imports and types

.PHONY: check
check: lint ## Lint and run the unit tests, but for commands over an account in moto (half a minute, once warm)
	pytest tests/unit -q -n $(WORKERS) --hypothesis-profile quick -m "not moto"

.PHONY: pytest
pytest: install ## Run every test, also against the local AWS
	pytest -q -n $$(($(WORKERS) + 1)) --dist loadgroup --no-loadscope-reorder

.PHONY: test
test: install $(if $(CI),browser) style ## Lint and run every test, also against the local AWS (what CI runs)
	@$(MAKE) --no-print-directory --jobs 2 types pytest

.PHONY: every-fix
every-fix: install ## Use every fix on the local AWS as people do, where make test uses some
	pytest tests/e2e/test_every_fix.py --every-fix

.PHONY: soak
soak: install ## Try random schedules of what happens at the same time, until one ends badly (SCHEDULES=1000000 SEED=0)
	python -m tests.simulation soak --schedules "$${SCHEDULES:-1000000}" --seed "$${SEED:-$$RANDOM$$RANDOM}"

# --- Stacks ---

.PHONY: synth
synth: install ## Synthesise the stacks with cdk-nag: one environment (ENV=production) or all of them
	@test -n "$(ENVIRONMENTS)" || { echo "config/deployments holds no environment" >&2; exit 1; }
	@for environment in $(ENVIRONMENTS); do \
	  echo "Synthesising $$environment"; \
	  cdk synth --quiet --context env="$$environment" --output "build/cdk.out/$$environment"; \
	done

.PHONY: customer-templates
customer-templates: $(INSTALLED) ## Write the templates and the Terraform module of the customer's roles to build/customer-role
	@python -m customer_role.template build/customer-role

# --- Local AWS ---

.PHONY: up
up: install ## Start the local AWS and deploy both accounts
	@python -m local up

.PHONY: down
down: $(INSTALLED) ## Stop the local AWS and remove its state
	@python -m local down

.PHONY: demo
demo: install ## See what becomes of findings of every kind, on the local AWS
	@python -m local demo

.PHONY: screenshots
screenshots: demo ## Take the pictures of docs/console.md again, of what the demonstration leaves
	@python -m local screenshots

.PHONY: bench
bench: install ## Measure what a finding costs
	@python -m local.bench

# --- Upkeep ---

LOCK = uv pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

.PHONY: lock
lock: | $(BIN)/python ## Resolve the dependencies again (UPGRADE=1 for newer versions)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(LOCK) $(if $(UPGRADE),--upgrade) requirements.in --output-file requirements.txt
	$(LOCK) runtime/requirements.in --constraint requirements.txt --output-file runtime/requirements.txt
	$(MAKE) $(INSTALLED)
	npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --loglevel=error

.PHONY: new-fix
new-fix: $(INSTALLED) ## Write the files of a new fix (KIND=set-attributes ID=s3-bucket-… TYPE=AWS::S3::Bucket)
	@python -m local.new_fix --kind "$(KIND)" --id "$(ID)" --type "$(TYPE)"

.PHONY: docs
docs: $(INSTALLED) ## Write what is made from code: the catalog, the fixes' pages, the coverage, the tables of docs/intake.md, the schema
	@python -m infra.shipped_catalog
	@python -m tests.laws.register
	@python -m tests.laws.examples
	@python -m local.fix_pages
	@python -m local.role_page
	@python -m local.coverage_page
	@python -m local.intake_page
	@python -m local.hosting
	@python -m infra.policy_schema
	@python -m infra.event_schema

.PHONY: clean
clean: ## Remove everything that was installed or built
	@if test -x $(BIN)/python && test -e .local; then $(BIN)/python -m local down; fi
	rm -rf $(VENV) node_modules build cdk.out .local .pytest_cache .hypothesis .ruff_cache .mypy_cache .import_linter_cache
