# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is true of any fleet, any declaration of it, and any state."""

from __future__ import annotations

import copy
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.zequenze.control.plugins.module_utils._errors import ZqError
from ansible_collections.zequenze.control.plugins.module_utils._fleet.review import GuardError
from ansible_collections.zequenze.control.plugins.module_utils._problems import ConfigError
from ansible_collections.zequenze.control.plugins.module_utils._schema import BY_NAME, same
from ansible_collections.zequenze.control.plugins.modules import zq_fleet
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    Platform,
    detail,
    reset,
)
from ansible_collections.zequenze.control.tests.unit.support import run
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f/g", "ü"])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "customer_id": st.sampled_from(["", "C", " C ", 7]),
    "is_active": st.sampled_from([True, False, "yes", "no"]),
    "serial_number": st.sampled_from(["S1", "S2", "S3", "S4", "S5"]),
    "description": st.sampled_from(["", "one", "two"]),
    "latitude": st.sampled_from(["", "1.50", "1.5", 2]),
    "longitude": st.sampled_from(["", "-3", -3.0]),
    "username": st.sampled_from(["", "u"]),
    "update_frequency": st.sampled_from([60, "60", 300]),
    "debug": st.booleans(),
    "firmware_image": st.sampled_from([1, 2]),
    "type": st.sampled_from([5, "5", 7, "router", "ont"]),
    "organization_id": st.sampled_from([1, "1"]),
    "password": st.just("pw-Zk81"),
    "sync": st.booleans(),
}


def stored(fields: dict[str, Any]) -> dict[str, Any]:
    """Values as the platform keeps them."""
    parsed = {
        key: BY_NAME[key].kind.parse(key, value)
        for key, value in fields.items()
        if key in BY_NAME and value is not None
    }
    parsed.update(
        {key: boolean(fields[key]) for key in ("is_active", "debug") if fields.get(key) is not None}
    )
    kept = {
        key: value.strip() if isinstance(value, str) else value
        for key, value in parsed.items()
        if not BY_NAME[key].secret
    }
    return {
        **kept,
        **(
            {"type": {"ont": 7, "router": 5}.get(kept["type"], kept["type"])}
            if "type" in kept
            else {}
        ),
    }


FIELDS = st.fixed_dictionaries(
    {}, optional={key: st.none() | value for key, value in VALUES.items()}
)
EXISTING = st.fixed_dictionaries(
    {"organization_id": st.sampled_from([1, 1, 1, 2])},
    optional={
        key: value
        for key, value in VALUES.items()
        if key not in ("organization_id", "password", "sync", "serial_number")
    },
)
FLEETS = st.dictionaries(NAMES, EXISTING, max_size=6)
ITEMS = st.builds(
    lambda name, new_name, fields: {
        "name": name,
        "new_name": new_name,
        "type": 5,
        "organization_id": 1,
        **fields,
    },
    NAMES,
    st.none() | st.none() | NAMES,
    FIELDS,
)
CONFIGS = st.lists(ITEMS, max_size=6, unique_by=lambda item: str(item["name"]))
STATES = st.sampled_from(["merged", "replaced", "overridden", "deleted"])
SCOPES = st.sampled_from([None, {"organization": 1}, {"organization": [1], "type": ["router", 7]}])


def made(fleet: dict[str, dict[str, Any]]) -> Platform:
    platform = Platform()
    for number, (name, fields) in enumerate(fleet.items(), 1):
        platform.add(name, **stored(fields), serial_number=f"S{number}")
    return platform


def arguments_for(state: str, scope: Any, config: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "state": state,
        "scope": scope or ({"organization": 1} if state == "overridden" else None),
        "config": copy.deepcopy(config) or [{"name": "nobody"}],
        "max_deletes": "100%",
        "concurrency": 1,
    }


@settings(max_examples=250)
@given(FLEETS, CONFIGS, STATES, SCOPES)
def test_applied_once_it_is_so(
    fleet: dict[str, Any], config: list[dict[str, Any]], state: str, scope: Any
) -> None:
    """Check predicts what is done; done, it is no change; nothing outside the scope is touched; refused, nothing is written."""
    platform = made(fleet)
    before = copy.deepcopy(platform.devices)
    arguments = arguments_for(state, scope, config)
    try:
        predicted = run(zq_fleet, platform, check=True, **arguments)
    except ConfigError:
        assert platform.devices == before
        try:
            run(zq_fleet, platform, **arguments)
        except ConfigError:
            assert platform.devices == before
            return
        raise AssertionError("it fails in check mode only") from None
    assert platform.devices == before
    applied = run(zq_fleet, platform, **arguments, expected_plan_digest=predicted["plan_digest"])
    for key in ("plan", "plan_digest", "diff", "changed"):
        assert applied[key] == predicted[key]
    again = run(zq_fleet, platform, **arguments)
    assert again["changed"] is False
    assert {entry["action"] for entry in again["plan"]} <= {"unchanged"}
    check_outcome(platform, before, arguments)


