# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the platform differs from what is declared: found by reading alone, and said in lines."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.zequenze.control.plugins.module_utils._fleet.findings import (
    Difference,
    Drift,
    Finding,
    headline,
    lines,
)
from ansible_collections.zequenze.control.plugins.modules import zq_drift
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import (
    failure,
    listed,
    looked,
    run,
)

SECRET = "Kq7vX2-Zr9wT4"


def devices(result: dict[str, Any]) -> dict[str, str]:
    return {device["name"]: device["status"] for device in result["devices"]}


def test_what_differs_is_missing_or_is_not_declared(platform: Platform) -> None:
    for name in ("same", "other", "extra"):
        platform.add(name, description="x", organization_id=1)
    platform.add("elsewhere", organization_id=2)
    config = [
        {"name": "same", "description": "x"},
        {"name": "other", "description": "y", "latitude": "1.5"},
        {"name": "new", "type": 5, "organization_id": 1, "password": SECRET},
    ]
    result = run(zq_drift, platform, config=config, scope={"organization": 1})
    assert not result["changed"]
    assert result["drifted"]
    assert result["summary"] == {
        "declared": 3,
        "matching": 1,
        "differing": 1,
        "missing": 1,
        "undeclared": 1,
    }
    assert result["devices"] == [
        {"name": "extra", "organization_id": 1, "status": "undeclared", "fields": []},
        {
            "name": "new",
            "organization_id": 1,
            "status": "missing",
            "fields": [
                {"field": "type", "declared": 5, "actual": None},
                {"field": "organization_id", "declared": 1, "actual": None},
            ],
        },
        {
            "name": "other",
            "organization_id": 1,
            "status": "differing",
            "fields": [
                {"field": "description", "declared": "y", "actual": "x"},
                {"field": "latitude", "declared": "1.5", "actual": None},
            ],
        },
    ]
    assert result["headline"] == "Drift: of 3 declared devices, 1 differ, 1 missing, 1 not declared"
    assert result["lines"][0] == "new (organization 1): missing on the platform"
    assert result["matching"] == [{"organization_id": 1, "names": ["same"]}]
    assert result["scope"] == {"organization": 1}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", result["generated"])
    assert SECRET not in str(result)


def test_devices_without_a_type_are_looked_for_where_the_scope_is(platform: Platform) -> None:
    names = [f"r{number}" for number in range(5)]
    for name in names:
        platform.add(name, organization_id=1)
    platform.add("theirs", organization_id=2)
    config = [{"name": name, "description": ""} for name in [*names, "none"]]
    result = run(zq_drift, platform, config=config, scope={"organization": 1})
    assert devices(result) == {"none": "missing"}
    # The pages once: the devices, and those in scope that nobody declares.
    assert platform.sent() == [listed(organization=1), looked("none")]


def test_a_device_without_a_type_that_is_somebody_elses_is_not_missing(platform: Platform) -> None:
    platform.add("ours", organization_id=1)
    platform.add("theirs", organization_id=2)
    config = [{"name": name, "description": "x"} for name in ("ours", "theirs")]
    error = failure(zq_drift, platform, config=config, scope={"organization": 1})
    assert "theirs: its organization_id 2 is outside the scope, which is 1" in error.message


def test_without_a_scope_the_list_alone_tells_what_is_missing(platform: Platform) -> None:
    names = [f"r{number}" for number in range(5)]
    for name in names:
        platform.add(name)
    config = [{"name": name, "description": ""} for name in [*names, "none"]]
    assert devices(run(zq_drift, platform, config=config)) == {"none": "missing"}
    assert platform.sent() == [listed()]


def test_nothing_but_get_is_sent(platform: Platform) -> None:
    platform.add("one", description="x")
    run(
        zq_drift, platform, config=[{"name": "one", "description": "y"}, {"name": "two", "type": 5}]
    )
    assert {method for method, _path, _body in platform.calls} == {"GET"}


def test_no_drift(platform: Platform) -> None:
    platform.add("one", description="x")
    result = run(zq_drift, platform, config=[{"name": "one", "description": "x"}])
    assert (result["drifted"], result["devices"], result["lines"]) == (False, [], [])
    assert result["scope"] is None
    assert result["headline"] == "No drift: of 1 declared device, 0 differ, 0 missing"


def test_what_is_not_declared_is_no_drift(platform: Platform) -> None:
    platform.add("one")
    result = run(zq_drift, platform, config=[], scope={"organization": 1})
    assert (result["drifted"], devices(result)) == (False, {"one": "undeclared"})


def test_a_password_that_is_always_sent_is_no_drift(platform: Platform) -> None:
    platform.add("one")
    result = run(
        zq_drift,
        platform,
        config=[{"name": "one", "password": SECRET, "update_password": "always"}],
    )
    assert not result["drifted"]


def test_a_missing_device_needs_no_type(platform: Platform) -> None:
    result = run(
        zq_drift, platform, config=[{"name": "one", "new_name": "uno", "description": "x"}]
    )
    assert devices(result) == {"uno": "missing"}


def test_a_rename_that_is_still_to_be_made(platform: Platform) -> None:
    platform.add("one")
    result = run(zq_drift, platform, config=[{"name": "one", "new_name": "uno"}])
    assert result["devices"][0]["fields"] == [{"field": "name", "declared": "uno", "actual": "one"}]
    platform.devices["uno"] = {**platform.devices.pop("one"), "name": "uno"}
    assert not run(zq_drift, platform, config=[{"name": "one", "new_name": "uno"}])["drifted"]


