# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each module four times: change, again, and both in check mode; with the exact list of requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.modules import (
    zq_device,
    zq_device_action,
    zq_device_info,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform, detail
from ansible_collections.zequenze.control.tests.unit.support import (
    LIST,
    PROBE,
    failure,
    listed,
    looked,
    path,
    run,
    sides,
    types_listed,
)


def told(returned: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """Some of it; of the diff what differs, without the name of the device above it."""
    return {**{key: returned[key] for key in keys}, "diff": sides(returned["diff"])}


def quartet(
    platform: Platform, reads: list[Any], writes: list[Any], result: dict[str, Any], **given: Any
) -> None:
    """Check, change, check again, again. `result` holds what check mode and the change both return; `name` is looked at before."""
    name = given["name"]
    predicted = run(zq_device, platform, check=True, **given)
    assert platform.sent() == reads
    assert told(predicted, result) == result
    changed = run(zq_device, platform, **given)
    after = [] if given.get("state") == "absent" else [looked(given.get("new_name") or name)]
    assert platform.sent() == [*reads, *writes, *after]
    assert told(changed, result) == result
    assert changed["diff"] == predicted["diff"]
    assert changed["diff"]["before_header"] == changed["diff"]["after_header"] == name
    assert "warnings" not in changed
    for check in (True, False):
        again = run(zq_device, platform, check=check, **given)
        assert platform.sent() == looks_again(name, given)
        assert again["changed"] is False
        assert again["diff"] == {"before": {}, "after": {}}
        assert again["changed_fields"] == []
        assert again["device"] == changed["device"]


def looks_again(name: str, given: dict[str, Any]) -> list[Any]:
    """Where nothing is left to do. Whoever says that there is no such device has to list some."""
    if "new_name" in given:
        return [looked(name), PROBE, looked(given["new_name"])]
    if given.get("state") == "absent":
        return [looked(name), PROBE]
    return [looked(name)]


def test_create(platform: Platform) -> None:
    given = {
        "name": "r1",
        "type": "7",
        "serial_number": "SN1",
        "latitude": "40.50",
        "password": "pw-Zk81",
        "is_active": False,
    }
    after = {
        "name": "r1",
        "type": 7,
        "serial_number": "SN1",
        "latitude": "40.50",
        "is_active": False,
    }
    quartet(
        platform,
        [looked("r1"), PROBE],
        [("POST", LIST, {**after, "password": "pw-Zk81"})],
        {
            "changed": True,
            "changed_fields": [
                "is_active",
                "latitude",
                "name",
                "password",
                "serial_number",
                "type",
            ],
            "diff": {"before": {}, "after": {**after, "password": "(sensitive)"}},
        },
        **given,
    )
    assert platform.passwords == {"r1": "pw-Zk81"}


def test_create_with_all_that_post_takes_and_what_it_does_not(platform: Platform) -> None:
    posted: dict[str, Any] = {
        "name": "r1",
        "customer_id": "C1",
        "is_active": True,
        "type": 5,
        "serial_number": "SN1",
        "description": "d",
        "organization_id": 3,
        "location_name": "here",
        "latitude": "1.5",
        "longitude": "-2.5",
        "username": "u",
        "password": "pw-Zk81",
    }
    patched: dict[str, Any] = {
        "update_frequency": 300,
        "debug": True,
        "firmware_image": 9,
        "firmware_image_is_pending": True,
    }
    run(zq_device, platform, **{**posted, **patched, "type": "5"})
    assert len(posted) == 12
    assert platform.sent() == [
        looked("r1"),
        PROBE,
        ("POST", LIST, posted),
        ("PATCH", path("r1"), patched),
        looked("r1"),
    ]


def test_create_with_sync_sends_it_with_the_rest(platform: Platform) -> None:
    run(zq_device, platform, name="r1", type="5", sync=True)
    assert platform.sent() == [
        looked("r1"),
        PROBE,
        ("POST", LIST, {"name": "r1", "type": 5}),
        ("PATCH", path("r1"), {"sync": True}),
        looked("r1"),
    ]
    assert platform.triggers == [("r1", "sync")]


def test_create_predicts_the_device(platform: Platform) -> None:
    predicted = run(zq_device, platform, check=True, name="r1", type="5", password="pw-Zk81")
    made = run(zq_device, platform, name="r1", type="5", password="pw-Zk81")
    assert predicted["device"].keys() == made["device"].keys()
    assert len(made["device"]) == 34
    assert predicted["device"]["status"] == "Down"
    assert "pw-Zk81" not in repr((predicted, made))


def test_create_needs_a_type_also_in_check_mode(platform: Platform) -> None:
    for check in (True, False):
        error = failure(zq_device, platform, check=check, name="r1", description="x")
        assert error.errors.keys() == {"type"}
        assert "'r1' does not exist" in error.message
    assert platform.devices == {}


def test_update(platform: Platform) -> None:
    platform.add(
        "r1", description="old", update_frequency=300, customer_id="C", latitude="40.712800"
    )
    quartet(
        platform,
        [looked("r1")],
        [("PATCH", path("r1"), {"description": "new", "update_frequency": 600})],
        {
            "changed": True,
            "changed_fields": ["description", "update_frequency"],
            "diff": {
                "before": {"description": "old", "update_frequency": 300},
                "after": {"description": "new", "update_frequency": 600},
            },
        },
        # The same place, the same organization, and white space that the platform takes off: no difference.
        name="r1",
        description="new",
        update_frequency=600,
        latitude=" 40.7128",
        organization_id=1,
        customer_id=" C ",
    )


def test_update_with_sync_in_the_same_request(platform: Platform) -> None:
    platform.add("r1", description="old")
    quartet(
        platform,
        [looked("r1")],
        [("PATCH", path("r1"), {"description": "new", "sync": True})],
        {
            "changed": True,
            "changed_fields": ["description"],
            "diff": {"before": {"description": "old"}, "after": {"description": "new"}},
        },
        name="r1",
        description="new",
        sync=True,
    )
    assert platform.triggers == [("r1", "sync")]


def test_empty_text_clears_and_null_leaves_alone(platform: Platform) -> None:
    platform.add("r1", description="old", latitude="1.0", longitude="2.0", customer_id="C")
    run(
        zq_device,
        platform,
        name="r1",
        description="",
        latitude="",
        longitude=None,
        customer_id=None,
    )
    assert platform.sent()[1] == ("PATCH", path("r1"), {"description": "", "latitude": None})
    assert platform.devices["r1"]["longitude"] == "2.0"
    assert run(zq_device, platform, name="r1", description="", latitude="")["changed"] is False


def test_password_on_create_is_left_alone_later(platform: Platform) -> None:
    platform.add("r1", password="first-Zk81")
    result = run(zq_device, platform, name="r1", password="other-Zk81")
    assert platform.sent() == [looked("r1")]
    assert result["changed"] is False


def test_password_always_is_sent_and_changed_each_time(platform: Platform) -> None:
    platform.add("r1", password="first-Zk81")
    for _time in range(2):
        given: dict[str, Any] = {
            "name": "r1",
            "password": "other-Zk81",
            "update_password": "always",
        }
        predicted = run(zq_device, platform, check=True, **given)
        assert platform.sent() == [looked("r1")]
        result = run(zq_device, platform, **given)
        assert platform.sent() == [
            looked("r1"),
            ("PATCH", path("r1"), {"password": "other-Zk81"}),
            looked("r1"),
        ]
        for one in (predicted, result):
            assert one["changed"] is True
            assert one["changed_fields"] == ["password"]
            assert sides(one["diff"]) == {"before": {}, "after": {"password": "(sensitive)"}}
            assert "other-Zk81" not in repr(one)
    assert platform.passwords == {"r1": "other-Zk81"}


def test_rename(platform: Platform) -> None:
    platform.add("old name")
    quartet(
        platform,
        [looked("old name"), looked("new/name"), PROBE],
        [("PATCH", path("old name"), {"name": "new/name"})],
        {
            "changed": True,
            "changed_fields": ["name"],
            "diff": {"before": {"name": "old name"}, "after": {"name": "new/name"}},
        },
        name="old name",
        new_name="new/name",
    )
    assert list(platform.devices) == ["new/name"]


def test_rename_done_already_changes_what_else_is_declared(platform: Platform) -> None:
    platform.add("new", description="x")
    run(zq_device, platform, name="old", new_name="new", description="y")
    assert platform.sent() == [
        looked("old"),
        PROBE,
        looked("new"),
        ("PATCH", path("new"), {"description": "y"}),
        looked("new"),
    ]


def test_rename_of_neither_creates_under_the_new_name(platform: Platform) -> None:
    run(zq_device, platform, name="old", new_name="new", type="5")
    assert platform.sent() == [
        looked("old"),
        PROBE,
        looked("new"),
        ("POST", LIST, {"name": "new", "type": 5}),
        looked("new"),
    ]


def test_rename_with_both_there_is_an_error(platform: Platform) -> None:
    platform.add("old")
    platform.add("new")
    for check in (True, False):
        error = failure(zq_device, platform, check=check, name="old", new_name="new")
        assert platform.sent() == [looked("old"), looked("new")]
        assert error.errors.keys() == {"new_name"}
        assert error.message == (
            "new_name: 'new' is the name of another device already, and 'old' exists too."
            " Delete one, or choose another name."
        )


def test_rename_to_the_same_name_is_no_change(platform: Platform) -> None:
    platform.add("r1")
    assert run(zq_device, platform, name="r1", new_name="r1")["changed"] is False
    assert platform.sent() == [looked("r1")]


def replaceable(platform: Platform) -> None:
    platform.add(
        "r1",
        customer_id="C",
        is_active=False,
        type=7,
        serial_number="SN",
        description="d",
        organization_id=4,
        location_name="here",
        latitude="1.000000",
        longitude="2.000000",
        username="u",
        update_frequency=300,
        debug=True,
        firmware_image=3,
        firmware_image_is_pending=True,
        password="pw-Zk81",
    )


def test_replace_sends_the_whole_device(platform: Platform) -> None:
    replaceable(platform)
    quartet(
        platform,
        [looked("r1")],
        [
            (
                "PUT",
                path("r1"),
                {
                    "name": "r1",
                    "customer_id": "",
                    "is_active": False,
                    "type": 7,
                    "serial_number": "SN",
                    "description": "new",
                    "organization_id": 4,
                    "location_name": "",
                    "latitude": None,
                    "longitude": None,
                    "username": "u",
                    "update_frequency": 300,
                    "debug": False,
                },
            )
        ],
        {
            "changed": True,
            "changed_fields": [
                "customer_id",
                "debug",
                "description",
                "latitude",
                "location_name",
                "longitude",
            ],
            "diff": {
                "before": {
                    "description": "d",
                    "customer_id": "C",
                    "location_name": "here",
                    "latitude": "1.000000",
                    "longitude": "2.000000",
                    "debug": True,
                },
                "after": {
                    "description": "new",
                    "customer_id": "",
                    "location_name": "",
                    "latitude": None,
                    "longitude": None,
                    "debug": False,
                },
            },
        },
        name="r1",
        description="new",
        replace=True,
    )
    assert platform.passwords == {"r1": "pw-Zk81"}
    assert platform.devices["r1"]["firmware_image"] == 3


def test_replace_leaves_out_what_is_kept_and_has_no_value(platform: Platform) -> None:
    platform.add("r1", description="d")
    run(zq_device, platform, name="r1", replace=True)
    assert platform.sent()[1] == (
        "PUT",
        path("r1"),
        {
            "name": "r1",
            "customer_id": "",
            "is_active": True,
            "type": 5,
            "description": "",
            "organization_id": 1,
            "location_name": "",
            "latitude": None,
            "longitude": None,
            "debug": False,
        },
    )


def test_replace_sends_firmware_by_patch_after_the_put_and_sync_with_the_last(
    platform: Platform,
) -> None:
    replaceable(platform)
    run(zq_device, platform, name="r1", new_name="r2", firmware_image=8, replace=True, sync=True)
    calls = platform.sent()
    assert [call[:2] for call in calls] == [
        ("GET", path("r1")),
        ("GET", path("r2")),
        ("GET", LIST),
        ("PUT", path("r1")),
        ("PATCH", path("r2")),
        ("GET", path("r2")),
    ]
    assert calls[3][2]["name"] == "r2"
    assert not {"firmware_image", "firmware_image_is_pending", "sync"} & set(calls[3][2])
    assert calls[4][2] == {"firmware_image": 8, "sync": True}


def test_replace_that_changes_firmware_alone_sends_no_put(platform: Platform) -> None:
    platform.add("r1", firmware_image=3)
    run(zq_device, platform, name="r1", firmware_image=8, replace=True)
    assert platform.sent() == [
        looked("r1"),
        ("PATCH", path("r1"), {"firmware_image": 8}),
        looked("r1"),
    ]


def test_replace_with_a_password_always_sends_it_in_the_put(platform: Platform) -> None:
    platform.add("r1", password="old-Zk81")
    result = run(
        zq_device, platform, name="r1", password="new-Zk81", update_password="always", replace=True
    )
    method, _path, body = platform.sent()[1]
    assert method == "PUT"
    assert body["password"] == "new-Zk81"
    assert result["changed_fields"] == ["password"]


def test_replace_that_is_so_already_sends_nothing(platform: Platform) -> None:
    platform.add(
        "r1",
        type=7,
        description="",
        customer_id=None,
        latitude="",
        longitude=None,
        firmware_image=3,
    )
    result = run(zq_device, platform, name="r1", type="ont", replace=True, sync=True)
    assert platform.sent() == [looked("r1")]
    assert result["changed"] is False


def test_delete(platform: Platform) -> None:
    platform.add("r1", description="d", customer_id="")
    quartet(
        platform,
        [looked("r1")],
        [("DELETE", path("r1"), None)],
        {
            "changed": True,
            "device": {},
            "changed_fields": [
                "debug",
                "description",
                "firmware_image_is_pending",
                "is_active",
                "name",
                "organization_id",
                "type",
            ],
            "diff": {
                "before": {
                    "name": "r1",
                    "is_active": True,
                    "type": 5,
                    "description": "d",
                    "organization_id": 1,
                    "firmware_image_is_pending": False,
                    "debug": False,
                },
                "after": {},
            },
        },
        name="r1",
        state="absent",
    )


def test_delete_with_a_new_name_is_an_error(platform: Platform) -> None:
    assert failure(zq_device, platform, name="r1", new_name="r2", state="absent").errors.keys() == {
        "new_name"
    }
    assert platform.sent() == []


def test_type_by_short_name_is_looked_up(platform: Platform) -> None:
    platform.add("r1", type=5)
    quartet(
        platform,
        [looked("r1"), types_listed()],
        [("PATCH", path("r1"), {"type": 7})],
        {
            "changed": True,
            "changed_fields": ["type"],
            "diff": {"before": {"type": 5}, "after": {"type": 7}},
        },
        name="r1",
        type="ont",
    )


def test_type_by_short_name_is_not_looked_up_where_the_device_has_it(platform: Platform) -> None:
    platform.add("r1", type=7)
    assert run(zq_device, platform, name="r1", type="ont")["changed"] is False
    assert platform.sent() == [looked("r1")]


def test_type_by_id_is_never_looked_up(platform: Platform) -> None:
    platform.add("r1", type=5)
    run(zq_device, platform, name="r1", type="7")
    assert platform.sent() == [looked("r1"), ("PATCH", path("r1"), {"type": 7}), looked("r1")]


@pytest.mark.parametrize("status", [403, 404])
def test_type_by_short_name_where_types_are_not_listed(platform: Platform, status: int) -> None:
    platform.add("r1", type=5)
    platform.faults = [None, detail(status, "No.")]
    error = failure(zq_device, platform, name="r1", type="ont")
    assert error.errors.keys() == {"type"}
    assert f"answered {status} " in error.message
    assert "Give the type's id" in error.message


def test_type_by_an_unknown_or_ambiguous_short_name(platform: Platform) -> None:
    platform.add("r1")
    for check in (True, False):
        assert (
            "The platform knows: ont, router"
            in failure(zq_device, platform, check=check, name="r1", type="nope").message
        )
    platform.types.append({"id": 8, "name": "another", "short_name": "ont"})
    assert "Give the id: 7, 8" in failure(zq_device, platform, name="r1", type="ont").message


def test_a_change_that_does_not_show_is_said(platform: Platform) -> None:
    platform.add("r1", firmware_image=1)

    def forget(method: str, _path: str) -> None:
        if method == "GET":
            platform.devices["r1"].update(firmware_image=1, firmware_image_is_pending=False)

    platform.on_request = forget
    given: dict[str, Any] = {"firmware_image": 2, "firmware_image_is_pending": True}
    result = run(zq_device, platform, name="r1", debug=True, **given)
    assert result["changed"] is True
    assert result["warnings"] == [
        "The platform accepted the change of 'r1', but does not show it in: firmware_image."
    ]


def test_changes_that_do_not_show_are_said_in_one_warning(platform: Platform) -> None:
    platform.add("r1", username="u", description="d")
    platform.on_request = lambda method, _path: (
        platform.devices["r1"].update(username="u", description="d") if method == "GET" else None
    )
    result = run(zq_device, platform, name="r1", username="new", description="new", debug=True)
    assert result["warnings"] == [
        "The platform accepted the change of 'r1', but does not show it in: description, username."
    ]


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "."}, "name"),
        ({"name": ".."}, "name"),
        ({"name": "r1 "}, "name"),
        ({"name": "r1", "new_name": " r2"}, "new_name"),
        ({"name": "r1", "new_name": ""}, "new_name"),
        ({"name": "r\ud800"}, "name"),
        ({"name": "r1", "latitude": "91"}, "latitude"),
        ({"name": "r1", "longitude": "nan"}, "longitude"),
        ({"name": "r1", "latitude": "north"}, "latitude"),
        ({"name": "r1", "update_frequency": -1}, "update_frequency"),
        ({"name": "r1", "type": " "}, "type"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    platform: Platform, given: dict[str, Any], option: str
) -> None:
    for check in (True, False):
        error = failure(zq_device, platform, check=check, **given)
        assert error.errors.keys() == {option}
        assert error.to_dict()["status"] is None
    assert platform.sent() == []


