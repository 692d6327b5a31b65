# make demo             set up, build demo.db, answer a few searches, serve it (SERVE=0 stops before)
# make test             set up, then lint, types and all tests that need Python alone
# make test-fast        the same without the slow tests
# make test-browser     the page in Chromium; needs it, and Node.js 20 or newer (LATE=500: answers late by up to so many ms)
# make frontend         types, tests and build of the page; needs Node.js 20 or newer
# make test-datasette1  the page on the alpha of Datasette 1.0
# make test-plugins     beside other plugins of Datasette, and the API's description by its validator (an environment of its own)
# make test-ray         an ingest on Ray: one small cluster, on loopback (an environment of its own)
# make test-ray-nodes   the same on two raylets, of which one is killed
# make test-stores      Google's and Azure's object storage, by emulators on loopback (an environment of its own, Node.js)
# make parity           LAION-CLAP beside transformers' code, seeded weights; needs torch (an environment of its own)
# make parity-laion     the same beside laion_clap's code
# make parity-msclap    Microsoft's CLAP beside msclap's code
# make test-exchange    files and databases beside perch-hoplite's and opensoundscape's code (an environment of its own)
# make test-install     `datasette install` of the wheel, in a new environment with Datasette alone
# make test-clients     a library beside Node's better-sqlite3 and sqlite-vec's package; needs Node.js, compiles for minutes
# make parity-perch     the front end of Perch 2.0 beside perch-hoplite's code
# make screenshots      take the pictures in docs/images
# make wheel            build what is published into dist
# make test-wheel       install dist's wheel away from the repository, and use it
# make bundle           reproduce the embedded model from public packages (hours; see training/README.md)
# make docs             write the generated parts of the docs
# make docs-site        build the docs' site into build/docs-site; needs Node.js 20 or newer

PYTHON ?= python3
export CHROMIUM ?= /usr/bin/chromium
SERVE ?= 1
PORT ?= 8001
VENV := .venv
BIN := $(VENV)/bin
FRONTEND := datasette_plugins/datasette_sqlclap/frontend
MODULES := $(FRONTEND)/node_modules/.package-lock.json
DATASETTE1 := $(VENV)-datasette1
# Most of what comes along is never imported: compiling it all would take longer than fetching it.
INSTALL := pip install --quiet --disable-pip-version-check --no-compile
# The tests start hundreds of Pythons: what one compiles is there for the next, whatever the machine's rule.
unexport PYTHONDONTWRITEBYTECODE
# Several workers share the cores, each with threads of its own: one that waits leaves its core to the others.
export OMP_WAIT_POLICY ?= PASSIVE
# They make thousands of libraries, and each commit would wait for the disk: in memory, where that has room, none does.
IN_MEMORY := $(shell df -Pk /dev/shm 2> /dev/null | awk '$$1 == "tmpfs" && $$4 > 6000000 { print $$6 }')
IN_MEMORY := $(if $(IN_MEMORY),$(shell awk '$$2 == "/dev/shm" && $$4 !~ /noexec/ { print $$2; exit }' /proc/mounts))
ifneq ($(IN_MEMORY),)
export PYTEST_DEBUG_TEMPROOT ?= $(IN_MEMORY)
endif
# A worker for each core. A file's tests stay together, as they share what is slow to build.
SPREAD := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: demo test test-fast frontend test-browser test-datasette1 screenshots lint bundle docs docs-site wheel test-wheel clean
.PHONY: chromium node parity parity-laion parity-msclap parity-perch test-clients test-exchange test-install test-plugins
.PHONY: test-ray test-ray-nodes test-stores

demo: $(VENV)/.ready-demo
	@$(BIN)/sqlclap ingest demo.db demo/sounds
	@$(BIN)/python demo/ask.py demo.db
ifneq ($(SERVE),0)
	@$(BIN)/sqlclap explore demo/sounds --library demo.db --port $(PORT)
endif

test: lint
	$(BIN)/pytest $(SPREAD)
	@echo "Left out, as it needs more than Python:"
	@echo "  make test-browser     the page in a browser (Chromium, and Node.js for axe-core)"
	@echo "  make frontend         types, tests and build of the page's scripts (Node.js)"
	@echo "  make test-datasette1  the page on Datasette's alpha (an environment of its own)"

# In processes of their own: Playwright keeps an event loop running that other tests of the page can't
# share. Each has its own server and browser, which take some cores: two at once are enough. Those
# with most tests begin: no worker is left with them at the end.
test-browser: chromium node $(VENV)/.ready-test $(MODULES)
	LATE=$(LATE) $(BIN)/pytest tests/page/browser -n 2 --dist loadfile

