# Two commands: `make up` runs the twin, `make test` runs every test. Needs python3 (3.11 or later), git and make.
PYTHON ?= python3
VENV := .venv/bin
ARGS ?=
NEW_ENOUGH = sys.version_info >= (3, 11) or sys.exit("dtbase: this needs Python 3.11 or later: name one with `make PYTHON=...`")
BOOTSTRAP = @exec $(PYTHON) -c 'import runpy, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); $(NEW_ENOUGH); runpy.run_module("dtbase.local.bootstrap", run_name="__main__")'
# A process for each core takes file after file: those that take longest, with browsers, come first.
PARALLEL = -n logical --dist loadfile --no-loadscope-reorder
COMPILE = $(VENV)/uv pip compile --quiet --system-certs --universal --no-header --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11

# Compiled modules are kept in .venv: else every process that starts would compile them all anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help up dev down clean test drill test-fast check format lock fuzz lint-api bench bench-ui bench-forecast install install-dev

help: ## Say what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

up: ## Run the twin in the foreground: API, dashboard, workers, database
	$(BOOTSTRAP) base dtbase.cli up $(ARGS)

dev: ## Run the twin; API and dashboard start anew when their code changes
	$(BOOTSTRAP) dev dtbase.cli up --reload $(ARGS)

down: ## Stop a twin that was left running
	$(BOOTSTRAP) - dtbase.cli down $(ARGS)

clean: ## Remove the twin's data, after asking
	$(BOOTSTRAP) - dtbase.cli clean $(ARGS)

install-dev: ## Install what tests and checks need
	$(BOOTSTRAP) dev

test: install-dev ## Run every test: unit, integration, browser
	@$(VENV)/python -m dtbase.local.prepare
	@OPENBLAS_NUM_THREADS=1 exec $(VENV)/python -m pytest $(PARALLEL) $(ARGS)

drill: install-dev ## Run what takes minutes: 200 runs of services through every outage
	@$(VENV)/python -m dtbase.local.prepare
	@OPENBLAS_NUM_THREADS=1 exec $(VENV)/python -m pytest -m drill $(ARGS)

test-fast: install-dev ## Run the unit tests, which need no server
	@OPENBLAS_NUM_THREADS=1 exec $(VENV)/python -m pytest -p no:playwright $(PARALLEL) tests/unit $(ARGS)

compose-test: install-dev ## Build the image, bring Compose up, and try all that people do with it
	@exec $(VENV)/python -m pytest -s -p no:cacheprovider -p no:playwright tests/compose/test_compose.py $(ARGS)

check: install-dev ## Check style, types and the layers
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/python -m mypy
	@$(VENV)/lint-imports
	@PATH="$(CURDIR)/$(VENV):$$PATH" sh infra/docker/lint.sh

format: install-dev ## Format the code and repair what ruff can
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .

fuzz: install-dev ## Ask the API everything that its document allows, for ten minutes
	@$(VENV)/python -m dtbase.local.prepare
	@DTBASE_TEST_FUZZ_SECONDS=600 DTBASE_TEST_FUZZ_CASES=100 DTBASE_TEST_FUZZ_LEAST=2000 DTBASE_TEST_FUZZ_SEED=none \
	  exec $(VENV)/python -m pytest -s tests/integration/api/test_fuzz.py $(ARGS)

lint-api: install-dev ## Lint the OpenAPI document; needs npx, and the network once
	@DTBASE_DATABASE_URL=postgresql://nowhere/ DTBASE_REDIS_URL=redis://nowhere/ \
	  DTBASE_SECRET_KEY=nobody-signs-anything-while-linting $(VENV)/python -c \
	  'import json; from api.app import create_app; print(json.dumps(create_app().openapi()))' \
	  > .dtbase/openapi.json
	@npx --yes @redocly/cli@2.77.0 lint .dtbase/openapi.json

bench: install-dev ## Measure
	@exec $(VENV)/python -m bench $(ARGS)

bench-ui: install-dev ## Measure the dashboard in Chromium; about ten minutes
	@exec $(VENV)/python -m bench.ui $(ARGS)

bench-forecast: install-dev ## Measure forecasts: accuracy, coverage and cost; about ten minutes
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 exec $(VENV)/python -m bench.forecasts $(ARGS)

lock: install-dev ## Lock the newest versions that pyproject.toml allows
	$(COMPILE) --upgrade pyproject.toml -o requirements/base.txt
	$(COMPILE) --upgrade pyproject.toml --extra dev --extra infra -c requirements/base.txt -o requirements/dev.txt
	$(COMPILE) --upgrade pyproject.toml --extra infra -c requirements/base.txt -o requirements/infra.txt
	$(COMPILE) --upgrade requirements/edge.in -c requirements/base.txt -o requirements/edge.txt
	$(COMPILE) --upgrade requirements/bootstrap.in -c requirements/dev.txt -o requirements/bootstrap.txt
