# The project's commands. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --warn-undefined-variables

PYTHON ?= python3.11
PORT ?= 8000
# How many processes run the tests. What to run, as pytest says it: TESTS="ent/core -k seal".
WORKERS ?= 2
TESTS ?=
# Which locked set to install: dev (tests and linters included), or runtime on a server.
LOCK ?= dev
# `make lock UPGRADE=--upgrade` takes the newest versions that requirements/*.in allow.
UPGRADE ?=

BIN := .venv/bin
READY := .venv/ready-$(LOCK)
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE)

# What `check` gives to the production settings: no secret of anybody's.
SAMPLE := ENT_SECRET_KEY=sample-of-make-check-0123456789-abcdefghijklmnopqrstuvwxyz ENT_HOSTS=ent.example \
	ENT_MASTER_KEYS=sample:c2FtcGxlLW9mLW1ha2UtY2hlY2stMDEyMzQ1Njc4OSE= ENT_URL=https://ent.example \
	DATABASE_URL=postgresql://sample@127.0.0.1:1/sample DJANGO_SETTINGS_MODULE=config.settings.production

.PHONY: help setup run test browser peers check format bench lock vendor clean

help: ## liste les commandes · lists the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## prépare .venv · prepares .venv

$(READY): requirements/bootstrap.lock requirements/$(LOCK).lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
	$(BIN)/uv pip sync --quiet --require-hashes requirements/$(LOCK).lock
	$(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation --editable .
	rm -f .venv/ready-*
	touch $@

run: setup ## lance l’ENT de démonstration sur http://localhost:8000 (PORT=…) · serves the demonstration
	$(BIN)/ent migrate
	$(BIN)/ent demo --if-empty
	exec $(BIN)/ent serve --port $(PORT)

test: setup browser peers ## lance tous les tests (TESTS=…, WORKERS=…) · runs every test
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(TESTS)

browser:
	@tests/browser/install_chromium

peers:
	@tests/peers/install

check: setup ## vérifie style, types, couches, gabarits et réglages · runs every linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/djlint --quiet --lint templates ent
	ENT_DATABASE_POOL=0 $(BIN)/python -W ignore -m django makemigrations --check --dry-run --settings config.settings.test
	$(SAMPLE) $(BIN)/python -m django check --deploy --fail-level WARNING

format: setup ## met le code en forme · formats the code
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: setup ## mesure l’import et les pages · measures imports and pages
	for script in bench/[a-z]*.py; do $(BIN)/python $$script; done

lock: setup ## fige les dépendances (UPGRADE=--upgrade) · pins the dependencies
	for name in bootstrap runtime dev; do $(COMPILE) -o requirements/$$name.lock requirements/$$name.in; done

vendor: setup ## refait static/vendor depuis package.json · rebuilds static/vendor from package.json
	npm ci --ignore-scripts --no-audit --no-fund
	$(BIN)/python assets/build.py

clean: ## retire l’environnement et les caches, garde les données · removes all but the data
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m tests.stop_postgres
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	rm -rf var/test-postgres var/static
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
