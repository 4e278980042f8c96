# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Every command is a program in tools/: this file only names them. Only relative paths, so that the checkout may lie in
# any folder, with spaces too.

PYTHON ?= python3
CORES ?=
STAGES ?=
# What a user has set for other Pythons must not lead ours astray.
unexport PYTHONPATH PYTHONHOME PYTHONSAFEPATH

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
VENV := .venv/bin/python

.PHONY: help
help: ## this list
	@echo "make demo makes .venv in this folder and needs nothing but Python 3.11 or newer. Commands:"
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo: ready-demo ## a fleet declared in files, applied to the simulated platform: the main job, shown
	@$(VENV) -m tools.demo

.PHONY: simulator
simulator: ready-demo ## start the simulated platform alone; OPTIONS="--port 8000 --speed 60" are handed on
	@$(VENV) -m simulator $(OPTIONS)

.PHONY: rehearsal
rehearsal: ready-demo ## a playbook against an export of your fleet; OPTIONS="--playbook NAME --fleet FILE --variables FILE --fail 3%"
	@$(VENV) -m tools.rehearsal $(OPTIONS)

.PHONY: test
test: ready-test ## the quick checks, and a test of each capability, in order, to the first failure
	@$(VENV) -m tools.check

.PHONY: matrix
matrix: ready-test ## ansible-test sanity, units and integration on every ansible-core; CORES="2.16 newest" for some
	@$(VENV) -m tools.ansible_test matrix $(CORES)

.PHONY: playbooks
playbooks: ready-test ## the playbooks with the programs of other ansible-cores; CORES="2.16 newest" where none is given
	@$(VENV) -m tools.ansible_test playbooks $(CORES)

.PHONY: check
check: ready-test ## some checks of make test: STAGES="ruff mypy"; without STAGES their names
	@$(VENV) -m tools.check $(or $(STAGES),--list)

.PHONY: lint
lint: ready-test ## the checks that run nothing: format, types, Ansible, documentation, changelog, licenses, workflows
	@$(VENV) -m tools.check ruff mypy ansible-lint docs changelog reuse workflows

.PHONY: format
format: ready-test ## put Python into shape
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

.PHONY: unit
unit: ready-test ## the unit tests
	@$(VENV) -m tools.check unit

.PHONY: shake
shake: ready-test ## the unit tests, whose platform answers threads in any order: which of them hold by luck
	@ZQ_LATE=0.004 $(VENV) -m pytest tests/unit -n 2 -q

.PHONY: acceptance
acceptance: ready-test ## playbooks against the simulator
	@$(VENV) -m tools.check acceptance

.PHONY: thorough
thorough: ready-test ## what make test leaves out: playbooks under further circumstances, the largest fleets, molecule, sanity, and what the unit tests cover
	@ZQ_MEASURED=unit $(VENV) -m tools.check unit thorough molecule sanity coverage

.PHONY: coverage
coverage: ready-test ## what the unit and acceptance tests run of plugins/, together (an hour)
	@ZQ_MEASURED="unit acceptance" $(VENV) -m tools.check unit acceptance coverage

.PHONY: faults
faults: ready-test ## every operation with every kind of fault, counted (about an hour); OPTIONS="--sample 500 --seed 1"
	@$(VENV) -m tests.faults $(OPTIONS)

.PHONY: kills
kills: ready-test ## rollouts and rotations killed at random moments, twenty of each feature, and run again (half an hour); KILLS=50 KILLS_SEED=7
	@KILLS=$(or $(KILLS),20) KILLS_SEED=$(or $(KILLS_SEED),1) $(VENV) -m pytest tests/acceptance/test_rollout_kills.py tests/acceptance/test_rotation_kills.py -n 2

.PHONY: events
events: ready-test ## ten minutes of events of 10,000 devices, counted (needs Java 17); OPTIONS="--seconds 120"
	@$(VENV) -m tools.events $(OPTIONS)

.PHONY: browser
browser: ready-test ## the reports and the simulator's page in headless Chromium, which has to be installed
	@$(VENV) -m pytest tests/browser

.PHONY: screenshots
screenshots: ready-test ## pictures of the pages that people get, in .cache/screenshots (needs Chromium)
	@$(VENV) -m tests.browser

.PHONY: picture
picture: ready-test ## the picture in the README, docs/pictures/plan.png (needs Chromium)
	@$(VENV) -m tests.browser --readme

.PHONY: golden
golden: ready-test ## write the golden files of the inventory anew
	@$(VENV) tests/golden/refresh.py

.PHONY: benchmark
benchmark: ## how fast it is, as ratios in one run, into docs/; OPTIONS=--quick for a smoke test
	@$(PYTHON) -m tests.benchmark $(OPTIONS)

.PHONY: mutation
mutation: ready-mutation ## do the unit tests notice faults? OPTIONS="--sample 200 --seed 1"
	@$(VENV) -m tools.mutation $(OPTIONS)

.PHONY: sanity
sanity: ready-test ## ansible-test sanity on the newest ansible-core that this Python runs; CORES="2.16 newest" on those
	@$(VENV) -m tools.ansible_test sanity $(CORES)

.PHONY: integration
integration: ready-test ## ansible-test integration against the simulator, on the same core; CORES="2.16 newest" on those
	@$(VENV) -m tools.ansible_test integration $(CORES)

.PHONY: docs
docs: ready-docs ## the documentation site, in .cache/docs
	@$(VENV) -m tools.docs

.PHONY: build
build: ready-demo ## the collection as a tarball, in .cache/build
	@$(VENV) -m tools.build

.PHONY: clean-install
clean-install: ready-test ## the tarball installed where nothing of the checkout is, and worked with; CORES="2.16 newest" for some
	@$(VENV) -m tools.clean_install $(CORES)

.PHONY: upgrade
upgrade: ready-test ## older versions installed, worked with, and upgraded to this one half way; CORES=2.16 for another core
	@$(VENV) -m tools.upgrade $(CORES)

.PHONY: cores
cores: ready-test ## whether there is an ansible-core that the matrix does not have
	@$(VENV) -m tools.cores

.PHONY: release-check
release-check: ready-test ## every command of docs/requirements.md; OPTIONS="--so-far --without matrix"
	@$(VENV) -m tools.release_check $(OPTIONS)

.PHONY: changelog
changelog: ready-test ## the fragments into CHANGELOG.rst, for the version in galaxy.yml; again, as long as it has no tag
	@$(VENV) -m tools.changelog

.PHONY: publish
publish: ready-demo ## what make build has built, on Galaxy; TAG=1.0.0, which has to be the version, and GALAXY_TOKEN in the environment
	@$(VENV) -m tools.publish

.PHONY: freeze
freeze: ready-demo ## the newest versions that requirements/ allow, with hashes, into requirements/locked; OPTIONS=--keep for what was added alone
	@$(VENV) -m tools.freeze $(OPTIONS)

.PHONY: sbom
sbom: ready-demo ## what an execution environment gets from the collection, as CycloneDX, in .cache/build
	@$(VENV) -m tools.supply sbom

.PHONY: audit
audit: ready-demo ## known vulnerabilities of the same; OPTIONS=--required fails where their database is not reached
	@$(VENV) -m tools.supply audit $(OPTIONS)

.PHONY: clean
clean: ## remove all that these commands have made
	@rm -rf .venv .cache .ansible .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# .venv as a level of requirements needs it; does nothing where it is so already.
.PHONY: ready-demo ready-test ready-docs ready-mutation
ready-demo ready-test ready-docs ready-mutation:
	@$(PYTHON) -m tools.bootstrap $(@:ready-%=%)