frontend: node $(MODULES)
	cd $(FRONTEND) && npm run --silent check && npm test --silent

chromium:
	@test -x "$(CHROMIUM)" || { echo "Chromium is missing: expected it as $(CHROMIUM)." \
		"Install it (apt-get install chromium), or name yours: make CHROMIUM=/path ..."; exit 1; }

node:
	@npm --version > /dev/null 2>&1 && node -e 'process.exit(+(parseInt(process.versions.node) < 20))' || \
		{ echo "Node.js 20 or newer is needed, with npm: found Node.js $$(node --version || echo none)," \
		"npm $$(npm --version || echo none). Try apt-get install nodejs npm"; exit 1; }

$(MODULES): $(FRONTEND)/package-lock.json | node
	cd $(FRONTEND) && npm ci --silent --no-audit --no-fund

# The page again on Datasette's coming version.
test-datasette1: $(DATASETTE1)/.ready
	$(DATASETTE1)/bin/python -m pytest $(SPREAD) tests/page

# An environment that sees the packages of $(VENV), behind its own few.
define behind
$(BIN)/python -m venv --clear $(1)
	@$(1)/bin/python -c 'import sys, sysconfig; from pathlib import Path; \
		Path(sysconfig.get_path("purelib"), "shared.pth").write_text( \
		f"import site; site.addsitedir({sys.argv[1]!r})\n")' \
		"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
endef

# The other Datasette and what that needs.
$(DATASETTE1)/.ready: $(VENV)/.ready-test Makefile
	$(call behind,$(DATASETTE1))
	$(DATASETTE1)/bin/python -m $(INSTALL) 'datasette==1.0a41'
	@touch $@

# Other plugins of Datasette, which see the packages of $(VENV) as above.
test-plugins: $(VENV)-plugins/.ready
	$(VENV)-plugins/bin/python -m pytest tests/page/with_plugins.py tests/page/test_openapi.py

$(VENV)-plugins/.ready: $(VENV)/.ready-test Makefile
	$(call behind,$(VENV)-plugins)
	$(VENV)-plugins/bin/python -m $(INSTALL) \
		datasette-auth-tokens==0.3 datasette-cluster-map==0.18.2 datasette-search-all==1.1.4 \
		datasette-vega==0.6.2 openapi-spec-validator==0.9.0
	@touch $@

# Ray is large: it stays out of $(VENV), whose packages it sees as above.
test-ray: $(VENV)-ray/.ready
	$(VENV)-ray/bin/python -m pytest tests/ray_ingest/with_ray.py

test-ray-nodes: $(VENV)-ray/.ready
	$(VENV)-ray/bin/python -m pytest tests/ray_ingest/with_nodes.py

$(VENV)-ray/.ready: $(VENV)/.ready-test Makefile
	$(call behind,$(VENV)-ray)
	$(VENV)-ray/bin/python -m $(INSTALL) 'ray==2.60.0'
	@touch $@

# Google's and Azure's packages want other versions of fsspec than S3's.
test-stores: $(VENV)-stores/.ready
	PATH="$(CURDIR)/$(VENV)-stores/node_modules/.bin:$$PATH" $(VENV)-stores/bin/python -m pytest tests/storage/with_stores.py

$(VENV)-stores/.ready: $(VENV)/.ready-test Makefile
	$(call behind,$(VENV)-stores)
	$(VENV)-stores/bin/python -m $(INSTALL) gcsfs==2026.10.1 adlfs==2026.8.0 gcp-storage-emulator==2026.7.19
	npm install --silent --no-fund --no-audit --prefix $(VENV)-stores azurite@3.37.0
	@touch $@

# The graphs that sqlclap builds beside the reference code, in environments of their own: the towers
# are of full size, with seeded random weights. The other tests' conftest.py needs the extra `test`.
parity: $(VENV)-export/.ready
	$(VENV)-export/bin/python -m pytest --confcutdir tests/parity tests/parity/with_transformers.py tests/parity/fused_with_transformers.py

parity-laion: $(VENV)-laion/.ready
	$(VENV)-laion/bin/python -m pytest --confcutdir tests/parity tests/parity/with_laion_clap.py tests/parity/fused_with_laion_clap.py

parity-msclap: $(VENV)-msclap/.ready
	$(VENV)-msclap/bin/python -m pytest --confcutdir tests/parity tests/parity/with_msclap.py

parity-perch: $(VENV)-perch/.ready
	$(VENV)-perch/bin/python -m pytest --confcutdir tests/parity tests/parity/with_perch_hoplite.py

$(VENV)-export/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-export
	$(VENV)-export/bin/$(INSTALL) torch==2.13.0
	$(VENV)-export/bin/$(INSTALL) --editable '.[export]' 'pytest>=8.3,<10' 'pytest-timeout>=2.3,<3'
	@touch $@

