# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet's plan carried out: the quartet of each state with the exact list of requests, and every way in which a device can fail."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._client import Client
from ansible_collections.zequenze.control.plugins.module_utils._devices import DeviceApi
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError, ZqError
from ansible_collections.zequenze.control.plugins.module_utils._fleet import apply as _fleet_apply
from ansible_collections.zequenze.control.plugins.module_utils._fleet import files as _fleet_files
from ansible_collections.zequenze.control.plugins.module_utils._fleet.files import Journal
from ansible_collections.zequenze.control.plugins.module_utils._fleet.plan import make_plan
from ansible_collections.zequenze.control.plugins.module_utils._plan import Write
from ansible_collections.zequenze.control.plugins.modules import zq_fleet
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    Fault,
    Platform,
    detail,
    reset,
)
from ansible_collections.zequenze.control.tests.unit.support import (
    LIST,
    Clock,
    arguments,
    failure,
    listed,
    looked,
    path,
    run,
)

ONE = {"organization": 1}
Call = tuple[str, str, Any]


def statuses(result: Any) -> dict[str, str]:
    return {one["name"]: one["status"] for one in result["results"]}


def quartet(
    platform: Platform, reads: list[Call], writes: list[Call], **given: Any
) -> dict[str, Any]:
    """Check, change, check again, again; one request after the other. Returns the result of the change."""
    predicted = run(zq_fleet, platform, check=True, concurrency=1, **given)
    assert platform.sent() == reads
    changed = run(zq_fleet, platform, concurrency=1, **given)
    assert platform.sent() == [*reads, *writes]
    for key in ("changed", "plan", "plan_digest", "diff"):
        assert predicted[key] == changed[key]
    counted = {key: changed["summary"][key] for key in changed["summary"] if key != "requests"}
    assert {key: predicted["summary"][key] for key in counted} == counted
    assert changed["changed"] is True
    assert changed["summary"]["requests"] == len(reads) + len(writes)
    assert {one["status"] for one in predicted["results"]} == {"skipped"}
    assert {one["reason"] for one in predicted["results"]} == {"check mode"}
    assert {one["status"] for one in changed["results"]} == {"done"}
    for check in (True, False):
        again = run(zq_fleet, platform, check=check, concurrency=1, **given)
        assert {call[0] for call in platform.sent()} == {"GET"}
        assert again["changed"] is False
        assert again["results"] == []
        assert again["diff"] == {"before": {}, "after": {}}
        assert {entry["action"] for entry in again["plan"]} <= {"unchanged"}
    return changed


def five(platform: Platform) -> None:
    for number in range(1, 6):
        platform.add(
            f"r{number}",
            description="old",
            customer_id="C",
            update_frequency=300,
            serial_number=f"S{number}",
        )


# ------------------------------------------------------------------------------------------------------------- quartets


def test_merged(platform: Platform) -> None:
    five(platform)
    changed = quartet(
        platform,
        [listed()],
        [
            ("PATCH", path("r1"), {"description": "new"}),
            ("POST", LIST, {"name": "n", "type": 7, "password": "pw-Zk81"}),
        ],
        config=[
            {"name": "r1", "description": "new"},
            *({"name": f"r{number}", "description": "old"} for number in range(2, 6)),
            {"name": "n", "type": 7, "password": "pw-Zk81"},
        ],
        include_results="all",
    )
    assert changed["plan"][:3] == [
        {
            "name": "n",
            "action": "create",
            "before": {},
            "after": {"name": "n", "type": 7},
            "organization_id": None,
            "type_short_name": None,
            "sends_password": True,
        },
        {
            "name": "r1",
            "action": "update",
            "before": {"description": "old"},
            "after": {"description": "new"},
            "organization_id": 1,
            "type_short_name": "router",
        },
        {"name": "r2", "action": "unchanged", "before": {}, "after": {}},
    ]
    assert changed["diff"]["after"]["n"]["password"] == "(sensitive)"
    assert changed["summary"] == {
        "created": 1,
        "updated": 1,
        "deleted": 0,
        "unchanged": 4,
        "failed": 0,
        "unknown": 0,
        "requests": 3,
    }
    assert platform.passwords == {"n": "pw-Zk81"}


def test_merged_of_few_devices_asks_for_each(platform: Platform) -> None:
    five(platform)
    quartet(
        platform,
        [looked("r1"), looked("r2")],
        [("PATCH", path("r2"), {"debug": True})],
        config=[{"name": "r1", "update_frequency": 300}, {"name": "r2", "debug": True}],
    )


def test_replaced(platform: Platform) -> None:
    five(platform)
    platform.devices["r1"].update(firmware_image=9, username="u", latitude="1.5")
    body = {
        "name": "r1",
        "customer_id": "",
        "is_active": True,
        "type": 5,
        "serial_number": "S1",
        "description": "new",
        "organization_id": 1,
        "location_name": "",
        "latitude": None,
        "longitude": None,
        "username": "u",
        "update_frequency": 300,
        "debug": False,
    }
    changed = quartet(
        platform,
        [listed(), *(looked(f"r{number}") for number in range(1, 6))],
        [("PUT", path("r1"), body)],
        state="replaced",
        config=[
            {"name": "r1", "description": "new"},
            *(
                {"name": f"r{number}", "description": "old", "customer_id": "C"}
                for number in range(2, 6)
            ),
        ],
    )
    assert changed["summary"]["deleted"] == 0
    assert platform.devices["r1"]["firmware_image"] == 9


