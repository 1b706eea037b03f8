# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
#
# `make demo` and `make test` set up whatever is missing, then run. `make help` lists the rest.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

VENV ?= .venv
PYTHON ?= python3
# What pip is given when it installs torch, for example the index of another build (CUDA, CPU).
TORCH_PIP_ARGS ?=
# What pytest is given, for example: make test PYTEST_ARGS='test/model -x'
PYTEST_ARGS ?=
# What `av-fusion demo` is given.
DEMO_ARGS ?=
export VENV PYTHON TORCH_PIP_ARGS

run := source tools/environment.sh && python
installed := $(shell find av_fusion_ros cmake config launch models msg srv -type f \
  -not -name '*.pyc' -not -name '*.tflite' 2>/dev/null)

.PHONY: help setup demo test lint format reference colcon doctor clean distclean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.package ## install everything that is missing into .venv

$(VENV)/.dependencies: setup.py pyproject.toml constraints.txt tools/set_up.sh
	@tools/set_up.sh dependencies
	@touch $@

$(VENV)/.package: $(VENV)/.dependencies CMakeLists.txt package.xml $(installed)
	@tools/set_up.sh package
	@touch $@

demo: setup ## a talking face, noise and a blackout: commands recognised on ROS 2 topics
	@$(run) -m av_fusion_ros.cli demo $(DEMO_ARGS)

test: lint ## style, types and all tests
	@$(run) -m pytest $(PYTEST_ARGS)

lint: setup ## style and types
	@$(run) -m ruff check .
	@$(run) -m ruff format --check .
	@$(run) -m mypy

format: setup ## bring the sources into the project's style
	@$(run) -m ruff check --fix .
	@$(run) -m ruff format .

reference: setup ## write docs/reference from the code
	@$(run) tools/reference_pages.py

colcon: setup ## build with colcon, as a ROS 2 workspace does, into build/colcon
	@tools/colcon_build.sh build/colcon

doctor: setup ## check the installation
	@$(run) -m av_fusion_ros.cli doctor

clean: ## remove what was built
	rm -rf build install log *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

distclean: clean ## remove the environment and the fetched weights as well
	rm -rf $(VENV) models/face/*.tflite
