# Every target works from a fresh clone with Python 3.11+ and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
EMBEDDED := $(VENV)/.embedded
TESTING := $(VENV)/.testing

.PHONY: run dev venv test e2e soak coverage check format schema migration bench clean

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV)

$(EMBEDDED): $(BIN)/python pyproject.toml
	@echo "installing what the platform needs into $(VENV) (a minute or two, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[embedded]'
	@touch $@

$(TESTING): $(BIN)/python pyproject.toml
	@echo "installing every extra into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@ $(EMBEDDED)

## the main job, live in the terminal; ONCE=1 ends after it
run: $(EMBEDDED)
	@$(BIN)/tablecast demo $(if $(ONCE),--once,)

## the platform on its embedded default, state kept in .tablecast
dev: $(EMBEDDED)
	$(BIN)/tablecast dev

## the environment with every extra
venv: $(TESTING)

test: $(TESTING)
	$(BIN)/python -m pytest

## the main job and its faults on real pods: KUBECONFIG=… with TABLECAST_IMAGE_SERVER, _PREPROCESS,
## _FEATURES, _TRAIN and _SERVE naming images that its nodes have; else on a node of our own (root, Linux)
e2e: $(TESTING)
	TABLECAST_NODE=1 $(if $(KUBECONFIG),KUBECONFIG=$(abspath $(KUBECONFIG))) $(BIN)/python -m pytest tests/node -m node

## the long forms of what the suite plays briefly: 10,000 seeds, each failpoint twenty times (hours)
soak: $(TESTING)
	TABLECAST_SIMULATION_SEEDS=10000 TABLECAST_FAILPOINT_TIMES=20 $(BIN)/python -m pytest tests/simulation tests/failpoints

coverage: $(TESTING)
	$(BIN)/coverage run --source=src -m pytest
	$(BIN)/coverage report --skip-covered

check: $(TESTING)
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tablecast schema --check

format: $(TESTING)
	$(BIN)/ruff check --fix-only src tests bench
	$(BIN)/ruff format src tests bench

schema: $(TESTING)
	$(BIN)/tablecast schema > schema.graphql

## write the migration from the newest one to the models (starts a private MariaDB)
migration: $(TESTING)
	$(BIN)/python -m tests.database.migration "$(NAME)"

bench: $(TESTING)
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) .tablecast build src/*.egg-info
