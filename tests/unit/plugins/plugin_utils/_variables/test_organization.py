# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that stands for an organization: whose devices its run is about, and where its report is."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import RefusedError
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.catalogue import TABLES
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.organization import (
    Organization,
    check_apart,
    check_scoped,
    queue_warning,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.read import read_variables

ACME = Organization("organization-7", 7, {"organization": 7})
ROLLOUT, MAINTENANCE = TABLES["firmware_rollout"], TABLES["maintenance"]
DIGEST = "ab" * 32


def narrowed(**given: Any) -> dict[str, Any]:
    """Of a maintenance."""
    values = {f"maintenance_{name}": value for name, value in given.items()}
    read = read_variables(
        MAINTENANCE, ACME.values(MAINTENANCE, {"maintenance_action": "sync", **values})
    )
    return ACME.narrowed(MAINTENANCE, read)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"group_names": ["zq_organizations"], "zq_organization_id": 7}, ACME),
        ({"group_names": ["routers", "zq_organizations"], "zq_organization_id": "7"}, ACME),
        # A device has an organization too.
        ({"group_names": ["organization_7"], "zq_organization_id": 7}, None),
        ({"group_names": None}, None),
        ({}, None),
    ],
)
def test_what_a_host_stands_for(variables: dict[str, Any], expected: Organization | None) -> None:
    assert Organization.of({"inventory_hostname": "organization-7", **variables}) == expected


@pytest.mark.parametrize(
    "nothing", [{}, {"filter": None}, {"filter": " "}, {"filter": "", "names": ""}]
)
def test_without_a_filter_it_is_the_whole_organization(nothing: dict[str, Any]) -> None:
    assert narrowed(**nothing)["filter"] == {"organization": [7]}


@pytest.mark.parametrize(
    "given",
    [
        {"type": "router"},
        "type: router",
        "type=router organization=7",
        {"type": "router", "organization": [1, 7]},
    ],
)
def test_a_filter_narrows_it(given: Any) -> None:
    assert narrowed(filter=given)["filter"] == {"type": ["router"], "organization": [7]}


def test_a_filter_without_it_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"maintenance_filter\.organization: does not have 7"):
        narrowed(filter={"organization": [1, 2]})


def test_names_of_devices_are_refused() -> None:
    with pytest.raises(RefusedError, match="maintenance_names: names devices"):
        narrowed(names=["a"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"organization-7": DIGEST, "organization-8": "cd" * 32}, DIGEST),
        (f'{{"organization-7": "{DIGEST}", "organization-8": "x"}}', DIGEST),
        (f" {{organization-7: {DIGEST}}}", DIGEST),
        (DIGEST, DIGEST),
        ("", ""),
        (None, None),
    ],
)
def test_of_the_digests_of_all_it_is_its_own(given: Any, expected: Any) -> None:
    option = "firmware_rollout_expected_plan_digest"
    assert ACME.values(ROLLOUT, {option: given})[option] == expected


@pytest.mark.parametrize("given", [{"organization-8": DIGEST}, {}, {"organization-7": ""}])
def test_where_there_are_digests_one_without_is_refused(given: Any) -> None:
    option = "firmware_rollout_expected_plan_digest"
    with pytest.raises(RefusedError, match="there is no plan of it that was approved"):
        ACME.values(ROLLOUT, {option: given})
    assert not ACME.values(ROLLOUT, {option: given}, check_mode=True)[option]


ROUTERS = Organization("organization-7", 7, {"organization": 7, "type": ["router", 5]})


def test_the_filter_of_the_inventory_holds() -> None:
    values = ROUTERS.values(MAINTENANCE, {"maintenance_action": "sync"})
    given = ROUTERS.narrowed(MAINTENANCE, read_variables(MAINTENANCE, values))
    assert given["filter"] == {"organization": [7], "type": ["router", 5]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"status": ["up"]}, {"status": ["up"], "organization": [7], "type": ["router", 5]}),
        ({"type": [5, 6]}, {"organization": [7], "type": [5]}),
        ({"type": ["Router"], "organization": [7, 8]}, {"organization": [7], "type": ["Router"]}),
    ],
)
def test_a_filter_narrows_that_of_the_inventory(given: Any, expected: Any) -> None:
    assert ROUTERS.narrowed(MAINTENANCE, {"filter": given})["filter"] == expected


def test_a_filter_that_contradicts_that_of_the_inventory_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"maintenance_filter\.type: does not have router, 5"):
        ROUTERS.narrowed(MAINTENANCE, {"filter": {"type": ["camera"]}})


RECONCILE = TABLES["reconcile"]