def test_info_quartet(platform: Platform) -> None:
    for index in range(3):
        platform.add(f"r{index}", organization_id=index % 2)
    first = None
    for check in (False, False, True, True):
        result = run(zq_device_info, platform, check=check, organization=0)
        assert platform.sent() == [listed(organization=0)]
        assert result["changed"] is False
        assert result["count"] == 2
        assert first in (None, result)
        first = result


def test_action_quartet(platform: Platform) -> None:
    for name in ("r1", "r2"):
        platform.add(name)
    reads = [looked("r1", pending="true"), looked("r2", pending="true")]
    diff = {
        "before": {name: {"reboot": False} for name in ("r1", "r2")},
        "after": {name: {"reboot": True} for name in ("r1", "r2")},
    }
    for check in (True, False, True, False):
        result = run(
            zq_device_action,
            platform,
            check=check,
            name=["r1", "r2"],
            action="reboot",
            concurrency=1,
        )
        sent = platform.sent()
        assert sorted(sent[:2]) == sorted(reads)
        assert sent[2:] == (
            [] if check else [("PATCH", path(name), {"reboot": True}) for name in ("r1", "r2")]
        )
        assert result["changed"] is True
        assert result["diff"] == diff
        status, reason = ("skipped", "check mode") if check else ("accepted", "")
        assert result["results"] == [
            {"name": name, "status": status, "reason": reason, "changed": True}
            for name in ("r1", "r2")
        ]
    assert len(platform.triggers) == 4
