# Firstsight's commands. `make help` lists them; `make serve` and `make test` are the two to know.
# They need Python 3.11 or newer with its venv module, make and git, and nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:

# The first interpreter on the path that is new enough; `make PYTHON=/path/to/python3.13 .venv` names another.
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11 python3.14,\
	$(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))) python3)
BIN := .venv/bin
WHEELS := .venv/wheels
EMULATOR := .venv/bin/aws-lambda-rie
CLOUDLAB := .venv-cloudlab
AUDIT := .venv/audit
LAMBDA := src/firstsight/aws
LAMBDA_WHEELS := .venv/lambda-wheels
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --annotation-style line --no-emit-index-url --no-emit-find-links
ARGS ?=

.PHONY: help
help:  ## List these commands
	@awk -F ':.*## ' '/^[.a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

.PHONY: serve
serve: .venv  ## Serve examples/photos on this machine (ARGS="--port 9000")
	@exec $(BIN)/firstsight serve examples/photos $(ARGS)

.PHONY: test
test: .venv $(EMULATOR) $(LAMBDA_WHEELS)/.ready $(CLOUDLAB)/.ready $(AUDIT)/.ready  ## Run every test (ARGS="-k signing -x")
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

.PHONY: check
check: .venv $(AUDIT)/.ready  ## Lint, check the format, check the types, hold the layers, audit the packages
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/python -m pytest --quiet tests/test_layers.py
	@$(BIN)/python scripts/audit.py

.PHONY: audit
audit: .venv $(AUDIT)/.ready  ## Look the locked packages up in a list of known weaknesses, or fail
	@$(BIN)/python scripts/audit.py --required

.PHONY: format
format: .venv  ## Rewrite the code in the house format
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

.PHONY: bench
bench: .venv  ## Measure (ARGS chooses what)
	@$(BIN)/python -m bench $(ARGS)

.PHONY: bench-lambda
bench-lambda: .venv $(EMULATOR) $(LAMBDA_WHEELS)/.ready  ## Measure the Lambda function against one of Node
	@$(BIN)/python -m bench.lambda_bench $(ARGS)

.PHONY: docs
docs: .venv  ## Build the documentation as a site, in site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "The site is in site/: open site/index.html"