def test_a_declared_device_outside_the_scope(platform: Platform) -> None:
    platform.add("one", organization_id=2)
    error = failure(
        zq_drift,
        platform,
        config=[{"name": "one", "organization_id": 2}],
        scope={"organization": 1},
    )
    assert "outside the scope" in error.message


POLICY = {
    "name": {"value": "^[a-z]{3}-rt-[0-9]+$", "why": "Found by site."},
    "required": ["location_name", "username"],
    "forbidden": [{"value": "description", "why": "Kept elsewhere."}, "debug"],
    "allowed_types": ["router"],
    "unique": ["customer_id"],
}


def violations(result: dict[str, Any]) -> dict[str, list[tuple[str, str, str]]]:
    return {
        device["name"]: [(one["field"], one["rule"], one["reason"]) for one in device["violations"]]
        for device in result["devices"]
        if "violations" in device
    }


def test_what_breaks_the_policy_is_drift_declared_or_not(platform: Platform) -> None:
    more = {"location_name": "Here", "organization_id": 1}
    platform.add("mad-rt-1", customer_id="C1", **more)
    platform.add("mad-rt-2", customer_id="C1", **{**more, "location_name": " "})
    platform.add("Router 3", **{**more, "description": "x"}, password=SECRET)
    platform.add("mad-rt-4", **{**more, "type": 6})
    platform.add("mad-rt-5", **more)
    platform.add("elsewhere", organization_id=2)
    config = [{"name": "mad-rt-1"}, {"name": "mad-rt-2", "description": "y"}]
    result = run(zq_drift, platform, config=config, scope={"organization": 1}, policy=POLICY)
    assert violations(result) == {
        "Router 3": [
            (
                "name",
                "name",
                "Router 3 does not match ^[a-z]{3}-rt-[0-9]+$. Why: Found by site.",
            ),
            ("description", "forbidden", "must be empty. Why: Kept elsewhere."),
        ],
        "mad-rt-2": [
            ("location_name", "required", "has to be given."),
            ("customer_id", "unique", "C1 is that of mad-rt-1 too."),
        ],
        "mad-rt-4": [("type", "allowed_types", "6 or other is not among router.")],
    }
    assert result["drifted"]
    assert result["summary"] == {
        "declared": 2,
        "matching": 1,
        "differing": 1,
        "missing": 0,
        "undeclared": 3,
        "breaking_policy": 3,
    }
    assert result["organizations"][0]["breaking_policy"] == 3
    assert result["not_judged"] == ["required username", "forbidden debug"]
    assert result["headline"].endswith("3 not declared, 3 break the policy")
    assert result["lines"][:2] == [
        "Router 3 (organization 1): not declared",
        (
            "  name breaks the policy (name): Router 3 does not match ^[a-z]{3}-rt-[0-9]+$."
            " Why: Found by site."
        ),
    ]
    assert result["lines"][-1] == (
        "Not judged, for the platform's list does not tell it: required username, forbidden debug."
    )
    assert SECRET not in str(result)
    # By pages alone: no device is read for the policy.
    assert all(not path.rstrip("/").endswith("rt-5") for _method, path, _body in platform.calls)


def test_what_breaks_the_policy_alone_is_as_declared(platform: Platform) -> None:
    platform.add("one", description="x")
    result = run(
        zq_drift, platform, config=[{"name": "one", "description": "x"}], policy={"name": "^two$"}
    )
    assert (result["drifted"], devices(result), result["matching"]) == (
        True,
        {"one": "matching"},
        [],
    )
    assert result["lines"][0] == "one (organization 1): as declared"


def test_a_policy_that_is_kept_is_no_drift(platform: Platform) -> None:
    platform.add("one")
    result = run(zq_drift, platform, config=[{"name": "one"}], policy={"name": "^one$"})
    assert (result["drifted"], result["not_judged"]) == (False, [])
    assert result["summary"]["breaking_policy"] == 0
    # A folder without a policy has one without rules.
    assert "not_judged" not in run(zq_drift, platform, config=[{"name": "one"}], policy={})


def test_a_policy_that_is_wrong_reads_nothing(platform: Platform) -> None:
    error = failure(zq_drift, platform, config=[], scope={"type": 5}, policy={"name": "("})
    assert "policy.name: ( is no regular expression" in error.message
    assert not platform.calls


def drift(*findings: Finding) -> Drift:
    return Drift(list(findings), "2026-11-22T23:59:00Z")


def test_organizations_with_the_most_drift_first() -> None:
    found = drift(
        Finding("a", 1, "matching"),
        Finding("b", 2, "missing"),
        Finding("c", None, "missing"),
        Finding("d", 3, "matching"),
    )
    assert [row["organization_id"] for row in found.organizations()] == [2, None, 1, 3]
    assert headline(found) == "Drift: of 4 declared devices, 0 differ, 2 missing"


def test_the_first_devices_are_named_in_lines_and_the_others_counted() -> None:
    fields = [Difference("debug", True, None), Difference("description", "", "a\x1b")]
    found = [Finding("gone", None, "missing"), Finding("d", 1, "differing", fields)]
    found += [Finding(f"d{number:02d}", 2, "missing") for number in range(20)]
    text = lines(drift(*found, Finding("fine", 1, "matching")))
    assert text[:4] == [
        "gone (no organization): missing on the platform",
        "d (organization 1): differs",
        "  debug: declared true, actual (not set)",
        "  description: declared (empty), actual a\\x1b",
    ]
    assert text[-2:] == ["d17 (organization 2): missing on the platform", "... and 2 more devices"]