def test_overridden(platform: Platform) -> None:
    five(platform)
    platform.add("theirs", organization_id=2)
    same = {"description": "old", "customer_id": "C"}
    given: dict[str, Any] = {
        "state": "overridden",
        "scope": ONE,
        "max_deletes": "40%",
        "config": [
            *({"name": f"r{number}", **same} for number in range(1, 4)),
            {"name": "n", "type": 5, "organization_id": 1},
        ],
    }
    reads = [listed(organization=1), looked("n"), *(looked(f"r{number}") for number in range(1, 4))]
    writes = [
        ("POST", LIST, {"name": "n", "type": 5, "organization_id": 1}),
        ("DELETE", path("r4"), None),
        ("DELETE", path("r5"), None),
    ]
    quartet(platform, reads, writes, **given)
    assert sorted(platform.devices) == ["n", "r1", "r2", "r3", "theirs"]


def test_deleted(platform: Platform) -> None:
    five(platform)
    changed = quartet(
        platform,
        [listed()],
        [("DELETE", path(f"r{number}"), None) for number in range(1, 5)],
        state="deleted",
        # What else is declared of a device that is to go means nothing, not even a name to come.
        config=[
            *(
                {"name": f"r{number}", "new_name": "x", "description": "y"}
                for number in range(1, 5)
            ),
            {"name": "gone"},
        ],
        include_results="all",
    )
    assert changed["plan"][0]["before"] == {
        "name": "r1",
        "customer_id": "C",
        "is_active": True,
        "type": 5,
        "serial_number": "S1",
        "description": "old",
        "organization_id": 1,
    }
    assert changed["plan"][0]["after"] == {}
    assert changed["plan"][4]["action"] == "unchanged"


def test_gathered_reads_and_applies_back_in_every_state(platform: Platform) -> None:
    five(platform)
    platform.devices["r1"].update(
        latitude="40.712800",
        firmware_image=9,
        firmware_image_is_pending=True,
        username="u",
        location=3,
    )
    platform.add("theirs", organization_id=2)
    platform.add("odd", type=99)
    for check in (True, False):
        result = run(zq_fleet, platform, check=check, state="gathered", scope=ONE, concurrency=1)
        names = [*(f"r{number}" for number in range(1, 6)), "odd"]
        assert platform.sent() == [listed(organization=1), *map(looked, names)]
        assert result["changed"] is False
        assert result["summary"] == {"requests": 7}
        assert [device["name"] for device in result["gathered"]] == names
    assert result["gathered"][0] == {
        "name": "r1",
        "customer_id": "C",
        "is_active": True,
        "type": "router",
        "serial_number": "S1",
        "description": "old",
        "organization_id": 1,
        "firmware_image": 9,
        "latitude": "40.712800",
        "username": "u",
        "update_frequency": 300,
        "debug": False,
    }
    for state in ("merged", "replaced", "overridden"):
        again = run(zq_fleet, platform, state=state, scope=ONE, config=result["gathered"])
        assert again["changed"] is False
        assert {call[0] for call in platform.sent()} == {"GET"}


def test_sync_is_asked_for_where_something_changed_and_only_there(platform: Platform) -> None:
    five(platform)
    run(
        zq_fleet,
        platform,
        sync=True,
        config=[
            {"name": "r1", "description": "new"},
            {"name": "r2", "description": "old"},
            {"name": "r3", "debug": True, "sync": False},
        ],
    )
    assert platform.triggers == [("r1", "sync")]
    assert [call for call in platform.sent() if call[0] != "GET" and call[1] == path("r1")] == [
        ("PATCH", path("r1"), {"description": "new", "sync": True})
    ]


def test_update_password_always_is_a_change_each_time_and_never_shown(platform: Platform) -> None:
    five(platform)
    for check in (True, False, False):
        result = run(
            zq_fleet,
            platform,
            check=check,
            update_password="always",
            config=[{"name": "r1", "password": "pw-Zk81"}],
        )
        (entry,) = result["plan"]
        assert (entry["before"], entry["after"], entry["sends_password"]) == ({}, {}, True)
        assert result["diff"] == {
            "before": {"r1": {}},
            "after": {"r1": {"password": "(sensitive)"}},
        }
        assert result["changed"] is True
        assert "pw-Zk81" not in repr(result)
    assert [call for call in platform.sent() if call[0] != "GET"] == [
        ("PATCH", path("r1"), {"password": "pw-Zk81"})
    ] * 2


# ------------------------------------------------------------------------------------------------------------- failures


def config_of(*names: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"name": name, "description": "new", **fields} for name in names]


ALL = ("r1", "r2", "r3", "r4", "r5")


