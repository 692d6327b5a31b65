# make demo          set up, build demo.db, answer a few searches, serve it (SERVE=0 stops before)
# make test          set up, then lint, types and all tests
# make test-fast     the same without the slow tests
# make test-browser  the page in Chromium
# make frontend      types, tests and build of the page; needs Node.js 20 or newer
# make screenshots   take the pictures in docs/images
# make bundle        reproduce the embedded model from public packages (hours; see training/README.md)
# make docs          write the generated parts of the docs

PYTHON ?= python3
SERVE ?= 1
PORT ?= 8001
VENV := .venv
BIN := $(VENV)/bin
FRONTEND := datasette_plugins/datasette_sqlclap/frontend

.PHONY: demo test test-fast frontend test-browser test-datasette1 screenshots lint bundle docs clean

demo: $(VENV)/.ready-demo
	@$(BIN)/sqlclap ingest demo.db demo/sounds
	@$(BIN)/python demo/ask.py demo.db
ifneq ($(SERVE),0)
	@$(BIN)/sqlclap explore demo/sounds --library demo.db --port $(PORT)
endif

test: lint
	$(BIN)/pytest

# The page in Debian's Chromium; needs /usr/bin/chromium. In a process of its own: Playwright keeps
# an event loop running that other tests of the page can't share.
test-browser: $(VENV)/.ready-test
	$(BIN)/pytest tests/page/browser

# Types, tests and build of the page; needs Node.js 20 or newer.
frontend: $(FRONTEND)/node_modules/.package-lock.json
	cd $(FRONTEND) && npm run --silent check && npm test --silent

$(FRONTEND)/node_modules/.package-lock.json: $(FRONTEND)/package-lock.json
	cd $(FRONTEND) && npm ci --silent --no-audit --no-fund

# The page again on Datasette's coming version, in an environment of its own.
test-datasette1: $(VENV)-datasette1/.ready
	$(VENV)-datasette1/bin/pytest tests/page --ignore tests/page/browser

$(VENV)-datasette1/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-datasette1
	$(VENV)-datasette1/bin/pip install --quiet --disable-pip-version-check --editable '.[test]' 'datasette==1.0a41'
	@touch $@

screenshots: $(VENV)/.ready-test
	$(BIN)/python -m tests.page.browser.screenshots docs/images

test-fast: lint
	$(BIN)/pytest -m "not slow"

lint: $(VENV)/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.ready-test
	$(BIN)/cog -r README.md docs/*.md
	$(BIN)/python -m tests.docs.console README.md docs/labels.md

bundle: $(VENV)-training/.ready
	$(VENV)-training/bin/python -m training.build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "sqlclap needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-demo: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[datasette,map]'
	@touch $@

$(VENV)/.ready-test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.ready-demo

$(VENV)-training/.ready: training/requirements.txt
	$(PYTHON) -m venv $(VENV)-training
	$(VENV)-training/bin/pip install --quiet --requirement training/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV) build dist demo.db demo.db-*
