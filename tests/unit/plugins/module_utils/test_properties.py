# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for any device and any declaration."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.zequenze.control.plugins.module_utils._errors import ZqError
from ansible_collections.zequenze.control.plugins.module_utils._schema import same
from ansible_collections.zequenze.control.plugins.modules import zq_device
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    Fault,
    Platform,
    reset,
)
from ansible_collections.zequenze.control.tests.unit.support import run
from hypothesis import given
from hypothesis import strategies as st

SECRET = "pw-Zk81"
TEXT = st.text(max_size=6)
# What may be declared; a device may have any other.
SERIAL_NUMBERS = st.one_of(st.just(""), st.from_regex(r"SN-[0-9a-f]{1,4}", fullmatch=True))
IDS = st.integers(0, 9)


def degrees(most: int) -> st.SearchStrategy[str]:
    return st.one_of(
        st.just(""),
        st.decimals(-most, most, places=3).map(str),
        st.integers(-most, most).map(lambda one: f" {one}.0 "),
    )


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "customer_id": TEXT,
    "is_active": st.booleans(),
    "serial_number": TEXT,
    "description": TEXT,
    "organization_id": IDS,
    "location_name": TEXT,
    "latitude": degrees(90),
    "longitude": degrees(180),
    "username": TEXT,
    "update_frequency": IDS,
    "debug": st.booleans(),
    "firmware_image": IDS,
    "firmware_image_is_pending": st.booleans(),
}
# As the platform shows them: any of them may be null, but those that the platform always knows.
SHOWN: dict[str, st.SearchStrategy[Any]] = {
    **{
        key: values if key in ("is_active", "organization_id") else st.one_of(st.none(), values)
        for key, values in VALUES.items()
    },
    "latitude": st.one_of(st.none(), st.decimals(-90, 90, places=6).map(str)),
    "longitude": st.one_of(st.none(), st.decimals(-180, 180, places=6).map(str)),
    "type": st.sampled_from([5, 7, 8]),
}
DEVICES = st.one_of(st.none(), st.fixed_dictionaries({}, optional=SHOWN))
DECLARED = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["5", "7", "ont", "router"]),
        "sync": st.booleans(),
        "replace": st.booleans(),
        "new_name": st.sampled_from([None, None, "r1", "r2"]),
        "password": st.sampled_from([None, SECRET]),
    },
    optional={
        **{key: st.one_of(st.none(), values) for key, values in VALUES.items()},
        "serial_number": st.one_of(st.none(), SERIAL_NUMBERS),
    },
)


def platform_with(device: dict[str, Any] | None) -> Platform:
    platform = Platform()
    platform.add("other")
    if device is not None:
        platform.add("r1", **device)
    return platform


@given(DEVICES, DECLARED)
def test_declared_and_declared_again_is_no_change(
    device: dict[str, Any] | None, declared: dict[str, Any]
) -> None:
    platform = platform_with(device)
    first = run(zq_device, platform, name="r1", **declared)
    there = copy.deepcopy(platform.devices)
    platform.sent()
    for check in (True, False):
        again = run(zq_device, platform, check=check, name="r1", **declared)
        assert again["changed"] is False
        assert again["diff"] == {"before": {}, "after": {}}
        assert {call[0] for call in platform.sent()} == {"GET"}
        assert again["device"] == first["device"]
    assert platform.devices == there
    assert "warnings" not in first


@given(DEVICES, DECLARED, st.sampled_from(["on_create", "always"]), st.booleans())
def test_check_mode_predicts(
    device: dict[str, Any] | None, declared: dict[str, Any], update_password: str, absent: bool
) -> None:
    platform = platform_with(device)
    there = copy.deepcopy(platform.devices)
    given = {"name": "r1", **declared, "update_password": update_password}
    if absent:
        given.update(state="absent", new_name=None)
    predicted = run(zq_device, platform, check=True, **given)
    assert platform.devices == there
    real = run(zq_device, platform, **given)
    for key in ("changed", "diff", "changed_fields"):
        assert predicted[key] == real[key]
    # What only the platform can say is not predicted.
    for key in set(predicted["device"]) - {"id", "uuid", "type_short_name", "pending_settings"}:
        if device is not None or predicted["device"][key] is not None:
            assert same(key, predicted["device"][key], real["device"][key])
    assert predicted["device"].keys() == real["device"].keys()
    assert SECRET not in repr((predicted, real))
    assert set(real["diff"]["before"]) <= set(there.get("r1", {}))


@given(DEVICES, DECLARED)
def test_only_what_differs_is_sent_and_nothing_else_changes(
    device: dict[str, Any] | None, declared: dict[str, Any]
) -> None:
    platform = platform_with(device)
    declared["replace"] = False
    before = copy.deepcopy(platform.devices)
    result = run(zq_device, platform, name="r1", **declared)
    after = platform.devices
    assert after["other"] == before["other"]
    name = declared["new_name"] or "r1"
    if device is not None:
        different = {key for key, value in after[name].items() if value != before["r1"][key]}
        assert different - {"type_short_name", "pending_settings"} == set(result["changed_fields"])
        for call in platform.sent():
            if call[0] == "PATCH":
                assert set(call[2]) - {"sync"} == set(result["changed_fields"])


FAULTS = st.lists(
    st.sampled_from(
        [
            None,
            None,
            reset(),
            reset(after=True),
            Fault(500, b"x"),
            Fault(502, b"<html>", after=True),
            Fault(429, b"", {"Retry-After": "1"}),
            Fault(200, b"<html>", {"Content-Type": "text/html"}, after=True),
            Fault(cut=True, after=True),
        ]
    ),
    max_size=8,
)


def attempt(platform: Platform, declared: dict[str, Any]) -> tuple[dict[str, Any], ZqError | None]:
    try:
        return run(zq_device, platform, name="r1", **declared), None
    except ZqError as error:
        return {}, error


@given(DEVICES, DECLARED, FAULTS)
def test_whatever_the_network_does(
    device: dict[str, Any] | None, declared: dict[str, Any], faults: list[Fault | None]
) -> None:
    """At most one creation and one sync; a success is what was declared; a run without faults then ends there."""
    platform = platform_with(device)
    platform.faults = list(faults)
    result, failed = attempt(platform, declared)
    platform.faults = []
    if failed:
        assert SECRET not in repr(failed.to_dict())
        assert failed.remedy
    else:
        assert run(zq_device, platform, check=True, name="r1", **declared)["changed"] is False
        assert len(platform.triggers) == (1 if result["changed"] and declared["sync"] else 0)
    assert len(platform.created) <= 1
    assert len(platform.triggers) <= 1
    run(zq_device, platform, name="r1", **declared)
    assert run(zq_device, platform, name="r1", **declared)["changed"] is False
    assert len(platform.created) <= 1