def test_a_device_that_fails_does_not_stop_the_others(platform: Platform) -> None:
    five(platform)
    platform.fail("PATCH", None, detail(403, "no"), None, Fault(400, b'{"description": ["bad"]}'))
    error = failure(zq_fleet, platform, config=config_of(*ALL), concurrency=1)
    assert statuses(error.partial) == {
        "r1": "done",
        "r2": "failed",
        "r3": "done",
        "r4": "failed",
        "r5": "done",
    }
    assert error.partial["summary"] == {
        "created": 0,
        "updated": 3,
        "deleted": 0,
        "unchanged": 0,
        "failed": 2,
        "unknown": 0,
        "requests": 6,
    }
    assert error.partial["changed"] is True
    _one, second, _three, fourth, _five = [
        one["reason"].rstrip(".") for one in error.partial["results"]
    ]
    assert error.message == (
        f"2 of 5 devices are not as declared: r2: failed, {second}; r4: failed, {fourth}."
    )
    assert second.startswith("PATCH ")
    assert "description: bad" in fourth
    assert [one["reason"] == "" for one in error.partial["results"]] == [
        True,
        False,
        True,
        False,
        True,
    ]
    assert [one["changed"] for one in error.partial["results"]] == [True, False, True, False, True]


@pytest.mark.parametrize(
    ("most", "sent", "reason"),
    [
        (0, 1, "more than 0 devices had failed"),
        (1, 2, "more than 1 device had failed"),
        (3, 4, "more than 3 devices had failed"),
    ],
)
def test_once_more_than_max_failures_have_failed_no_further_device_is_started(
    platform: Platform, most: int, sent: int, reason: str
) -> None:
    five(platform)
    platform.fail("PATCH", *(detail(403, "no") for _name in ALL))
    error = failure(zq_fleet, platform, config=config_of(*ALL), concurrency=1, max_failures=most)
    assert [call[1] for call in platform.sent() if call[0] == "PATCH"] == [
        path(name) for name in ALL[:sent]
    ]
    results = error.partial["results"]
    assert {one["status"] for one in results[:sent]} == {"failed"}
    assert results[sent:] == [
        {"name": name, "status": "skipped", "reason": reason, "changed": False}
        for name in ALL[sent:]
    ]
    skipped = {1: "1 device was", 3: "3 devices were", 4: "4 devices were"}[5 - sent]
    assert error.message.startswith(f"{sent} of 5 devices are not as declared: r1")
    assert error.message.endswith(f". {skipped} not started ({ALL[sent]}: {reason}).")
    # What was not started is counted nowhere.
    assert error.partial["summary"] == {
        "created": 0,
        "updated": 0,
        "deleted": 0,
        "unchanged": 0,
        "failed": sent,
        "unknown": 0,
        "requests": 1 + sent,
    }


@pytest.mark.parametrize("most", [2, 4, None])
def test_as_many_failures_as_are_allowed_stop_nothing(platform: Platform, most: int | None) -> None:
    five(platform)
    platform.fail("PATCH", detail(403, "no"), detail(403, "no"))
    error = failure(zq_fleet, platform, config=config_of(*ALL), concurrency=1, max_failures=most)
    assert list(statuses(error.partial).values()) == ["failed", "failed", "done", "done", "done"]
    assert "not started" not in error.message


def test_an_unknown_outcome_counts_as_a_failure(platform: Platform) -> None:
    five(platform)
    platform.fail("PATCH", reset(after=True))
    platform.fail("GET", None, *[detail(500, "down")] * 2)
    given = arguments(zq_fleet, config=config_of(*ALL), concurrency=1, max_failures=0)
    with platform.client(retries=1) as client, pytest.raises(ZqError) as caught:
        zq_fleet.run(given, client)
    assert list(statuses(caught.value.partial).values()) == ["unknown", *["skipped"] * 4]
    assert caught.value.partial["summary"]["failed"] == 0
    assert caught.value.partial["summary"]["unknown"] == 1


def test_a_token_that_is_refused_ends_it(platform: Platform) -> None:
    five(platform)
    platform.fail("PATCH", None, detail(401, "Invalid token."))
    error = failure(zq_fleet, platform, config=config_of(*ALL), concurrency=1)
    assert statuses(error.partial) == {
        "r1": "done",
        "r2": "failed",
        "r3": "skipped",
        "r4": "skipped",
        "r5": "skipped",
    }
    _first, refused, *skipped = [one["reason"] for one in error.partial["results"]]
    assert "Invalid token." in refused
    assert skipped == [refused] * 3


def test_a_device_of_which_a_part_was_written_has_failed_and_is_changed(
    platform: Platform,
) -> None:
    platform.fail("PATCH", detail(403, "no"))
    config = [{"name": "n", "type": 5, "firmware_image": 9}]
    error = failure(zq_fleet, platform, config=config)
    (result,) = error.partial["results"]
    assert (result["status"], result["changed"]) == ("failed", True)
    assert "the device 'n' was created, but these are missing: firmware_image" in result["reason"]
    assert error.partial["changed"] is True
    assert error.partial["summary"]["created"] == 0


def test_a_controller_that_is_gone_ends_it(platform: Platform) -> None:
    five(platform)
    with platform.client() as client:
        client.keep_going = lambda: len(platform.calls) < 3
        with pytest.raises(ZqError, match="the controller is gone") as caught:
            zq_fleet.run(arguments(zq_fleet, config=config_of(*ALL), concurrency=1), client)
    assert statuses(caught.value.partial) == {
        "r1": "done",
        "r2": "done",
        "r3": "failed",
        "r4": "skipped",
        "r5": "skipped",
    }
    reasons = [one["reason"] for one in caught.value.partial["results"]]
    assert reasons[3:] == [reasons[2]] * 2


def test_a_lost_answer_that_cannot_be_looked_up_is_unknown(platform: Platform) -> None:
    five(platform)
    platform.fail("PATCH", reset(after=True))
    platform.fail("GET", None, *[detail(500, "down")] * 2)
    with platform.client(retries=1) as client, pytest.raises(Exception, match="unknown") as caught:
        zq_fleet.run(arguments(zq_fleet, config=config_of(*ALL), concurrency=1), client)
    result: dict[str, Any] = caught.value.partial  # type: ignore[attr-defined]
    assert statuses(result) == {
        "r1": "unknown",
        "r2": "done",
        "r3": "done",
        "r4": "done",
        "r5": "done",
    }
    assert result["summary"]["unknown"] == 1
    assert result["results"][0]["changed"] is True


@pytest.mark.parametrize("after", [False, True])
def test_lost_answers_are_looked_up(platform: Platform, after: bool) -> None:
    five(platform)
    for method in ("PATCH", "DELETE", "POST"):
        platform.fail(method, reset(after=after))
    run(zq_fleet, platform, config=[*config_of(*ALL), {"name": "n", "type": 5}])
    run(zq_fleet, platform, state="deleted", config=[{"name": "r1"}])
    assert platform.created == ["n"]
    assert platform.deleted == ["r1"]
    assert {platform.devices[name]["description"] for name in ALL[1:]} == {"new"}


def test_what_vanished_meanwhile_fails_and_is_not_created(platform: Platform) -> None:
    five(platform)
    platform.on_request = lambda method, where: (
        platform.devices.pop("r2", None) if method == "PATCH" else None
    )
    error = failure(
        zq_fleet, platform, config=config_of("r2", "r3", "r1", "r4", "r5", type=5), concurrency=1
    )
    assert statuses(error.partial)["r2"] == "failed"
    assert platform.created == []


def test_what_was_deleted_by_someone_else_meanwhile_is_done_and_not_changed(
    platform: Platform,
) -> None:
    five(platform)
    platform.on_request = lambda method, where: (
        platform.devices.pop("r2", None) if method == "DELETE" else None
    )
    result = run(zq_fleet, platform, state="deleted", config=[{"name": "r2"}])
    assert statuses(result) == {"r2": "done"}
    assert result["changed"] is False


def created_meanwhile(platform: Platform, **fields: Any) -> None:
    def appears(method: str, _where: str) -> None:
        if method == "POST" and "n" not in platform.devices:
            platform.add("n", **fields)

    platform.on_request = appears


def test_a_creation_that_races_with_another_device_in_scope_makes_it_so(platform: Platform) -> None:
    five(platform)
    created_meanwhile(platform, organization_id=1)
    run(
        zq_fleet,
        platform,
        scope=ONE,
        config=[{"name": "n", "type": 5, "organization_id": 1, "description": "new"}],
    )
    assert platform.devices["n"]["description"] == "new"
    assert platform.created == []


@pytest.mark.parametrize("state", ["merged", "replaced", "overridden"])
def test_a_creation_that_races_with_a_device_of_someone_else_fails_and_touches_nothing(
    platform: Platform, state: str
) -> None:
    created_meanwhile(platform, organization_id=2, description="theirs")
    config = [{"name": "n", "type": 5, "organization_id": 1, "description": "new"}]
    error = failure(zq_fleet, platform, state=state, scope=ONE, config=config)
    assert error.partial["results"][0]["reason"] == (
        "'n' belongs to someone else now: its organization_id 2 is outside the scope, which is 1."
        " Nothing was written to it."
    )
    assert [call[0] for call in platform.sent() if call[0] != "GET"] == ["POST"]
    assert platform.devices["n"]["description"] == "theirs"


@pytest.mark.parametrize("state", ["merged", "deleted"])
def test_a_lost_answer_and_a_device_that_changed_hands_meanwhile(
    platform: Platform, state: str
) -> None:
    five(platform)

    def taken(method: str, _where: str) -> None:
        if method in ("PATCH", "DELETE"):
            platform.devices["r1"] = {**platform.devices["r1"], "organization_id": 2, "id": 99}

    platform.on_request = taken
    for method in ("PATCH", "DELETE"):
        platform.fail(method, reset())
    error = failure(zq_fleet, platform, state=state, scope=ONE, config=config_of("r1"))
    assert "belongs to someone else now" in error.message
    assert len([call for call in platform.sent() if call[0] != "GET"]) == 1
    assert platform.devices["r1"]["description"] == "old"


def test_what_waits_for_a_device_that_failed_is_not_sent(platform: Platform) -> None:
    """Sent nevertheless, the creation would find the device that kept its name, and make it what another one is meant to be."""
    five(platform)
    platform.fail("PATCH", detail(403, "no"))
    config = [
        {"name": "r1", "new_name": "r2", "description": "one"},
        {"name": "r2", "new_name": "x", "serial_number": "S9"},
        {"name": "n", "type": 5, "serial_number": "S2"},
    ]
    error = failure(zq_fleet, platform, config=config, concurrency=4)
    assert statuses(error.partial) == {"r1": "skipped", "r2": "failed", "n": "skipped"}
    reason = "'r2' had to give up its name or serial number first"
    first, _second, third = error.partial["results"]
    assert first == {"name": "r1", "status": "skipped", "reason": reason, "changed": False}
    assert third == {"name": "n", "status": "skipped", "reason": reason, "changed": False}
    assert error.message.endswith(f". 2 devices were not started (r1: {reason}).")
    assert [call for call in platform.sent() if call[0] != "GET"] == [
        ("PATCH", path("r2"), {"name": "x", "serial_number": "S9"})
    ]
    assert platform.devices["r2"]["description"] == "old"


