# « make help » lists what can be done. Nothing else is needed than python3 (3.11 or newer) and make.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# A hundred processes start while tests run: they read what the first one compiled.
unexport PYTHONDONTWRITEBYTECODE

# The first Python that is recent enough; another one: make run PYTHON=/path/to/python3
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$name >/dev/null && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$name; break; }; done)
VENV := .venv
PY := $(VENV)/bin/python
FLASK := $(PY) -m flask --app app

# ── Every day ────────────────────────────────────────────────────────────────

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: run
run: setup ## Start the site (HOST, PORT, DATA_DIR, CONFIG from the environment, or make run PORT=8080)
	@exec $(PY) app.py

.PHONY: setup
setup: $(PY) ## Make the environment with the locked dependencies; instant when nothing changed
	@$(call install,requirements.txt)
	@$(PY) scripts/translations.py compile

.PHONY: setup-dev
setup-dev: $(PY) ## The same, with what tests and checks need
	@$(call install,requirements-dev.txt)
	@$(PY) scripts/translations.py compile

# One process more than cores: those that drive a browser wait for half of their time.
.PHONY: test
test: setup-dev ## Run every test, on every core (one folder: make test ARGS=tests/scheduling)
	@$(PY) -m pytest --numprocesses=$$($(PY) -c 'import os; print((os.cpu_count() or 1) + 1)') --dist=loadgroup $(ARGS)

.PHONY: demo
demo: setup ## Start the demonstration afresh: people, bubble, agenda, messages
	@$(FLASK) seed demo

.PHONY: bench
bench: setup-dev ## Measure speed, and print one table
	@$(PY) -m bench $(ARGS)

.PHONY: acceptance
acceptance: setup-dev ## Print each promise with the tests that prove it
	@$(PY) scripts/acceptance.py

# ── Checks, quickest first ───────────────────────────────────────────────────

CHECKS := check-format check-style check-templates check-vendor check-imports check-config \
	check-translations check-permissions check-personal-data check-migrations check-types

.PHONY: check $(CHECKS)
check: $(CHECKS) ## Everything a machine can judge without running the product (make -j check: side by side)
	@echo "Everything holds."

$(CHECKS): setup-dev

check-format:
	@$(PY) -m ruff format --check --quiet . || { echo "Run: make format"; exit 1; }

check-style:
	@$(PY) -m ruff check --quiet .

check-templates:
	@$(VENV)/bin/djlint templates --lint --quiet

check-vendor:
	@$(PY) scripts/vendor.py

check-imports:
	@$(VENV)/bin/lint-imports --no-cache

check-config:
	@$(PY) -m pytest -q tests/architecture/test_config_example.py

check-translations:
	@$(PY) scripts/translations.py check

check-permissions:
	@$(in_sandbox) $(FLASK) permissions | diff docs/permissions.md - || { echo "Run: make permissions"; exit 1; }

check-personal-data:
	@$(in_sandbox) $(FLASK) personal-data | diff docs/personal-data.md - || { echo "Run: make personal-data"; exit 1; }

check-migrations:
	@$(in_sandbox) $(FLASK) db upgrade && $(FLASK) db check

check-types:
	@$(PY) -m mypy

# ── When something changed ───────────────────────────────────────────────────

.PHONY: format
format: setup-dev ## Lay out the code, and mend what can be mended by itself
	@$(PY) -m ruff check --fix --quiet . || true
	@$(PY) -m ruff format .

.PHONY: translations
translations: setup-dev ## Bring new messages into the catalogues, then compile them
	@$(PY) scripts/translations.py update
	@$(PY) scripts/translations.py compile

.PHONY: migration
migration: setup-dev ## Write a migration from the models: make migration NAME="Expand with backup codes"
	@[[ "$(NAME)" =~ ^(Expand|Contract)\  ]] \
		|| { echo 'Say which kind it is (docs/upgrading.md): make migration NAME="Expand with backup codes"'; exit 1; }
	@$(in_sandbox) $(FLASK) db upgrade && $(FLASK) db migrate -m "$(NAME)"

.PHONY: permissions
permissions: setup-dev ## Rewrite docs/permissions.md from the tables of rights
	@$(in_sandbox) $(FLASK) permissions > docs/permissions.md

.PHONY: personal-data
personal-data: setup-dev ## Rewrite docs/personal-data.md from the declarations beside the tables
	@$(in_sandbox) $(FLASK) personal-data > docs/personal-data.md

.PHONY: lock
lock: ## Resolve the dependencies again (needs uv, which nobody else does)
	@command -v uv >/dev/null || { echo "uv is needed: https://docs.astral.sh/uv/"; exit 1; }
	@$(call resolve,requirements.txt,)
	@$(call resolve,requirements-dev.txt,--group dev)
	@! grep -nE '://|--(extra-)?index-url|--find-links' requirements.txt requirements-dev.txt \
		|| { echo "A lock must name no address."; exit 1; }

.PHONY: vendor
vendor: ## Copy the libraries of others into static/vendor and tests/vendor (needs node and npm, which nobody else does)
	@npm ci --ignore-scripts --no-audit --no-fund --silent
	@node vendor.mjs
	@$(PYTHON) scripts/vendor.py --write

.PHONY: clean
clean: ## Remove the environment and every cache; the data stays
	@rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@find translations -name '*.mo' -delete

# ── How ──────────────────────────────────────────────────────────────────────

# Installs a lock unless this very lock is installed; the development lock contains the other one.
# --no-deps: a lock names everything, there is nothing left to resolve.
define install
if ! cmp -s $(1) $(VENV)/installed-$(1); then \
	echo "Installation des composants ($(1))… / Installing components…"; \
	$(PY) -m pip install -qq --disable-pip-version-check --no-input --no-deps --require-hashes -r $(1); \
	cp requirements.txt $(VENV)/installed-requirements.txt; \
	[ $(1) = requirements.txt ] || cp $(1) $(VENV)/installed-$(1); \
fi
endef

# Runs commands on an empty database of their own, whatever config.toml says.
define in_sandbox
folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
echo 'mode = "demo"' > "$$folder/config.toml"; export CONFIG="$$folder/config.toml" DATA_DIR="$$folder";
endef

define resolve
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(2) pyproject.toml -o $(1)
endef

$(PY):
	@test -n "$(PYTHON)" || { \
		echo "Il faut Python 3.11 ou plus récent (commande python3). / Python 3.11 or newer (python3) is needed."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Il manque le module venv de Python. Sous Debian ou Ubuntu : sudo apt install python3-venv"; \
		echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }
