# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`organization` and `organization_id`, `filter` and `filters`: either is taken, wherever it is given."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.inventory import zq_inventory
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._fleet.request import FleetRequest
from ansible_collections.zequenze.control.plugins.module_utils._policy_parser import parse_policy
from ansible_collections.zequenze.control.plugins.module_utils._problems import (
    ConfigError,
    Problems,
)
from ansible_collections.zequenze.control.plugins.module_utils._selection import (
    FILTER_SPEC,
    SCOPE_SPEC,
    Filter,
    by_key,
)
from ansible_collections.zequenze.control.plugins.modules import (
    zq_device_action,
    zq_device_info,
    zq_drift,
    zq_export,
    zq_firmware_plan,
    zq_fleet,
    zq_rotation_plan,
    zq_status_info,
    zq_vault_info,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._events.options import Options
from ansible_collections.zequenze.control.plugins.plugin_utils._variables import kinds
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.catalogue import TABLES
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.read import by_own_name
from ansible_collections.zequenze.control.tests.unit.support import arguments

MODULES = (
    zq_device_action,
    zq_device_info,
    zq_drift,
    zq_export,
    zq_firmware_plan,
    zq_fleet,
    zq_rotation_plan,
    zq_status_info,
    zq_vault_info,
)


def test_a_filter() -> None:
    assert Filter.from_params({"organization_id": ["1", 2]}).organization == (1, 2)
    assert by_key({"organization_id": 1, "organization": None}) == {"organization": 1}
    assert by_key({"organization_id": 1, "organization": 1}) == {"organization": 1}
    with pytest.raises(InputError, match=r"filter\.organization_id: is another name"):
        Filter.from_params({"organization_id": 2, "organization": 1}, "filter.")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_option_that_selects(module: Any) -> None:
    """In the options themselves, or within `filter` and `scope`."""
    rows = [module.SPEC]
    for option, names in (("filter", FILTER_SPEC), ("scope", SCOPE_SPEC)):
        if option in module.SPEC:
            assert module.SPEC[option]["options"] == names
            rows.append(module.SPEC[option]["options"])
    selecting = [row["organization"] for row in rows if "organization" in row]
    assert selecting
    assert all(row["aliases"] == ["organization_id"] for row in selecting)
    if "filter" in module.SPEC:
        assert module.SPEC["filter"]["aliases"] == ["filters"]


def test_a_scope() -> None:
    given = arguments(zq_fleet, config=[{"name": "a"}], scope={"organization_id": 7})
    request = FleetRequest.from_params(given)
    assert request.selection == Filter(organization=(7,))


@pytest.mark.parametrize("kind", [kinds.FILTER, kinds.SCOPE])
@pytest.mark.parametrize(
    "given", [{"organization_id": 7}, "organization_id=7", "organization_id: [7]"]
)
def test_a_variable_that_is_a_mapping(kind: kinds.Kind, given: Any) -> None:
    assert kind.parse("x", given) == {"organization": [7]}


@pytest.mark.parametrize(
    "prefix", [prefix for prefix, table in TABLES.items() if "filter" in table.names]
)
def test_a_variable_of_the_other_name(prefix: str) -> None:
    table = TABLES[prefix]
    assert by_own_name(table, {f"{prefix}_filters": "type=5"}) == {f"{prefix}_filter": "type=5"}
    given = {f"{prefix}_filters": "type=5", f"{prefix}_filter": ""}
    assert by_own_name(table, given) == {f"{prefix}_filter": "type=5"}
    with pytest.raises(ConfigError, match=f"{prefix}_filters: is another name of {prefix}_filter,"):
        by_own_name(table, {f"{prefix}_filters": "type=5", f"{prefix}_filter": "type=6"})


def test_a_source_of_events() -> None:
    args = {"token": "t", "url": "http://localhost/", "filter": {"organization_id": 3}}
    assert Options.from_args(args, {}).filters.organization == (3,)
    with pytest.raises(InputError, match="filter: is another name of filters"):
        Options.from_args({**args, "filters": {"type": 1}}, {})


def test_an_inventory() -> None:
    given = {"filter": {"organization_id": 3}, "group_by": ["organization_id", "type"]}
    assert zq_inventory._by_one_name(given) == {
        "filters": {"organization": 3},
        "group_by": ["organization", "type"],
    }
    with pytest.raises(InputError, match=r"filters\.organization_id: is another name"):
        zq_inventory._by_one_name({"filters": {"organization_id": 4, "organization": 3}})


def test_a_policy() -> None:
    problems = Problems()
    by_organization = {"101": "^a", "102": "^b"}
    policy = parse_policy(
        {"name": {"organization_id": by_organization}, "required": ["organization"]},
        lambda key: key,
        problems,
    )
    problems.raise_if_any()
    assert list(policy.conventions.organizations) == ["101", "102"]
    assert not policy.violations({"name": "a1", "organization_id": 101})
    assert policy.violations({"name": "c1", "organization_id": 101})
    assert policy.violations({"name": "c1"})
    parse_policy(
        {"name": {"organization_id": by_organization, "organization": {"x": "^a"}}},
        lambda key: key,
        problems,
    )
    assert [problem.place for problem in problems.found] == ["name.organization"]
