# Every target does its own set-up: the virtual environment is made on first use and renewed when its inputs change.
# ARGS adds words to a target's command: make run ARGS="--port 0", make test ARGS="tests/state -k segment".

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ARGS ?=
PYTHON ?=

# Tests start some hundred processes of ours: without bytecode each of them would compile all anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test browser coverage lint bench bench-peers bench-balance bench-readme soak mutants audit clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(INSTALLED): pyproject.toml constraints.txt scripts/bootstrap.sh
	@PYTHON="$(PYTHON)" sh scripts/bootstrap.sh $(VENV)
	@touch $@

run: $(INSTALLED) ## serve the demo environment and print its URL and key
	@exec $(BIN)/refiner-mock serve --seed demo $(ARGS)

# All tests are two runs, and the one that fails comes last: so the last line is always the one that tells.
test: $(INSTALLED) $(if $(ARGS),,browser) ## run the tests, those of the page in a browser first
	@$(BIN)/pytest --numprocesses auto --dist worksteal $(ARGS)

browser: $(INSTALLED) ## run the tests of the page in Chromium
	@$(BIN)/pytest --numprocesses 2 tests/browser $(ARGS)

coverage: $(INSTALLED) ## run the tests and hold state, wire and contract to 95 % of their branches
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --numprocesses auto $(ARGS)
	@$(BIN)/coverage combine --quiet
	@for room in state wire contract; do \
		$(BIN)/coverage report --include="mock_server/$$room/*" --fail-under 95 || failed=1; \
	done; exit $${failed:-0}

lint: $(INSTALLED) ## check style, format, types and floors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(INSTALLED) ## measure us beside bare references and print every budget (about five minutes)
	@$(BIN)/python -m bench $(ARGS)

bench-peers: $(INSTALLED) ## race other mock servers, installed below .bench from PyPI and npm (minutes)
	@$(BIN)/python -m bench.peers $(ARGS)

bench-balance: $(INSTALLED) ## measure one server, and two behind nginx
	@$(BIN)/python -m bench.balance $(ARGS)

bench-readme: $(INSTALLED) ## write what these measured last into the README
	@$(BIN)/python -m bench.readme

soak: $(INSTALLED) ## run the tests with many more generated examples, and those that take minutes
	@HYPOTHESIS_PROFILE=nightly $(BIN)/pytest --numprocesses auto --timeout 7200 -m "soak or not soak" $(ARGS)

mutants: $(INSTALLED) ## break state, wire and contract in places and print how many the tests notice
	@$(BIN)/python scripts/mutants.py $(ARGS)

# Strict, or what the database does not know would pass as safe.
audit: $(INSTALLED) ## look the pinned dependencies up among the known vulnerabilities (needs the network)
	@test -x .audit/bin/pip-audit || { $(BIN)/python -m venv .audit && .audit/bin/pip install --quiet pip-audit; }
	@.audit/bin/pip-audit --strict --requirement constraints.txt --no-deps --disable-pip $(ARGS) || \
		{ echo "make audit: if no vulnerable version is listed above, the database was not reached"; exit 1; }

clean: ## remove everything that these targets made
	rm -rf $(VENV) .audit .bench .hypothesis .coverage .coverage.* htmlcov dist build
	rm -rf .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find bench mock_server tests -name __pycache__ -type d -prune -exec rm -rf {} +