$(VENV)-laion/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-laion
	$(VENV)-laion/bin/$(INSTALL) torch==2.14.1 torchvision==0.29.1
	$(VENV)-laion/bin/$(INSTALL) --editable '.[laion]' torchaudio==2.11.1 'numpy<2' 'pytest>=8.3,<10' 'pytest-timeout>=2.3,<3'
	@touch $@

$(VENV)-msclap/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-msclap
	$(VENV)-msclap/bin/$(INSTALL) torch==2.14.1 torchvision==0.29.1 torchaudio==2.11.1
	$(VENV)-msclap/bin/$(INSTALL) --editable '.[msclap]' 'numpy<2' 'pytest>=8.3,<10' 'pytest-timeout>=2.3,<3'
	@touch $@

# What sqlclap writes is read by the code of other programs, and the other way round.
test-exchange: $(VENV)/.ready-test $(VENV)-exchange/.ready
	SQLCLAP_EXCHANGE_PYTHON=$(VENV)-exchange/bin/python $(BIN)/pytest tests/exchange/test_oracles.py

$(VENV)-exchange/.ready: Makefile
	$(PYTHON) -m venv $(VENV)-exchange
	$(VENV)-exchange/bin/$(INSTALL) \
		perch-hoplite==1.0.2 opensoundscape==0.13.2 crowsetta==5.1.2
	@touch $@

# What a client finds that has sqlite-vec alone; npm compiles better-sqlite3 where it finds none ready.
CLIENTS := build/clients

test-clients: node $(VENV)/.ready-test $(CLIENTS)/.ready
	CLIENTS_NODE=$(CLIENTS) $(BIN)/pytest tests/plain_clients

$(CLIENTS)/.ready: tests/plain_clients/node/package.json
	mkdir -p $(CLIENTS)
	cp $< $(CLIENTS)/
	cd $(CLIENTS) && npm install --silent --no-audit --no-fund
	@touch $@

$(VENV)-perch/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-perch
	$(VENV)-perch/bin/$(INSTALL) --editable . 'perch-hoplite[onnx]==1.0.2' 'onnx>=1.16' 'pytest>=8.3,<10' 'pytest-timeout>=2.3,<3'
	@touch $@

screenshots: chromium $(VENV)/.ready-test
	$(BIN)/python -m tests.page.browser.screenshots docs/images
	$(BIN)/python -m tests.page.browser.recording docs/images/first-minutes.webp

test-fast: lint
	$(BIN)/pytest $(SPREAD) -m "not slow"

lint: $(VENV)/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.ready-test
	$(BIN)/cog -r README.md docs/*.md
	$(BIN)/python -m tests.docs.console README.md docs/assistants.md docs/attach.md docs/backup.md docs/exchange.md docs/labels.md docs/sources.md

# Strict: a link to nowhere, or a page that no menu leads to, fails.
docs-site: export NO_MKDOCS_2_WARNING := 1
docs-site: node $(VENV)/.ready-test
	$(BIN)/python -m docs_site.mermaid
	$(BIN)/python -m mkdocs build --clean
	@echo "build/docs-site/index.html"

# The wheel is built from the source distribution: it holds all that a wheel needs.
wheel: $(VENV)/.ready-test
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	@ls -l dist

# A Datasette that is there gets the plugin as its users install one: with all that it depends on.
test-install: $(VENV)/.ready-test
	rm -rf $(VENV)-install build/install
	$(BIN)/python -m build --wheel --outdir build/install > /dev/null
	$(BIN)/python -m venv $(VENV)-install
	$(VENV)-install/bin/python -m $(INSTALL) datasette
	$(VENV)-install/bin/datasette install build/install/*.whl
	$(BIN)/pytest tests/page/installed.py --installed $(VENV)-install

test-wheel: $(VENV)/.ready-test
	$(BIN)/pytest tests/test_wheel.py --wheel dist/*.whl

bundle: $(VENV)-training/.ready
	$(VENV)-training/bin/python -m training.build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "sqlclap needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready-demo: pyproject.toml | $(VENV)/bin/python
	$(BIN)/$(INSTALL) --editable '.[datasette,map]'
	@touch $@

$(VENV)/.ready-test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/$(INSTALL) --editable '.[test]'
	@touch $@ $(VENV)/.ready-demo

$(VENV)-training/.ready: training/requirements.txt
	$(PYTHON) -m venv $(VENV)-training
	$(VENV)-training/bin/$(INSTALL) --requirement training/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV) build dist docs_site/vendor demo.db demo.db-*
