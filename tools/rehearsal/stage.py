# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On what is rehearsed: the variables of production, and the fleet; the examples where none is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.zequenze.control.plugins.plugin_utils._input.folder import expanded

from tools.common import ROOT
from tools.rehearsal.failures import Failures
from tools.rehearsal.files import mapping_of
from tools.rehearsal.fleet import (
    Seed,
    images_of,
    seed_of,
    seed_of_declared,
    types_in,
    with_types,
)
from tools.rehearsal.options import Options
from tools.rehearsal.playbooks import DECLARED, EMPTY, FLEET


@dataclass(frozen=True)
class Stage:
    """variables: their file, None where there are none; given: what it holds.

    folder: where ansible-playbook is started. fleet: in words. seed: for the simulator.
    """

    variables: Path | None
    given: Mapping[str, Any]
    folder: Path
    fleet: str
    seed: Seed
    failures: Failures


def stage(options: Options) -> Stage:
    """Raises Failed."""
    variables, folder = options.variables, options.folder
    example = options.example
    if example is not None and example.variables:
        # Their paths begin here.
        variables, folder = ROOT / example.variables, ROOT
    given: Mapping[str, Any] = {}
    if variables is not None:
        given = mapping_of("--variables", variables, "the variables of the playbook")
    fleet, seed = _fleet(options, given, folder)
    for playbook in options.rehearsed.playbooks:
        if playbook.without_fleet != DECLARED and playbook.creates:
            seed = with_types(seed, types_in(playbook.prefix, given, folder))
    seed = {**seed, "images": _images(options, seed, given)}
    failures = Failures(options, seed)
    seed["behaviours"] = failures.behaviours()
    return Stage(variables, given, folder, fleet, seed, failures)


def _fleet(options: Options, given: Mapping[str, Any], folder: Path) -> tuple[str, Seed]:
    """Where it is from, and the seed of it."""
    version = options.software_version
    if options.fleet is not None:
        return str(options.fleet), seed_of(options.fleet, version)
    playbook = options.rehearsed.only
    if playbook is not None and options.example is None:
        if playbook.without_fleet == EMPTY:
            return "an empty platform, as no --fleet is given", {}
        path = given.get(f"{playbook.prefix}_path")
        if playbook.without_fleet == DECLARED and path:
            place = folder / expanded(str(path))
            return f"{place}, as no --fleet is given", seed_of_declared(
                f"--variables, {playbook.prefix}_path", place, version
            )
    example = ROOT / (playbook.fleet if playbook is not None else FLEET)
    return str(example), seed_of(example, version)


def _images(options: Options, seed: Seed, given: Mapping[str, Any]) -> dict[str, str]:
    own = seed.get("images")
    images = dict(own) if isinstance(own, Mapping) else {}
    return {**images, **images_of(given, options.software_version)}