def reconciled(organization: Organization = ACME, **given: Any) -> dict[str, Any]:
    values = {f"reconcile_{name}": value for name, value in given.items()}
    values = organization.values(RECONCILE, {"reconcile_path": "fleet", **values})
    return organization.narrowed(RECONCILE, read_variables(RECONCILE, values))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, {"organization": [7]}),
        ("", {"organization": [7]}),
        ("type=router", {"organization": [7], "type": ["router"]}),
        ({"organization": [7, 8]}, {"organization": [7]}),
    ],
)
def test_a_reconciliation_has_the_organization_as_its_scope(given: Any, expected: Any) -> None:
    assert reconciled(scope=given)["scope"] == expected


def test_a_scope_without_the_organization_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"reconcile_scope\.organization: does not have 7"):
        reconciled(scope={"organization": 8})


def test_what_an_inventory_filters_by_may_be_no_scope() -> None:
    assert reconciled(ROUTERS)["scope"] == {"organization": [7], "type": ["router", 5]}
    up = Organization("organization-7", 7, {"organization": 7, "status": "up"})
    with pytest.raises(RefusedError, match="cannot be organization-7: the inventory filters by"):
        reconciled(up)


@pytest.mark.parametrize(
    ("given", "own"),
    [
        ("plans/plan.json", "plans/organization-7/plan.json"),
        ("plan.json", "organization-7/plan.json"),
        ("/var/plans/plan.json", "/var/plans/organization-7/plan.json"),
    ],
)
def test_each_has_files_of_its_own(given: str, own: str) -> None:
    read = reconciled(plan_file=given, journal_file=f"{given}l")
    assert (read["plan_file"], read["journal_file"]) == (own, f"{own}l")
    assert "plan_file" not in reconciled()


@pytest.mark.parametrize("number", [None, "", "seven", {}, True, 101.9])
def test_a_host_that_does_not_say_which_organization_it_is(number: Any) -> None:
    variables = {"inventory_hostname": "x", "group_names": ["zq_organizations"]}
    with pytest.raises(RefusedError, match="x is in the group zq_organizations, and has no"):
        Organization.of({**variables, "zq_organization_id": number})
    with pytest.raises(RefusedError, match="has no zq_organization_id"):
        Organization.of(variables)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"organization": {"host": "organization-7"}}),
        (
            {"report_dir": "reports"},
            {
                "organization": {"host": "organization-7", "index_dir": "reports"},
                "report_dir": "reports/organization-7",
            },
        ),
        (
            {"report_dir": "reports", "name": "a/b"},
            {
                "organization": {"host": "organization-7", "index_dir": "reports/a%2Fb"},
                "report_dir": "reports/a%2Fb/organization-7",
            },
        ),
    ],
)
def test_each_has_a_folder_of_its_own(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert ACME.told(given) == expected


def test_it_is_not_taken_for_one_run_of_all() -> None:
    with pytest.raises(RefusedError, match="organization-7 stands for an organization"):
        check_apart(ACME, ROLLOUT, together=True)
    check_apart(ACME, ROLLOUT, together=False)
    check_apart(None, ROLLOUT, together=True)


@pytest.mark.parametrize(
    ("hosts", "forks", "waits", "words"),
    [
        (5, 5, True, ""),
        (6, 5, True, "may miss its window"),
        (6, 5, False, "6 organizations and 5 forks"),
    ],
)
def test_a_queue_is_told(hosts: int, forks: int, waits: bool, words: str) -> None:
    told = queue_warning(hosts, forks, waits=waits)
    assert words in told
    assert bool(told) is bool(words)


ORGANIZATIONS = ["organization-7", "organization-8"]


@pytest.mark.parametrize(
    ("groups", "given", "refused", "warned"),
    [
        ({"all": ["localhost"]}, {}, False, False),
        ({"all": ["gw-1"], "zq_organizations": []}, {}, False, False),
        ({"all": ORGANIZATIONS, "zq_organizations": ORGANIZATIONS}, {}, True, False),
        (
            {"all": ["localhost", *ORGANIZATIONS], "zq_organizations": ORGANIZATIONS},
            {},
            True,
            False,
        ),
        ({"all": ["gw-1", *ORGANIZATIONS], "zq_organizations": ORGANIZATIONS}, {}, False, True),
        (
            {"all": ["gw-1", *ORGANIZATIONS], "zq_organizations": ORGANIZATIONS},
            {"scope": {"organization": [7]}},
            False,
            False,
        ),
    ],
)
def test_one_run_in_an_inventory_of_organizations_is_not_taken_for_one_of_each(
    groups: dict[str, Any], given: dict[str, Any], refused: bool, warned: bool
) -> None:
    if refused:
        with pytest.raises(RefusedError, match="the limit leaves no organization"):
            check_scoped(RECONCILE, given, groups)
        return
    told = check_scoped(RECONCILE, given, groups)
    assert ("one run without a scope. Give reconcile_scope" in told) is warned
    assert bool(told) is warned
    assert not check_scoped(MAINTENANCE, given, groups)