def check_outcome(platform: Platform, before: dict[str, Any], arguments: dict[str, Any]) -> None:
    declared = {item.get("new_name") or item["name"]: item for item in arguments["config"]}
    if arguments["state"] == "deleted":
        assert not {item["name"] for item in arguments["config"]} & platform.devices.keys()
        assert {
            name: device for name, device in before.items() if name in platform.devices
        } == platform.devices
        return
    for name, item in declared.items():
        for key, value in stored(
            {key: item[key] for key in item if key not in ("name", "new_name", "sync")}
        ).items():
            assert same(key, value, platform.devices[name][key])
    others = {
        device["id"]: device for name, device in platform.devices.items() if name not in declared
    }
    was = {device["id"]: device for device in before.values()}
    assert all(was[number] == device for number, device in others.items())
    if arguments["scope"]:
        foreign = {
            number: device for number, device in was.items() if device["organization_id"] != 1
        }
        assert (
            foreign.items()
            <= {device["id"]: device for device in platform.devices.values()}.items()
        )
    if arguments["state"] == "overridden":
        assert all(
            device["organization_id"] != 1 or device["type"] not in (5, 7)
            for device in others.values()
        )


@settings(max_examples=100)
@given(FLEETS, SCOPES)
def test_what_is_gathered_applies_back_without_a_change(fleet: dict[str, Any], scope: Any) -> None:
    platform = made(fleet)
    gathered = run(zq_fleet, platform, state="gathered", scope=scope)["gathered"]
    before = copy.deepcopy(platform.devices)
    for state in ("merged", "replaced", "overridden"):
        if state == "overridden" and scope is None:
            continue
        limits: dict[str, Any] = {"max_deletes": "100%"} if not gathered else {}
        assert (
            run(zq_fleet, platform, state=state, scope=scope, config=gathered, **limits)["changed"]
            is False
        )
    assert platform.devices == before
    # And it makes the same fleet where there is none.
    if gathered:
        elsewhere = Platform()
        run(zq_fleet, elsewhere, config=gathered)
        again = run(zq_fleet, elsewhere, state="gathered", scope=scope)["gathered"]
        key = str if scope is None else repr
        assert sorted(again, key=key) == sorted(gathered, key=key)


@settings(max_examples=100)
@given(
    FLEETS,
    CONFIGS,
    STATES,
    SCOPES,
    st.lists(st.sampled_from(["", "", "before", "after", "throttled", "broken"]), max_size=12),
)
def test_whatever_the_network_does_every_outcome_is_true_and_a_further_run_ends_right(
    fleet: dict[str, Any], config: list[dict[str, Any]], state: str, scope: Any, faults: list[str]
) -> None:
    platform = made(fleet)
    arguments = arguments_for(state, scope, config)
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        for fault in faults:
            kinds = {
                "before": reset(),
                "after": reset(after=True),
                "throttled": detail(429, "slow", Retry_After="1"),
                "broken": detail(502, "bad"),
            }
            platform.fail(method, kinds.get(fault))
    before = {device["id"] for device in platform.devices.values()}
    try:
        result = run(zq_fleet, platform, **arguments)
    except ConfigError:
        return
    except GuardError:
        raise
    except ZqError as error:
        result = error.partial
    platform.faults_by_method.clear()
    check_told(
        platform,
        before,
        result,
        {item["name"]: item.get("new_name") or item["name"] for item in arguments["config"]},
    )
    run(zq_fleet, platform, **arguments)
    assert run(zq_fleet, platform, **arguments)["changed"] is False
    assert len(platform.created) == len(set(platform.created))


def check_told(
    platform: Platform, before: set[int], result: dict[str, Any], final: dict[str, str]
) -> None:
    """What is told as done was done."""
    plan = {entry["name"]: entry for entry in result["plan"]}
    for one in result["results"]:
        entry = plan[one["name"]]
        name = final.get(one["name"], one["name"])
        if one["status"] != "done":
            continue
        if entry["action"] == "delete":
            assert one["name"] in platform.deleted
        else:
            device = platform.devices[name]
            assert (device["id"] in before) is (entry["action"] == "update")
            assert all(same(key, value, device[key]) for key, value in entry["after"].items())
