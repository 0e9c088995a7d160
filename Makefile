# The whole project in five words: lab, build, check, test, format.
# Needs only make and Python 3.11, 3.12 or 3.13; everything else is installed into .venv from uv.lock.

UV_VERSION := 0.13.9
# Another Python: make lab PYTHON=/path/to/python3.12
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	$$python -c $(CAN_MAKE_VENV) 2>/dev/null && echo $$python && break; done)
CAN_MAKE_VENV := 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'
# Flags for JupyterLab, for example: make lab LABFLAGS="--no-browser --port=8899"
LABFLAGS ?=
# Flags for pytest, for example: make test TESTFLAGS="tests/world -x"; TESTFLAGS="-n 0 --pdb" runs in one process.
TESTFLAGS ?=
# Two processes at a time, a test file being run by one of them.
PARALLEL := -n 2 --dist loadfile

SYNC = env -u VIRTUAL_ENV UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never \
	.venv/bin/uv sync --frozen --inexact

# nbgrader calls alembic and a notebook calls aws by name, so .venv/bin leads the PATH of every recipe.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# JupyterLab's start page and settings; a learner's own Jupyter settings still apply after these.
export JUPYTER_CONFIG_PATH := $(CURDIR)/.jupyter$(addprefix :,$(JUPYTER_CONFIG_PATH))

.DEFAULT_GOAL := help
.PHONY: help lab build check test format

help:
	@echo "make lab      open the course in JupyterLab (the first time: installs it, a few minutes at most)"
	@echo "make build    lessons/ -> notebooks/, source/, release/; uv.lock -> environment.yml"
	@echo "make check    prove that the course is sound and that nothing generated is stale"
	@echo "make test     make check, then every test"
	@echo "make format   lint and format the Python files"

# As root (containers, cloud machines) JupyterLab wants to be told so.
lab: .venv/.learner
	@[ -d exchange ] || install -d -m 1777 exchange
	.venv/bin/jupyter lab $$([ $$(id -u) -ne 0 ] || echo --allow-root) $(LABFLAGS)

build: .venv/.dev
	.venv/bin/python -m authoring.environment
	.venv/bin/python -m authoring.illustration
	.venv/bin/python -m authoring build

check: .venv/.dev
	.venv/bin/python -m authoring check

test: check
	.venv/bin/python -m pytest $(PARALLEL) $(TESTFLAGS)

format: .venv/.dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

# A stamp is newer than the lock it was installed from, so `make lab` starts at once until the lock changes.
.venv/.learner: uv.lock pyproject.toml .venv/.uv-$(UV_VERSION)
	@echo "Installing the course into .venv ..."
	@$(SYNC) --no-default-groups --group grading
	@touch $@

.venv/.dev: uv.lock pyproject.toml .venv/.uv-$(UV_VERSION)
	@echo "Installing the course and its development tools into .venv ..."
	@$(SYNC) --group dev
	@touch .venv/.learner $@

.venv/.uv-$(UV_VERSION):
	@if [ ! -x .venv/bin/python ]; then \
		"$(or $(PYTHON),none)" -c $(CAN_MAKE_VENV) 2>/dev/null || { \
			echo "No usable Python: the course needs Python 3.11, 3.12 or 3.13 with its venv module."; \
			echo "Install one (Debian, Ubuntu: apt install python3 python3-venv)"; \
			echo "or name one: make $(or $(MAKECMDGOALS),lab) PYTHON=/path/to/python3.12"; \
			exit 1; }; \
		"$(PYTHON)" -m venv .venv; \
	fi
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@