def test_what_waits_for_a_device_that_was_not_started_is_not_sent_either(
    platform: Platform,
) -> None:
    five(platform)
    platform.fail("PATCH", detail(403, "no"))
    config = [
        {"name": "r1", "new_name": "r2"},
        {"name": "r2", "new_name": "r3"},
        {"name": "r3", "new_name": "x"},
        {"name": "r4", "description": "new"},
    ]
    error = failure(zq_fleet, platform, config=config, concurrency=1)
    assert {one["name"]: one["reason"] for one in error.partial["results"][:2]} == {
        "r1": "'r2' had to give up its name or serial number first",
        "r2": "'r3' had to give up its name or serial number first",
    }
    assert statuses(error.partial) == {
        "r1": "skipped",
        "r2": "skipped",
        "r3": "failed",
        "r4": "done",
    }


def test_a_creation_waits_for_the_deletion_that_frees_its_serial_number(
    platform: Platform,
) -> None:
    five(platform)
    platform.fail("DELETE", detail(403, "no"))
    config = [{"name": "n", "type": 5, "organization_id": 1, "serial_number": "S3"}]
    config += [{"name": f"r{number}", "organization_id": 1} for number in (1, 2, 4, 5)]
    error = failure(zq_fleet, platform, state="overridden", scope=ONE, max_deletes=1, config=config)
    reasons = {one["name"]: one["reason"] for one in error.partial["results"]}
    assert reasons["n"] == "'r3' had to give up its name or serial number first"
    assert platform.created == []


def test_a_lost_answer_of_a_renamed_device_is_not_looked_for_under_a_name_that_another_has_now(
    platform: Platform,
) -> None:
    platform.add("b", serial_number="SA")
    platform.add("c", serial_number="SB")
    platform.fail("PATCH", None, reset())
    config = [
        {"name": "a", "new_name": "b", "description": "A"},
        {"name": "b", "new_name": "c", "description": "B"},
    ]
    run(zq_fleet, platform, config=config, concurrency=1)
    assert {
        device["serial_number"]: device["description"] for device in platform.devices.values()
    } == {"SA": "A", "SB": "B"}


# ---------------------------------------------------------------------------------------------------------- concurrency


class Counting(Platform):
    """most: how many writes were under way at once."""

    def __init__(self) -> None:
        super().__init__()
        self.most = self.now = 0
        self.gate = threading.Lock()

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method == "GET":
            return super().send(request, *args, **kwargs)
        with self.gate:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)
        try:
            return super().send(request, *args, **kwargs)
        finally:
            with self.gate:
                self.now -= 1


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_is_under_way_than_concurrency_says(concurrency: int) -> None:
    platform = Counting()
    names = [f"d{number}" for number in range(12)]
    for name in names:
        platform.add(name)
    run(zq_fleet, platform, config=config_of(*names), concurrency=concurrency)
    assert platform.most == concurrency
    assert {device["description"] for device in platform.devices.values()} == {"new"}


