# The two commands are `make run` and `make test`; `make help` lists the others.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
# A stamp says that what its lock lists is installed; a second time costs nothing.
INSTALLED := $(VENV)/.installed
TESTABLE := $(VENV)/.testable
# How many tests run at once, and which: make test JOBS=0 TESTS=tests/forms
JOBS ?= 2
TESTS ?= tests
# What `run` is given: make run ARGS="--port 9000"
ARGS ?=
LANGUAGES := he ar ru
# A machine may ask Python to keep no compiled modules; dozens of processes would then compile the same ones again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 18

# ---- running ---------------------------------------------------------------------------------------------------------

.PHONY: setup
setup: $(INSTALLED) ## Make .venv and install what running needs
	@echo "Installed in $(VENV)."

$(PY):
	@python=$$(.ci/ensure python); echo "Making $(VENV) with $$python"; "$$python" -m venv $(VENV)

$(INSTALLED): requirements.lock setup.cfg pyproject.toml | $(PY)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@# So that the first start is as quick as the second, also where Python may not write beside its sources.
	$(PY) -m compileall -q forms reports survey_app translations
	@touch $@

.PHONY: run
run: setup ## Migrate, load the demo bank if there is no data, serve on 127.0.0.1:8000
	@$(VENV)/bin/survey-app run $(ARGS)

# ---- testing ---------------------------------------------------------------------------------------------------------

.PHONY: test-setup
test-setup: $(TESTABLE) ## Install what the tests need as well: Chromium, PostgreSQL, linters
	@.ci/ensure browser $(PY) | sed 's/^/Browser: /'
	@.ci/ensure s3 | sed 's/^/S3 server for tests: /'

$(TESTABLE): requirements-test.lock $(INSTALLED)
	$(PIP) install --require-hashes -r requirements-test.lock
	@touch $@

.PHONY: test
test: test-setup lint ## Check everything and run every test
	$(PY) -m pytest -n $(JOBS) --dist worksteal $(TESTS)

.PHONY: coverage
coverage: test-setup ## Run every test in one process and say which lines none of them reached
	$(PY) -m coverage run -m pytest -n 0 $(TESTS)
	$(PY) -m coverage report

.PHONY: check
check: $(TESTABLE) lint ## Check without running the program: style, types, layers, migrations, catalogues
	$(PY) -m pytest -n 0 tests/conventions

.PHONY: lint
lint: $(TESTABLE)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	@$(PY) -m tests.conventions.sizes

.PHONY: bench
bench: $(TESTABLE) ## Measure: a survey page, a whole survey, the monthly report, and how often the method is right
	$(PY) -m tests.load
	$(PY) -m tests.load.bench_flows
	$(PY) -m tests.load.bench_first_view
	$(PY) -m tests.load.bench_history
	$(PY) -m tests.load.bench_loop
	$(PY) -m tests.load.bench_loyalty --banks 100
	$(PY) -m tests.load.bench_method --banks 50
	$(PY) -m tests.load.bench_million
	$(PY) -m tests.load.bench_posters
	$(PY) -m tests.load.bench_rotation
	$(PY) -m tests.load.outbox --messages 1000

.PHONY: soak
soak: $(TESTABLE) ## Kill the workers that send 5,000 messages, and the server that takes 200 visits of shoppers: none is lost or doubled
	$(PY) -m tests.load.outbox --kills
	$(PY) -m tests.load.field_soak

# ---- keeping ---------------------------------------------------------------------------------------------------------

.PHONY: format
format: $(TESTABLE) ## Put the code into shape
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

.PHONY: catalogues
catalogues: $(INSTALLED) ## Gather the interface's messages into translations/
	$(VENV)/bin/pybabel --quiet extract --mapping-file babel.cfg --keyword _l --keyword lazy_gettext \
		--sort-output --add-location never --output-file translations/messages.pot .
	@for language in $(LANGUAGES); do \
		echo "translations/$$language"; \
		$(VENV)/bin/pybabel --quiet update --init-missing --no-fuzzy-matching --ignore-obsolete \
			--ignore-pot-creation-date --width 110 \
			--input-file translations/messages.pot --output-dir translations --locale $$language; \
	done

.PHONY: lock
lock: $(INSTALLED) ## Choose the newest fitting versions anew and write both locks
	$(PIP) install uv
	$(LOCK) --extra build setup.cfg --output-file requirements.lock
	$(LOCK) --extra build --extra test --constraint requirements.lock setup.cfg --output-file requirements-test.lock

# One version for every Python, so that the same numbers come out everywhere; no address of a registry in the file.
LOCK := $(VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: vendor
vendor: $(TESTABLE) ## Fetch the front-end files kept in the tree by their npm lock (needs npm)
	PYTHONPATH=. $(PY) .ci/vendor.py

.PHONY: pictures
pictures: test-setup ## Take the pictures of the documents anew
	PYTHONPATH=. $(PY) -m tests.support.pictures $(PICTURES)

.PHONY: clean
clean: ## Remove what was made here, but no data
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/output
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
