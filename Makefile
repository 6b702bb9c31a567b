# Two commands do everything: `make demo` runs the whole job on a local AWS, `make test` passes the tests.
# Both install what they need into .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# At a terminal, pip says how far it is. Of $(...) only stderr still leads there.
QUIET = $$(test -t 2 || echo --quiet)

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: install
install: $(INSTALLED) ## Install the tool and what its tests need into .venv, from the lock

$(INSTALLED): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "bidops-cfn needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing into $(VENV) (about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install $(QUIET) --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: demo
demo: install ## Render every template and deploy dev to a local AWS, without an account
	$(BIN)/bidops-cfn render --all
	$(BIN)/bidops-cfn deploy --env dev --sandbox --yes
	@printf '\nTo type bidops-cfn as it stands here: source $(BIN)/activate\n'

.PHONY: test
test: format types layers unit check ## Everything that must pass: format, types, layers, tests, templates

.PHONY: format
format: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: install
	$(BIN)/mypy

.PHONY: layers
layers: install
	$(BIN)/lint-imports

# The tool is compiled once, not in each of the hundreds of processes that the tests start, whatever
# the shell says about byte code.
unit: export PYTHONDONTWRITEBYTECODE :=

# The tests of a file run in one process: what is made once for a file is made once. Of three
# processes two are busy while one waits for the end of an operation. Files come in their order: the
# longest have few tests, and last they would have the machine for themselves. What takes long has a
# target of its own, which ``.ci/run`` runs too: ``pages``, ``mutants``, ``browser`` and ``judges``.
.PHONY: unit
unit: install
	$(BIN)/python -m pytest $(PROCESSES) $(addprefix --ignore=,$(PAGES) $(MUTANTS) $(BROWSER) $(JUDGES))

PROCESSES := -n 3 --dist loadfile --no-loadscope-reorder
PAGES := $(wildcard tests/docs/test_sessions_*.py) tests/docs/test_hooks.py
MUTANTS := tests/mutants
BROWSER := tests/review/page/test_in_browser.py
JUDGES := tests/judges

.PHONY: pages
pages: export PYTHONDONTWRITEBYTECODE :=
pages: install ## Type every command of the documentation's pages and hooks; a minute
	$(BIN)/python -m pytest $(PROCESSES) $(PAGES)

.PHONY: check
check: install ## Fail on a stale committed file and on any finding in a template
	$(BIN)/bidops-cfn render --all --check
	$(BIN)/bidops-cfn check --all
	$(BIN)/bidops-cfn review --all --check

.PHONY: mutants
mutants: install ## Change one thing at a time in every template: check must find it; some minutes
	$(BIN)/python -m pytest $(PROCESSES) $(MUTANTS)
	$(BIN)/python -m tests.mutants.report

# mutmut and what it needs, beside what the tests need, apart from .venv.
MUTATION := .cache/mutation

$(MUTATION)/.installed: requirements/dev.txt tests/mutation/requirements.txt
	$(PYTHON) -m venv $(MUTATION)
	$(MUTATION)/bin/python -m pip install $(QUIET) --disable-pip-version-check --require-hashes \
		--requirement requirements/dev.txt --requirement tests/mutation/requirements.txt
	@touch $@

.PHONY: mutation
mutation: $(MUTATION)/.installed ## Change one thing at a time in our own code: a test must fail; ALL=1 takes hours
	$(MUTATION)/bin/python -m tests.mutation.report $(if $(ALL),--all) $(if $(WRITE),--write)

.PHONY: docs
docs: install ## Write what is generated: house rules, permissions, the schema of --output json
	$(BIN)/python -m bidops_cfn.rules._document > docs/rules.md.new
	mv docs/rules.md.new docs/rules.md
	$(BIN)/python -m bidops_cfn.permissions.page > docs/deploy-permissions.md.new
	mv docs/deploy-permissions.md.new docs/deploy-permissions.md
	$(BIN)/python -m bidops_cfn.deploy.records_schema > $(SCHEMA).new
	mv $(SCHEMA).new $(SCHEMA)

SCHEMA := bidops_cfn/deploy/lines.schema.json

.PHONY: render
render: install ## Write the committed templates and their review files
	$(BIN)/bidops-cfn render --all --review

.PHONY: browser
browser: install ## Test the review page in headless Chromium, installed by apt-get where there is none
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
		command -v "$$name" >/dev/null && exit 0; done; \
		sudo="$$(test "$$(id -u)" = 0 || echo sudo)"; \
		$$sudo apt-get update -qq && $$sudo apt-get install -y -qq chromium
	$(BIN)/python -m pytest $(BROWSER)

.PHONY: bench
bench: install ## Measure whole commands against others, about five minutes; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks --output benchmarks/RESULTS.md

.PHONY: bench-peers
bench-peers: ## Install the others that bench measures into .cache/peers, about 1.5 GB
	PYTHON=$(PYTHON) sh benchmarks/peers/install.sh

.PHONY: aws-acceptance
aws-acceptance: install ## In a real account: deploy dev, change it, break it, delete it; costs a little
	$(BIN)/python -m pytest -m aws tests/aws

.PHONY: judges
judges: install ## Ask judges that are not ours: rule packs, an IAM evaluator (needs Node.js)
	$(BIN)/python -m pytest $(JUDGES)
	PYTHON=$(PYTHON) sh judges/install.sh
	$(BIN)/python -m judges

.PHONY: emulator
emulator: install ## Deploy to a CloudFormation that is not ours, MiniStack; half a minute
	PYTHON=$(PYTHON) sh judges/install.sh ministack
	$(BIN)/python -m judges ministack

.PHONY: lock
lock: ## Write the locks anew (needs uv); a commit of its own, to see what it changes
	uv pip compile $(LOCK) --extra sandbox pyproject.toml --output-file requirements/run.txt
	uv pip compile $(LOCK) --extra sandbox pyproject.toml requirements/dev.in \
		--constraint requirements/run.txt --output-file requirements/dev.txt
	for judge in actionlint checkov ministack; do \
		uv pip compile $(LOCK) judges/$$judge/requirements.in --output-file judges/$$judge/requirements.txt; done
	uv pip compile $(LOCK) tests/mutation/requirements.in \
		--constraint requirements/dev.txt --output-file tests/mutation/requirements.txt

LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: clean
clean: ## Remove .venv and every cache
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