def test_a_429_slows_all_workers(
    platform: Platform, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request says when it was sent: from the 429 on until it says come back, none was begun."""
    pause_all = Client._pause_all
    sent_by_then: list[int] = []

    def noting(client: Client, seconds: float) -> None:
        pause_all(client, seconds)
        sent_by_then.append(len(sent))
        # What the others do meanwhile is what is looked at: wait, or send all that is left.
        for _turn in range(5_000):
            if clock.now >= 60 or len(sent) == len(names):
                break
            threading.Event().wait(0.001)

    monkeypatch.setattr(Client, "_pause_all", noting)
    names = [f"d{number}" for number in range(40)]
    for name in names:
        platform.add(name)
    sent: list[float] = []
    platform.on_request = lambda method, _where: (
        sent.append(clock.now) if method == "PATCH" else None
    )
    platform.fail("PATCH", *[None] * 10, detail(429, "slow down", Retry_After="60"))
    result = run(zq_fleet, platform, config=config_of(*names), concurrency=8)
    assert set(statuses(result).values()) == {"done"}
    assert len(sent) == 41
    (before,) = sent_by_then
    assert before >= 11
    # Those of the other workers that were on their way to be sent, and none after.
    assert len([moment for moment in sent[before:] if moment < 60]) <= 7
    assert clock.now >= 60


# -------------------------------------------------------------------------------------------------------------- journal


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_journal_has_each_beginning_and_each_outcome(
    platform: Platform, tmp_path: Path
) -> None:
    five(platform)
    file = tmp_path / "journal.jsonl"
    file.write_text('{"an": "older run"}\n', encoding="utf-8")
    file.chmod(0o644)
    platform.fail("PATCH", None, detail(403, "no"))
    config = [
        *config_of("r1", "r2", "r3", password="pw-Zk81", update_password="always"),
        {"name": "r4"},
        {"name": "r5"},
    ]
    error = failure(zq_fleet, platform, config=config, concurrency=1, journal_file=str(file))
    written = lines(file)
    assert written[0] == {"an": "older run"}
    assert [(entry["name"], entry["action"], entry["status"]) for entry in written[1:]] == [
        ("r1", "update", "begun"),
        ("r1", "update", "done"),
        ("r2", "update", "begun"),
        ("r2", "update", "failed"),
        ("r3", "update", "begun"),
        ("r3", "update", "done"),
    ]
    assert {entry["plan_digest"] for entry in written[1:]} == {error.partial["plan_digest"]}
    assert [set(entry) - {"reason"} for entry in written[1:]] == [
        {"time", "plan_digest", "name", "action", "status"}
    ] * 6
    assert [entry.get("reason") for entry in written[1:]] == [
        None,
        None,
        None,
        error.partial["results"][1]["reason"],
        None,
        None,
    ]
    assert all(entry["time"] > 1_700_000_000 for entry in written[1:])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "pw-Zk81" not in file.read_text(encoding="utf-8")


def test_the_journal_is_ahead_of_what_is_sent_and_written_at_once(
    platform: Platform, tmp_path: Path
) -> None:
    five(platform)
    file = tmp_path / "journal.jsonl"
    seen: list[bool] = []

    def look(method: str, where: str) -> None:
        if method == "PATCH":
            seen.append(
                any(
                    path(entry["name"]) == where and entry["status"] == "begun"
                    for entry in lines(file)
                )
            )

    platform.on_request = look
    run(zq_fleet, platform, config=config_of(*ALL), journal_file=str(file))
    assert seen == [True] * 5


def test_the_journal_names_every_action_and_has_no_line_for_what_was_not_started(
    platform: Platform, tmp_path: Path
) -> None:
    five(platform)
    file = tmp_path / "journal.jsonl"
    platform.fail("POST", detail(403, "no"))
    config = [
        {"name": "n", "type": 5, "organization_id": 1},
        *({"name": name, "organization_id": 1} for name in ALL[:4]),
    ]
    failure(
        zq_fleet,
        platform,
        state="overridden",
        scope=ONE,
        max_deletes=1,
        max_failures=1,
        config=config,
        concurrency=1,
        journal_file=str(file),
    )
    assert [(entry["name"], entry["action"], entry["status"]) for entry in lines(file)] == [
        ("n", "create", "begun"),
        ("n", "create", "failed"),
        *((name, "update", status) for name in ALL[:4] for status in ("begun", "done")),
        ("r5", "delete", "begun"),
        ("r5", "delete", "done"),
    ]
    file.unlink()
    platform.fail("PATCH", detail(403, "no"))
    failure(
        zq_fleet,
        platform,
        config=config_of(*ALL[:3], customer_id="new"),
        max_failures=0,
        concurrency=1,
        journal_file=str(file),
    )
    assert [(entry["name"], entry["status"]) for entry in lines(file)] == [
        ("r1", "begun"),
        ("r1", "failed"),
    ]


def test_a_journal_is_added_to_through_a_link_and_in_a_folder_that_is_made(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text("before\n", encoding="utf-8")
    link = tmp_path / "link"
    link.symlink_to(file)
    for place in (link, tmp_path / "new" / "folder" / "journal.jsonl"):
        with _fleet_files.Journal(str(place), "digest") as journal:
            journal.note("r1", "update", "begun")
        assert json.loads(place.read_text(encoding="utf-8").splitlines()[-1])["name"] == "r1"
    assert link.is_symlink()
    assert file.read_text(encoding="utf-8").startswith("before\n")


def test_without_a_journal_nothing_is_written_down(tmp_path: Path) -> None:
    with _fleet_files.Journal(None, "digest") as journal:
        journal.note("r1", "update", "begun")
    assert journal.broken == ""


def test_check_mode_makes_no_journal(platform: Platform, tmp_path: Path) -> None:
    five(platform)
    run(
        zq_fleet,
        platform,
        check=True,
        config=config_of(*ALL),
        journal_file=str(tmp_path / "journal.jsonl"),
    )
    assert list(tmp_path.iterdir()) == []


class Full:
    """A file on a disk that is full after some lines."""

    def __init__(self, left: int) -> None:
        self.left = left

    def write(self, _text: str) -> None:
        self.left -= 1

    def flush(self) -> None:
        if self.left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None:
        """Nothing is open."""


def test_what_cannot_be_journalled_is_not_begun(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    five(platform)
    monkeypatch.setattr(_fleet_files, "_appending", lambda _path: Full(3))
    journal = str(tmp_path / "journal")
    error = failure(zq_fleet, platform, config=config_of(*ALL), concurrency=1, journal_file=journal)
    assert statuses(error.partial) == {
        "r1": "done",
        "r2": "done",
        "r3": "skipped",
        "r4": "skipped",
        "r5": "skipped",
    }
    reason = "the journal cannot be written any more: No space left on device"
    assert [one["reason"] for one in error.partial["results"]] == ["", "", reason, reason, reason]
    assert error.message == (
        f"3 of 5 devices are not as declared. 3 devices were not started (r3: {reason})."
    )
    assert len([call for call in platform.sent() if call[0] != "GET"]) == 2


class Closed(Full):
    """What could not be flushed is tried again when the file is closed."""

    def close(self) -> None:
        self.flush()


def test_a_full_disk_loses_no_result(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    five(platform)
    monkeypatch.setattr(_fleet_files, "_appending", lambda _path: Closed(3))
    error = failure(
        zq_fleet, platform, config=config_of(*ALL), concurrency=1, journal_file="anywhere"
    )
    done = list(statuses(error.partial).values())
    assert done == ["done", "done", "skipped", "skipped", "skipped"]
    assert error.partial["changed"] is True
    assert error.partial["summary"]["updated"] == 2


def test_a_disk_that_is_full_from_the_start(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    five(platform)
    monkeypatch.setattr(_fleet_files, "_appending", lambda _path: Full(0))
    journal = str(tmp_path / "journal")
    error = failure(zq_fleet, platform, config=config_of(*ALL), journal_file=journal)
    assert set(statuses(error.partial).values()) == {"skipped"}
    assert "No space left on device" in error.message
    assert error.partial["changed"] is False


def test_a_journal_that_breaks_at_the_last_line_is_warned_of(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    five(platform)
    monkeypatch.setattr(_fleet_files, "_appending", lambda _path: Full(1))
    journal = str(tmp_path / "journal")
    result = run(zq_fleet, platform, config=config_of("r1"), journal_file=journal)
    assert statuses(result) == {"r1": "done"}
    (warning,) = result["warnings"]
    assert warning.startswith("the journal cannot be written any more: No space left on device;")


def test_what_is_refused_after_a_lost_answer_is_unknown(platform: Platform) -> None:
    five(platform)
    platform.fail("PATCH", Fault(504, b""), detail(403, "No."))
    error = failure(zq_fleet, platform, config=config_of("r1"))
    assert statuses(error.partial) == {"r1": "unknown"}
    assert error.partial["results"][0]["changed"] is True


def test_a_device_is_no_journal(platform: Platform) -> None:
    error = failure(zq_fleet, platform, config=config_of("r1"), journal_file="/dev/full")
    assert "is a device, and no regular file" in error.message
    assert platform.sent() == []


def test_a_journal_that_cannot_be_opened_after_all_returns_the_plan(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    five(platform)

    def gone(_path: str) -> Any:
        raise InputError("journal_file", "x", "cannot be written: gone", "Nothing was written.")

    monkeypatch.setattr(_fleet_files, "_appending", gone)
    given: dict[str, Any] = {
        "config": config_of(*ALL),
        "journal_file": str(tmp_path / "journal"),
    }
    error = failure(zq_fleet, platform, **given)
    assert isinstance(error, InputError)
    assert len(error.partial["plan"]) == 5
    assert set(statuses(error.partial).values()) == {"skipped"}


@pytest.mark.parametrize("concurrency", [1, 3])
def test_an_error_of_our_own_in_the_midst_returns_what_was_done(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    five(platform)
    note = Journal.note

    def broken(journal: Journal, name: str, action: str, status: str, reason: str = "") -> None:
        if name == "r2" and status == "done":
            raise UnicodeError("it said tok-5f2c9e7b1a")
        note(journal, name, action, status, reason)

    monkeypatch.setattr(Journal, "note", broken)
    given: dict[str, Any] = {"config": config_of(*ALL), "concurrency": concurrency}
    error = failure(zq_fleet, platform, **given)
    assert error.message.startswith("internal error: UnicodeError: it said ********.")
    written = {call[1] for call in platform.sent() if call[0] == "PATCH"}
    for entry in error.partial["results"]:
        was_sent = path(entry["name"]) in written
        assert entry["status"] == ("done" if was_sent else "skipped"), entry
        assert entry["changed"] is was_sent
        assert was_sent or entry["reason"].startswith("internal error: UnicodeError")
    assert error.partial["summary"]["updated"] == len(written)
    assert error.partial["summary"]["requests"] == len(written) + 1


def test_an_error_of_our_own_at_one_device_leaves_the_others(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    five(platform)
    carry_out = DeviceApi.carry_out

    def broken(api: DeviceApi, write: Write, device_id: int | None = None) -> Any:
        answered = carry_out(api, write, device_id)
        if write.name == "r2":
            raise KeyError("what")
        return answered

    monkeypatch.setattr(DeviceApi, "carry_out", broken)
    error = failure(zq_fleet, platform, config=config_of(*ALL))
    assert statuses(error.partial) == {**dict.fromkeys(ALL, "done"), "r2": "unknown"}
    assert {one["changed"] for one in error.partial["results"]} == {True}
    assert "r2: unknown, internal error: KeyError: 'what'" in error.message


def renames(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"name": name, "new_name": new_name} for name, new_name in pairs]


@pytest.mark.parametrize("state", ["merged", "replaced"])
def test_two_applies_of_one_state_with_renames_both_succeed(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """Apart from one another, and one after the other: r3 to r4 to r6."""
    five(platform)
    platform.devices.pop("r5")
    config = renames(("r1", "x1"), ("r2", "x2"), ("r4", "r6"), ("r3", "r4"))
    given: dict[str, Any] = {"config": config, "concurrency": 1, "state": state}
    other_run: list[Any] = []

    def plan_and_lose(*args: Any) -> Any:
        """The other run plans the same, and is the faster one."""
        plan = make_plan(*args)
        monkeypatch.setattr(_fleet_apply, "make_plan", make_plan)
        other_run.append(run(zq_fleet, platform, **given))
        return plan

    monkeypatch.setattr(_fleet_apply, "make_plan", plan_and_lose)
    result = run(zq_fleet, platform, **given)
    assert set(statuses(other_run[0]).values()) == set(statuses(result).values()) == {"done"}
    assert [one["changed"] for one in other_run[0]["results"]] == [True] * 4
    assert [one["changed"] for one in result["results"]] == [False] * 4
    assert result["changed"] is False
    ids = {name: device["id"] for name, device in platform.devices.items()}
    assert ids == {"x1": 1, "x2": 2, "r4": 3, "r6": 4}


def test_a_throttled_fleet_of_1000_is_written_once_each(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As many as there are refusals: in which order the requests meet them is up to the threads.
    monkeypatch.setattr(platform, "client", partial(platform.client, retries=500))
    names = [f"d{number}" for number in range(1000)]
    for name in names:
        platform.add(name, description="old")
    for method in ("PATCH", "POST"):
        platform.fail(method, *[detail(429, "Slow down.", Retry_After="1"), None, None] * 500)
    config = [*config_of(*names), *config_of("n1", "n2", "n3", type=5)]
    result = run(zq_fleet, platform, config=config)
    assert result["summary"]["updated"] == 1000
    assert result["summary"]["created"] == 3
    assert len(platform.created) == 3


def test_a_proxy_that_says_come_back_after_the_work_has_nothing_done_twice(
    platform: Platform,
) -> None:
    five(platform)
    platform.add("r6")
    come_back = Fault(503, b"", {"Retry-After": "1"}, after=True)
    for method in ("PATCH", "POST"):
        platform.fail(method, *[come_back] * 9)
    config = [
        {"name": "r1", "description": "new", "sync": True},
        {"name": "r2", "description": "new"},
        {"name": "r3", "new_name": "x3"},
        {"name": "r4", "firmware_image": 18, "firmware_image_is_pending": True},
        {"name": "n", "type": 5},
    ]
    result = run(zq_fleet, platform, config=config)
    assert set(statuses(result).values()) == {"done"}
    assert [one["changed"] for one in result["results"]] == [True] * 5
    assert platform.triggers == [("r1", "sync")]
    writes = [call[:2] for call in platform.sent() if call[0] != "GET"]
    assert len(writes) == len(set(writes)) == 5


@pytest.mark.parametrize(
    "fault",
    [Fault(200, b'{"detail": "Log in first"}'), Fault(200), Fault(200, b"[]"), Fault(202)],
)
def test_a_foreign_answer_to_everything_creates_nothing(platform: Platform, fault: Fault) -> None:
    five(platform)
    for method in ("PATCH", "POST", "DELETE"):
        platform.fail(method, *[fault] * 99)
    error = failure(
        zq_fleet, platform, config=[*config_of("r1"), {"name": "n", "type": 5, "new_name": "m"}]
    )
    assert statuses(error.partial) == {"r1": "unknown", "n": "unknown"}
    assert error.partial["summary"]["created"] == error.partial["summary"]["updated"] == 0
    error = failure(zq_fleet, platform, config=[{"name": "r2"}], state="deleted")
    assert statuses(error.partial) == {"r2": "unknown"}


def test_progress_counts_the_devices_in_which_there_is_something_to_do(
    platform: Platform,
) -> None:
    five(platform)
    reported: list[tuple[int, int, int]] = []
    platform.fail("PATCH", None, detail(403, "no"))
    config = [*config_of("r1", "r2", "r3"), {"name": "r4"}, {"name": "r5"}]
    with platform.client() as client:
        client.progress = lambda total, finished, failed: reported.append((total, finished, failed))
        with pytest.raises(ZqError, match="1 of 3 devices"):
            zq_fleet.run(arguments(zq_fleet, config=config, concurrency=1), client)
    assert reported == [(3, 1, 0), (3, 2, 1), (3, 3, 1)]


def secrets_of(*values: Any) -> Iterator[str]:
    for value in values:
        yield from (piece for piece in ("pw-Zk81", "Zk81") if piece in repr(value))


def test_a_server_that_repeats_a_password_does_not_get_it_shown(
    platform: Platform, tmp_path: Path
) -> None:
    five(platform)
    platform.fail(
        "POST", Fault(400, b'{"password": ["pw-Zk81 is too short"], "detail2": ["pw-Zk81"]}')
    )
    given: dict[str, Any] = {
        "journal_file": str(tmp_path / "journal"),
        "plan_file": str(tmp_path / "plan"),
    }
    error = failure(
        zq_fleet, platform, config=[{"name": "n", "type": 5, "password": "pw-Zk81"}], **given
    )
    texts = [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()]
    assert len(texts) == 2
    assert list(secrets_of(error.to_dict(), *texts)) == []


def test_a_journal_that_cannot_be_made_private_is_not_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handles: list[int] = []

    def refuse(handle: int, _mode: int) -> None:
        handles.append(handle)
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "fchmod", refuse)
    with pytest.raises(InputError, match="Operation not permitted"):
        _fleet_files.Journal(str(tmp_path / "journal"), "digest")
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(handles[0])
