# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""meta/runtime.yml: the cores that it lets in are those of the matrix, and modules are in their
group.
"""

from __future__ import annotations

from typing import Any

import yaml
from ansible.plugins import loader
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tools.ansible_test import CORES
from tools.common import ROOT

RUNTIME = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
REQUIRED = RUNTIME["requires_ansible"]
# Have no connection: an option of it in module_defaults would be none of theirs.
WITHOUT_CONNECTION = {"zq_credentials", "zq_report", "zq_variables", "zq_window_wait"}


def names(folder: str) -> set[str]:
    return {file.stem for file in (ROOT / "plugins" / folder).glob("zq_*.py")}


def test_ansible_lets_every_core_of_the_matrix_in_and_none_before() -> None:
    supports: Any = loader._does_collection_support_ansible_version
    assert all(supports(REQUIRED, core.version) for core in CORES)
    assert not supports(REQUIRED, "2.15.13")


def test_the_lowest_core_is_the_first_of_the_matrix_and_is_tried() -> None:
    lower = [one.version for one in SpecifierSet(REQUIRED) if one.operator == ">="]
    assert len(lower) == 1
    series = Version(CORES[0].version).release[:2]
    assert Version(lower[0]).release == (*series, 0)


def test_no_newer_core_is_shut_out() -> None:
    """An upper bound would break a playbook at an upgrade of Ansible; the newest core, a preview
    where there is one, is in the matrix in its stead.
    """
    assert {one.operator for one in SpecifierSet(REQUIRED)} == {">="}
    versions = [Version(core.version) for core in CORES]
    assert versions == sorted(versions)
    series = [version.release[:2] for version in versions]
    first, last = series[0][1], series[-1][1]
    assert series == [(2, minor) for minor in range(first, last + 1)]


def test_each_module_runs_in_the_controllers_process() -> None:
    assert names("action") == names("modules")


def test_each_module_with_a_connection_is_in_the_group() -> None:
    assert RUNTIME["action_groups"]["all"] == sorted(names("modules") - WITHOUT_CONNECTION)


def test_nothing_is_in_it_that_ansible_does_not_know() -> None:
    known = {"requires_ansible", "action_groups", "plugin_routing", "import_redirection"}
    assert set(RUNTIME) <= known