.PHONY: lock
lock: .venv  ## Renew the lock files from pyproject.toml and requirements/*.in (ARGS=--upgrade for newer versions)
	@$(LOCK) pyproject.toml requirements/dev.in --extra aws --output-file requirements/dev.txt $(ARGS)
	@$(LOCK) pyproject.toml --constraints requirements/dev.txt --output-file requirements/runtime.txt
	@$(LOCK) pyproject.toml --extra aws --constraints requirements/dev.txt --output-file requirements/aws.txt
	@$(LOCK) requirements/build.in --constraints requirements/dev.txt --output-file requirements/build.txt
	@$(LOCK) requirements/audit.in --constraints requirements/dev.txt --output-file requirements/audit.txt
	@$(LOCK) requirements/fuzz.in --output-file requirements/fuzz.txt
	@$(LOCK) requirements/lambda.in --no-deps --constraints requirements/dev.txt --output-file $(LAMBDA)/lambda.txt
	@$(LOCK) requirements/lambda-build.in --constraints requirements/dev.txt --output-file $(LAMBDA)/lambda-build.txt
	@$(BIN)/uv pip compile --quiet --python-version 3.13 --generate-hashes --no-header --annotation-style line \
		--no-emit-index-url --no-emit-find-links tests/cloudlab/requirements.in --output-file tests/cloudlab/requirements.txt
	@if grep -n '://' requirements/*.txt tests/cloudlab/*.txt $(LAMBDA)/*.txt; then echo "A lock file names an address; it must name packages only." >&2; exit 1; fi

.PHONY: clean
clean:  ## Remove everything that can be made again
	rm -rf .venv $(CLOUDLAB) build dist site .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests bench docs -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# The environment. Everything downloaded is checked against the hashes of the lock files and kept in $(WHEELS); what is
# installed comes from there alone. Each stamp is written last, so an interrupted run is begun again and not mistaken
# for a finished one.
.PHONY: .venv
.venv: .venv/.ready  ## Make the environment that all of these run in

.venv/.ready: .venv/.packages pyproject.toml
	@$(PIP) install --no-deps --no-index --no-build-isolation --editable .
	@touch $@

$(EMULATOR): .venv/.packages requirements/emulator.txt
	@echo "  AWS's emulator of Lambda"
	@rm -rf .venv/emulator
	@$(PIP) download --no-deps --require-hashes --only-binary :all: -r requirements/emulator.txt -d .venv/emulator
	@$(BIN)/python -m zipfile -e .venv/emulator/*.whl .venv/emulator/sam
	@install .venv/emulator/sam/samcli/local/rapid/aws-lambda-rie-$$(uname -m | sed s/aarch64/arm64/) $@
	@rm -rf .venv/emulator

$(AUDIT)/.ready: .venv/.packages requirements/audit.txt
	@echo "  pip-audit"
	@rm -rf $(AUDIT)
	@$(PIP) install --no-deps --require-hashes --only-binary :all: -r requirements/audit.txt --target $(AUDIT)
	@touch $@

# What the bundle of the Lambda function is installed from, and Lambda's runtime client for its Python, so that tests
# need no network. `part` writes the packages of a lock file that a pattern matches.
PLATFORM = $(foreach tag,_2_34 _2_28 _2_24 _2_17 2014,--platform manylinux$(tag)_$(1))
FOR_LAMBDA = --no-deps --require-hashes --only-binary :all: --python-version 3.13
$(LAMBDA_WHEELS)/.ready: .venv/.packages $(LAMBDA)/lambda.txt $(LAMBDA)/lambda-build.txt requirements/dev.txt
	@echo "  what the bundle of the Lambda function is made of"
	@rm -rf $(LAMBDA_WHEELS) && mkdir $(LAMBDA_WHEELS)
	@part() { awk -v packages="^($$1)==" '/^[a-z]/ { taken = $$0 ~ packages } taken' $$2 > $(LAMBDA_WHEELS)/$$3.txt; }; \
		part 'cffi|obstore|pyvips-binary' $(LAMBDA)/lambda.txt wheels; \
		part pyvips $(LAMBDA)/lambda.txt source; \
		part 'awslambdaric|simplejson|snapshot-restore-py' requirements/dev.txt client
	@$(PIP) download $(FOR_LAMBDA) $(call PLATFORM,aarch64) -r $(LAMBDA_WHEELS)/wheels.txt -d $(LAMBDA_WHEELS)
	@$(PIP) download $(FOR_LAMBDA) $(call PLATFORM,x86_64) -r $(LAMBDA_WHEELS)/wheels.txt -d $(LAMBDA_WHEELS)
	@$(PIP) download $(FOR_LAMBDA) $(call PLATFORM,$(shell uname -m)) -r $(LAMBDA_WHEELS)/client.txt -d $(LAMBDA_WHEELS)
	@$(PIP) download --no-deps --require-hashes --only-binary :all: -r $(LAMBDA)/lambda-build.txt -d $(LAMBDA_WHEELS)
	@PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR=$(CURDIR)/.venv/no-system-libraries $(PIP) download --no-deps \
		--no-build-isolation --require-hashes --no-binary :all: -r $(LAMBDA_WHEELS)/source.txt -d $(LAMBDA_WHEELS)
	@touch $@

# The private AWS of the tests wants a Python 3.13. Where there is none its tests are skipped, and nothing is installed.
$(CLOUDLAB)/.ready: tests/cloudlab/requirements.txt .venv/.ready
	@rm -rf $(CLOUDLAB)
	@python=$$($(BIN)/python -c 'from firstsight.aws.bytecode import find_python; print(find_python())' 2>/dev/null) || { \
		echo "  no Python 3.13 here, so the tests against a private AWS are skipped"; exit 0; }; \
	echo "  a private AWS for the tests, in $(CLOUDLAB)"; \
	"$$python" -m venv $(CLOUDLAB); \
	$(CLOUDLAB)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes \
		-r tests/cloudlab/requirements.txt; \
	touch $@

.venv/.packages: requirements/build.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Firstsight needs Python 3.11 or newer, and $(PYTHON) is not that." \
			"Install one, or name it: make PYTHON=/path/to/python3.13 $(or $(MAKECMDGOALS),.venv)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version) (once; a minute or two)"
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@echo "  build tools"
	@$(PIP) wheel --no-deps --require-hashes --only-binary :all: -r requirements/build.txt -w $(WHEELS)
	@$(PIP) install --no-deps --no-index $(WHEELS)/*.whl
	@echo "  $$(grep -c '^[a-z0-9].*==' requirements/dev.txt) packages, each checked against its hash"
	@mkdir .venv/no-system-libraries
	@PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR=$(CURDIR)/.venv/no-system-libraries \
		$(PIP) wheel --no-deps --no-build-isolation --require-hashes -r requirements/dev.txt -w $(WHEELS)
	@echo "  installing them"
	@$(PIP) install --no-deps --no-index $(WHEELS)/*.whl
	@$(PIP) check
	@touch $@
