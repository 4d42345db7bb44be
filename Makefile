# Everything a fresh clone needs. Targets build on .venv, which is pinned by requirements.lock.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Most tests wait for servers rather than compute: two at a time, files whole, in their order.
PARALLEL := --numprocesses 2 --dist loadfile --no-loadscope-reorder
# Real servers on a loaded machine: a failure is run again once, shown in full, and few may be.
SECOND_RUN := --reruns 1

# Extras stay named: pip would otherwise look for "coverage[toml]" beyond the pinned "coverage".
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-strip-extras

.PHONY: install demo test check fuzz fire clients bench bench-peers soak lock hooks clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml $(wildcard processors/engine/book/sides/*.pyx)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "wallwatch needs Python 3.11 or newer; call: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: install
	$(BIN)/wallwatch up --demo

test: install
	@tests/support/install-chromium.sh
	@mkdir -p .cache
	$(BIN)/pytest $(PARALLEL) --cov --cov-report= tests/unit
	$(BIN)/pytest $(PARALLEL) $(SECOND_RUN) --ignore tests/unit

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The parsers under hostile input, until Ctrl-C or for FUZZ_MINUTES.
fuzz: install
	FUZZ_MINUTES=$(FUZZ_MINUTES) $(BIN)/python -m tests.property.fuzz

# Workers killed, frozen and moved under load on real servers, FIRE_ROUNDS times with other markets.
fire: install
	FIRE_ROUNDS=$(or $(FIRE_ROUNDS),5) $(BIN)/pytest tests/integration/fire

# The environment of clients that are too heavy for the default one; their tests skip without it.
clients: install
	$(PYTHON) -m venv .cache/clients
	.cache/clients/bin/pip install --quiet --disable-pip-version-check nautilus_trader==1.221.0
	$(BIN)/pytest tests/integration/ingest/exchange/clients

bench: install
	$(BIN)/python -m tests.bench

# The same records through Quix Streams, stock Faust and the books of cryptofeed and nautilus_trader,
# in an environment of their own; what cannot be installed is skipped and says so.
bench-peers: install
	$(PYTHON) -m venv .cache/peers
	for peer in quixstreams==3.28.1 cryptofeed==2.4.1 nautilus_trader==1.221.0; do \
	  .cache/peers/bin/pip install --quiet --disable-pip-version-check $$peer || echo "SKIPPED $$peer"; done
	$(BIN)/python -m tests.bench.peers --rounds $(or $(ROUNDS),5) --write docs/peers.md

soak: install
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),60) $(if $(VENUES),--venues $(VENUES))

# Needs uv on the PATH; only for changing dependencies.
lock:
	$(COMPILE) --group dev --all-extras pyproject.toml --output-file requirements.lock
	$(COMPILE) --constraint requirements.lock --extra dashboards pyproject.toml \
	  --output-file requirements-runtime.lock
	$(COMPILE) --constraint requirements.lock --group build \
	  --output-file requirements-build.lock

hooks: install
	$(BIN)/pre-commit install

clean:
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
