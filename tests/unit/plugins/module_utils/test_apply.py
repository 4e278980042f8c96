# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lost answers are looked up, races are met, and nothing is created or triggered twice."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._apply import (
    DeviceApply,
    apply_plan,
    with_type_id,
)
from ansible_collections.zequenze.control.plugins.module_utils._client import Client
from ansible_collections.zequenze.control.plugins.module_utils._declarations import (
    declaration_from_params,
)
from ansible_collections.zequenze.control.plugins.module_utils._devices import DeviceApi
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    ServerError,
    UnauthorizedError,
    UnknownOutcomeError,
)
from ansible_collections.zequenze.control.plugins.module_utils._lookup import Lookup
from ansible_collections.zequenze.control.plugins.module_utils._plan import (
    plan_device,
)
from ansible_collections.zequenze.control.plugins.modules import zq_device
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    Fault,
    Platform,
    detail,
    reset,
)
from ansible_collections.zequenze.control.tests.unit.support import (
    LIST,
    PROBE,
    failure,
    looked,
    path,
    run,
    sides,
    types_listed,
)

HTML = {"Content-Type": "text/html; charset=utf-8"}
SENT = {"password": "(sensitive)"}
CREATED = ("POST", LIST, {"name": "r1", "type": 5})


def lost(*, after: bool) -> list[Fault]:
    """Every way in which the answer to a write can be lost."""
    return [
        reset(after=after),
        detail(500, "Oops."),
        Fault(502, b"<html><title>502 Bad Gateway</title></html>", HTML),
        Fault(503, b""),
        Fault(504, b""),
        Fault(200, b"<html><title>Sign in</title></html>", HTML),
        *([Fault(cut=True, after=True)] if after else []),
    ]


def having(fault: Fault, *, after: bool) -> Fault:
    fault.after = after
    return fault


BEFORE = [having(fault, after=False) for fault in lost(after=False)]
AFTER = [having(fault, after=True) for fault in lost(after=True)]


def names(faults: list[Fault]) -> list[str]:
    return [f"{fault.status or ('cut' if fault.cut else 'reset')}" for fault in faults]


@pytest.mark.parametrize("fault", AFTER, ids=names(AFTER))
def test_creation_that_was_done(platform: Platform, fault: Fault) -> None:
    platform.fail("POST", fault)
    result = run(zq_device, platform, name="r1", type="5", password="pw-Zk81")
    assert platform.sent() == [
        looked("r1"),
        PROBE,
        ("POST", LIST, {**CREATED[2], "password": "pw-Zk81"}),
        looked("r1"),
        looked("r1"),
    ]
    assert platform.created == ["r1"]
    assert result["changed"] is True
    assert result["diff"]["after"] == {"name": "r1", "type": 5, **SENT}


@pytest.mark.parametrize("fault", BEFORE, ids=names(BEFORE))
def test_creation_that_was_not_done(platform: Platform, fault: Fault) -> None:
    platform.fail("POST", fault)
    result = run(zq_device, platform, name="r1", type="5")
    assert platform.sent() == [looked("r1"), PROBE, CREATED, looked("r1"), CREATED, looked("r1")]
    assert platform.created == ["r1"]
    assert result["changed"] is True


@pytest.mark.parametrize("fault", AFTER, ids=names(AFTER))
def test_creation_that_was_done_is_followed_by_the_rest(platform: Platform, fault: Fault) -> None:
    platform.fail("POST", fault)
    run(zq_device, platform, name="r1", type="5", update_frequency=60, sync=True)
    assert platform.sent() == [
        looked("r1"),
        PROBE,
        CREATED,
        looked("r1"),
        ("PATCH", path("r1"), {"update_frequency": 60, "sync": True}),
        looked("r1"),
    ]
    assert platform.created == ["r1"]
    assert platform.triggers == [("r1", "sync")]


def test_creation_that_was_done_still_owes_its_sync(platform: Platform) -> None:
    platform.fail("POST", reset(after=True))
    run(zq_device, platform, name="r1", type="5", sync=True)
    assert platform.sent() == [
        looked("r1"),
        PROBE,
        CREATED,
        looked("r1"),
        ("PATCH", path("r1"), {"sync": True}),
        looked("r1"),
    ]


def test_creation_that_was_done_late(platform: Platform) -> None:
    """The platform works on the lost POST only after it was looked for: the second one is refused, and the device is this task's."""
    platform.fail("POST", reset())

    def late(method: str, _path: str) -> None:
        if method == "POST" and len([call for call in platform.calls if call[0] == "POST"]) == 2:
            platform.add("r1", type=5)

    platform.on_request = late
    result = run(zq_device, platform, name="r1", type="5", sync=True)
    assert platform.created == []
    assert platform.triggers == [("r1", "sync")]
    assert result["changed"] is True
    assert sides(result["diff"]) == {"before": {}, "after": {"name": "r1", "type": 5}}


@pytest.mark.parametrize("status", [400, 409])
def test_creation_race(platform: Platform, status: int) -> None:
    def race(method: str, _path: str) -> None:
        if method == "POST" and "r1" not in platform.devices:
            platform.add("r1", type=5, description="theirs")

    platform.on_request = race
    platform.fail("POST", detail(status, "exists already"))
    result = run(zq_device, platform, name="r1", type="5", description="ours", password="pw-Zk81")
    assert platform.sent() == [
        looked("r1"),
        PROBE,
        ("POST", LIST, {"name": "r1", "type": 5, "description": "ours", "password": "pw-Zk81"}),
        looked("r1"),
        looked("r1"),
        ("PATCH", path("r1"), {"description": "ours"}),
        looked("r1"),
    ]
    assert sides(result["diff"]) == {
        "before": {"description": "theirs"},
        "after": {"description": "ours"},
    }
    assert result["changed"] is True


def test_creation_race_that_left_nothing_to_do(platform: Platform) -> None:
    platform.on_request = lambda method, _path: method == "POST" and bool(platform.add("r1"))
    result = run(zq_device, platform, name="r1", type="5")
    assert result["changed"] is False
    assert result["diff"] == {"before": {}, "after": {}}
    assert [call[0] for call in platform.sent()] == ["GET", "GET", "POST", "GET", "GET", "GET"]


def test_creation_that_is_refused(platform: Platform) -> None:
    platform.fail(
        "POST", Fault(400, b'{"serial_number": ["device with this serial number already exists."]}')
    )
    error = failure(zq_device, platform, name="r1", type="5", serial_number="SN")
    assert isinstance(error, InvalidError)
    assert error.to_dict()["errors"] == {
        "serial_number": ["device with this serial number already exists."]
    }
    assert error.to_dict()["changed"] is False
    assert platform.sent()[-1] == looked("r1")


@pytest.mark.parametrize("fault", AFTER, ids=names(AFTER))
@pytest.mark.parametrize(
    ("given", "method", "body"),
    [
        ({"description": "new"}, "PATCH", {"description": "new"}),
        ({"description": "new", "sync": True}, "PATCH", {"description": "new", "sync": True}),
        ({"description": "new", "replace": True}, "PUT", None),
        ({"state": "absent"}, "DELETE", None),
    ],
    ids=["patch", "patch-sync", "put", "delete"],
)
def test_change_that_was_done(
    platform: Platform, given: dict[str, Any], method: str, body: Any, fault: Fault
) -> None:
    platform.add("r1", description="old")
    if method == "DELETE" and fault.cut:
        fault = reset(after=True)  # an empty answer cannot be cut
    platform.fail(method, fault)
    result = run(zq_device, platform, name="r1", **given)
    calls = platform.sent()
    assert [call[0] for call in calls] == ["GET", method, "GET", "GET"]
    assert body is None or calls[1][2] == body
    assert result["changed"] is True
    assert result["diff"]["before"]["description"] == "old"
    assert len(platform.triggers) == (1 if given.get("sync") else 0)


@pytest.mark.parametrize("fault", BEFORE, ids=names(BEFORE))
@pytest.mark.parametrize(
    ("given", "method"),
    [
        ({"description": "new"}, "PATCH"),
        ({"description": "new", "replace": True}, "PUT"),
        ({"state": "absent"}, "DELETE"),
    ],
    ids=["patch", "put", "delete"],
)
def test_change_that_was_not_done_and_is_the_same_done_twice(
    platform: Platform, given: dict[str, Any], method: str, fault: Fault
) -> None:
    platform.add("r1", description="old")
    platform.fail(method, fault)
    result = run(zq_device, platform, name="r1", **given)
    calls = platform.sent()
    assert [call[0] for call in calls[:4]] == ["GET", method, "GET", method]
    assert calls[1] == calls[3]
    assert result["changed"] is True
    assert ("r1" in platform.devices) == (method != "DELETE")


ONCE: dict[str, tuple[dict[str, Any], str]] = {
    "sync": ({"description": "new", "sync": True}, "PATCH"),
    "sync by PUT": ({"description": "new", "sync": True, "replace": True}, "PUT"),
    "rename": ({"new_name": "r2"}, "PATCH"),
    "rename and a field": ({"new_name": "r2", "description": "new"}, "PATCH"),
    "rename by PUT": ({"new_name": "r2", "replace": True}, "PUT"),
    "upgrade": ({"firmware_image": 18, "firmware_image_is_pending": True}, "PATCH"),
    "upgrade alone": ({"firmware_image_is_pending": True}, "PATCH"),
}
UNPROVEN = [
    *BEFORE,
    detail(503, "Later.", Retry_After="1"),
    Fault(200, b'{"detail": "Log in first"}'),
    Fault(202, b'{"id": 1, "name": "r1"}'),
]


@pytest.mark.parametrize("fault", UNPROVEN, ids=[*names(BEFORE), "503 with", "login", "202"])
@pytest.mark.parametrize(("given", "method"), ONCE.values(), ids=ONCE)
def test_change_that_is_carried_out_each_time_is_never_sent_again(
    platform: Platform, given: dict[str, Any], method: str, fault: Fault
) -> None:
    platform.add("r1", description="old", firmware_image=15)
    platform.fail(method, fault)
    error = failure(zq_device, platform, name="r1", **given)
    assert isinstance(error, UnknownOutcomeError)
    assert error.to_dict()["changed"] is True
    assert [call[0] for call in platform.sent()].count(method) == 1
    assert platform.triggers == []
    assert platform.devices["r1"]["description"] == "old"


@pytest.mark.parametrize("fault", BEFORE, ids=names(BEFORE))
@pytest.mark.parametrize(
    "asked", [{"sync": True}, {"firmware_image": 17, "firmware_image_is_pending": True}]
)
def test_what_a_new_device_has_anyway_is_no_proof_of_what_follows(
    platform: Platform, asked: dict[str, Any], fault: Fault
) -> None:
    """A flag that every new device has says nothing of the request that holds it too."""
    platform.fail("PATCH", fault)
    error = failure(zq_device, platform, name="r1", type=5, debug=False, **asked)
    assert isinstance(error, UnknownOutcomeError)
    assert error.to_dict()["changed"] is True
    assert platform.triggers == []
    assert platform.devices["r1"].get("firmware_image") is None


@pytest.mark.parametrize("refusal", [400, 401, 403, 409])
def test_what_is_refused_after_a_lost_answer_may_have_been_done_before(
    platform: Platform, refusal: int
) -> None:
    platform.add("r1", description="old")
    platform.fail("PATCH", Fault(504, b""), detail(refusal, "No."))
    error = failure(zq_device, platform, name="r1", description="new")
    assert error.status == refusal
    assert error.maybe_done is True
    assert error.to_dict()["changed"] is True


@pytest.mark.parametrize(
    ("faults", "unknown"),
    [
        # The PATCH that follows the creation: lost and then refused, and refused at once.
        ([Fault(504, b""), detail(403, "No.")], True),
        ([detail(403, "No.")], False),
    ],
)
def test_what_follows_a_creation_is_unknown_only_where_it_was_lost(
    platform: Platform, faults: list[Fault], unknown: bool
) -> None:
    platform.fail("PATCH", *faults)
    error = failure(zq_device, platform, name="r1", type=5, firmware_image=17)
    assert error.status == 403
    assert error.maybe_done is unknown
    assert error.to_dict()["changed"] is True
    assert "the device 'r1' was created, but these are missing: firmware_image" in error.message


def test_what_was_lost_and_found_done_is_not_unknown(platform: Platform) -> None:
    platform.fail("POST", having(Fault(504, b""), after=True))
    platform.fail("PATCH", detail(403, "No."))
    error = failure(zq_device, platform, name="r1", type=5, firmware_image=17)
    assert error.maybe_done is False
    assert error.to_dict()["changed"] is True


def test_a_creation_that_cannot_be_looked_up_may_have_been_done(platform: Platform) -> None:
    platform.fail("POST", having(Fault(504, b""), after=True), detail(400, "The name is taken."))
    platform.fail("GET", None, None, None, *[detail(403, "No.")] * 9)
    error = failure(zq_device, platform, name="r1", type=5)
    assert error.to_dict()["changed"] is True


def done(status: int, body: bytes = b"", **headers: str) -> Fault:
    """What something in front of the platform says after the work was done."""
    return Fault(
        status, body, {key.replace("_", "-"): text for key, text in headers.items()}, after=True
    )


DONE_NEVERTHELESS = {
    "503 with Retry-After": done(503, Retry_After="1"),
    "504": done(504),
    "login": done(200, b'{"detail": "Log in first"}'),
    "nothing": done(200),
    "list": done(200, b"[]"),
    "202": done(202, b'{"id": 1, "name": "r1"}'),
    "another device": done(200, b'{"id": 9, "name": "r9"}'),
    "204": done(204),
    "201": done(201, b"{}"),
}
EVERY_CHANGE: dict[str, tuple[dict[str, Any], str]] = {
    **ONCE,
    "field": ({"description": "new"}, "PATCH"),
    "replacement": ({"description": "new", "replace": True}, "PUT"),
    "deletion": ({"state": "absent"}, "DELETE"),
}


@pytest.mark.parametrize("fault", DONE_NEVERTHELESS.values(), ids=DONE_NEVERTHELESS)
@pytest.mark.parametrize(("given", "method"), EVERY_CHANGE.values(), ids=EVERY_CHANGE)
def test_change_that_was_done_whatever_the_answer_says_is_done_once(
    platform: Platform, given: dict[str, Any], method: str, fault: Fault
) -> None:
    platform.add("r1", description="old", firmware_image=15)
    platform.fail(method, fault)
    result = run(zq_device, platform, name="r1", **given)
    assert result["changed"] is True
    assert [call[0] for call in platform.sent()].count(method) == 1
    assert len(platform.triggers) == (1 if given.get("sync") else 0)
    assert ("r2" in platform.devices) == ("new_name" in given)


@pytest.mark.parametrize(
    "fault", [*DONE_NEVERTHELESS.values(), done(200, b'{"id": 1, "name": "r1"}')]
)
def test_creation_that_was_done_whatever_the_answer_says(platform: Platform, fault: Fault) -> None:
    platform.fail("POST", fault)
    assert run(zq_device, platform, name="r1", type="5")["changed"] is True
    assert [call[0] for call in platform.sent()].count("POST") == 1
    assert platform.created == ["r1"]


FOREIGN = [
    Fault(200, b'{"detail": "Log in first"}'),
    Fault(200),
    Fault(202),
    Fault(201, b'{"name": "r1"}'),
    Fault(201, b'{"id": 1, "name": "r9"}'),
    Fault(201, b'{"id": true, "name": "r1"}'),
    Fault(206, b'{"id": 1, "name": "r1"}'),
]


@pytest.mark.parametrize("fault", FOREIGN)
@pytest.mark.parametrize(
    ("given", "method"),
    [
        ({"type": "5"}, "POST"),
        ({"description": "new"}, "PATCH"),
        ({"description": "new", "replace": True}, "PUT"),
        ({"state": "absent"}, "DELETE"),
    ],
)
def test_nothing_is_done_because_of_a_foreign_answer(
    platform: Platform, given: dict[str, Any], method: str, fault: Fault
) -> None:
    """Answered so once, it is done by the second request; always, and nobody knows."""
    for times, known in ((1, True), (20, False)):
        platform.devices.clear()
        if method != "POST":
            platform.add("r1", description="old")
        platform.faults_by_method.clear()
        platform.fail(method, *[fault] * times)
        if known:
            assert run(zq_device, platform, name="r1", **given)["changed"] is True
            continue
        error = failure(zq_device, platform, name="r1", **given)
        assert isinstance(error, UnknownOutcomeError)
        assert error.to_dict()["changed"] is True


def test_a_sync_that_was_pending_before_is_no_proof(platform: Platform) -> None:
    platform.add("r1", pending_settings="configuration_sync")
    platform.fail("PATCH", reset(after=True))
    given: dict[str, Any] = {"password": "new-Zk81", "update_password": "always", "sync": True}
    assert isinstance(failure(zq_device, platform, name="r1", **given), UnknownOutcomeError)
    assert platform.triggers == [("r1", "sync")]


def test_a_change_of_which_the_platform_shows_nothing_is_unknown(platform: Platform) -> None:
    device = platform.add("r1", description="old", debug=False)

    def forget(*names: str) -> None:
        former = {name: device[name] for name in names}
        platform.on_request = lambda method, _path: method == "GET" and device.update(former)

    forget("description", "debug")
    error = failure(zq_device, platform, name="r1", description="new", debug=True)
    assert isinstance(error, UnknownOutcomeError)
    assert "shows nothing of it: debug, description" in error.message
    assert error.to_dict()["changed"] is True
    forget("debug")
    result = run(zq_device, platform, name="r1", description="new", debug=True)
    assert result["warnings"] == [
        "The platform accepted the change of 'r1', but does not show it in: debug."
    ]


@pytest.mark.parametrize(("shown", "unknown"), [("new", False), ("old", True)])
def test_an_answer_that_shows_nothing_of_a_change_is_looked_up(
    platform: Platform, shown: str, unknown: bool
) -> None:
    actual = dict(platform.add("r1", description="old"))
    platform.fail("PATCH", done(200, b'{"id": 1, "name": "r1", "description": "old"}'))
    platform.on_request = lambda method, _path: (
        method == "GET" and platform.devices["r1"].update(description=shown)
    )
    if unknown:
        with pytest.raises(UnknownOutcomeError):
            applied(platform, actual, description="new")
    else:
        assert applied(platform, actual, description="new") is True
    assert platform.sent() == [("PATCH", path("r1"), {"description": "new"}), looked("r1")]


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("former_name_taken", [False, True])
def test_a_rename_that_another_run_finished_is_no_change_of_this_one(
    platform: Platform, replace: bool, former_name_taken: bool
) -> None:
    actual = dict(platform.add("r1", description="old"))
    there = platform.devices.pop("r1")
    there["name"] = "r2"
    platform.devices["r2"] = there
    if former_name_taken:
        platform.add("r1", description="another device")
    assert applied(platform, actual, new_name="r2", replace=replace, description="old") is False
    assert applied(platform, actual, new_name="r2", description="new") is True
    assert platform.devices["r2"]["description"] == "new"
    if former_name_taken:
        assert platform.devices["r1"]["description"] == "another device"


def test_a_rename_to_a_name_that_another_device_has_fails(platform: Platform) -> None:
    platform.add("r2")
    actual = dict(platform.add("r1"))
    with pytest.raises(InvalidError):
        applied(platform, actual, new_name="r2")
    platform.devices.pop("r1")
    with pytest.raises(NotFoundError):
        applied(platform, actual, new_name="r2")


def test_another_device_of_the_name_is_not_changed_after_a_lost_answer(platform: Platform) -> None:
    actual = dict(platform.add("r1", description="old"))
    platform.fail("PATCH", reset())
    platform.on_request = lambda method, _path: (
        method == "GET" and platform.devices["r1"].update(id=99)
    )
    with pytest.raises(ConflictError):
        applied(platform, actual, description="new")
    assert platform.devices["r1"]["description"] == "old"


@pytest.mark.parametrize("given", [{"type": "5"}, {"description": "new"}, {"state": "absent"}])
def test_an_error_of_our_own_after_a_write_says_that_something_may_be_changed(
    platform: Platform, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "type" not in given:
        platform.add("r1")
    for owner, method in ((DeviceApply, "_note_done"), (Lookup, "look")):
        with monkeypatch.context() as patch:

            def fault(*_args: Any, **_more: Any) -> Any:
                raise TypeError("'int' object is not iterable, tok-5f2c9e7b1a")

            patch.setattr(owner, method, fault)
            error = failure(zq_device, platform, name="r1", **given)
        assert "internal error: TypeError: 'int' object is not iterable" in error.message
        assert "report this as a bug" in error.message
        assert "tok-5f2c9e7b1a" not in error.message
        assert bool(error.partial.get("changed")) is (owner is DeviceApply)


def test_rename_with_a_lost_answer_that_was_done(platform: Platform) -> None:
    platform.add("old", description="x")
    platform.fail("PATCH", reset(after=True))
    result = run(zq_device, platform, name="old", new_name="new", description="y")
    assert platform.sent() == [
        looked("old"),
        looked("new"),
        PROBE,
        ("PATCH", path("old"), {"name": "new", "description": "y"}),
        looked("old"),
        looked("new"),
        looked("new"),
    ]
    assert result["changed"] is True
    assert sides(result["diff"]) == {
        "before": {"name": "old", "description": "x"},
        "after": {"name": "new", "description": "y"},
    }


@pytest.mark.parametrize("after", [True, False])
def test_password_alone_with_a_lost_answer_is_sent_again(platform: Platform, after: bool) -> None:
    platform.add("r1", password="old-Zk81")
    platform.fail("PATCH", reset(after=after))
    result = run(zq_device, platform, name="r1", password="new-Zk81", update_password="always")
    assert [call[0] for call in platform.sent()] == ["GET", "PATCH", "GET", "PATCH", "GET"]
    assert platform.passwords == {"r1": "new-Zk81"}
    assert result["changed_fields"] == ["password"]
    assert result["changed"] is True


@pytest.mark.parametrize("after", [True, False])
def test_password_beside_a_field_is_not_sent_again_where_the_field_shows(
    platform: Platform, after: bool
) -> None:
    platform.add("r1", password="old-Zk81")
    platform.fail("PATCH", reset(after=after))
    run(
        zq_device,
        platform,
        name="r1",
        password="new-Zk81",
        description="x",
        update_password="always",
    )
    assert [call[0] for call in platform.sent()].count("PATCH") == (1 if after else 2)
    assert platform.passwords == {"r1": "new-Zk81"}


def test_sync_alone_with_a_lost_answer_that_shows(platform: Platform) -> None:
    platform.fail("PATCH", reset(after=True))
    result = run(zq_device, platform, name="r1", type="5", sync=True)
    assert platform.sent() == [
        looked("r1"),
        PROBE,
        CREATED,
        ("PATCH", path("r1"), {"sync": True}),
        looked("r1"),
        looked("r1", pending="true"),
        looked("r1"),
    ]
    assert platform.triggers == [("r1", "sync")]
    assert result["changed"] is True


def test_sync_alone_with_a_lost_answer_that_does_not_show_is_unknown(platform: Platform) -> None:
    platform.fail("PATCH", reset())
    error = failure(zq_device, platform, name="r1", type="5", sync=True)
    assert isinstance(error, UnknownOutcomeError)
    assert "it is not asked twice" in error.message
    assert error.what.startswith("the device 'r1' was created, but these are missing: sync. PATCH ")
    assert error.to_dict()["changed"] is True
    assert [call[0] for call in platform.sent()] == ["GET", "GET", "POST", "PATCH", "GET", "GET"]
    assert platform.triggers == []


def test_upgrade_that_may_be_over_is_not_asked_for_twice(platform: Platform) -> None:
    device = platform.add("r1", firmware_image=18)
    platform.faults = [None, reset(after=True)]
    # The device calls in at once: the upgrade is over before the platform is looked at.
    platform.on_request = lambda method, path: (
        device.update(firmware_image_is_pending=False) if method == "GET" else None
    )
    error = failure(zq_device, platform, name="r1", firmware_image_is_pending=True)
    assert isinstance(error, UnknownOutcomeError)
    assert [call[0] for call in platform.sent()] == ["GET", "PATCH", "GET"]


def test_upgrade_that_is_over_shows_by_its_image(platform: Platform) -> None:
    device = platform.add("r1", firmware_image=15)
    platform.faults = [None, reset(after=True)]
    platform.on_request = lambda method, path: (
        device.update(firmware_image_is_pending=False) if method == "GET" else None
    )
    assert run(zq_device, platform, name="r1", firmware_image=18, firmware_image_is_pending=True)[
        "changed"
    ]
    assert [call[0] for call in platform.sent()].count("PATCH") == 1


@pytest.mark.parametrize("after", [True, False])
def test_sync_beside_a_password_with_a_lost_answer(platform: Platform, after: bool) -> None:
    platform.add("r1")
    platform.fail("PATCH", reset(after=after))
    given: dict[str, Any] = {
        "name": "r1",
        "password": "new-Zk81",
        "update_password": "always",
        "sync": True,
    }
    if after:
        assert run(zq_device, platform, **given)["changed"] is True
        assert platform.passwords == {"r1": "new-Zk81"}
    else:
        assert isinstance(failure(zq_device, platform, **given), UnknownOutcomeError)
    assert [call[0] for call in platform.sent()].count("PATCH") == 1
    assert platform.triggers == ([("r1", "sync")] if after else [])


def test_a_lost_put_does_not_lose_the_patch_after_it(platform: Platform) -> None:
    platform.add("r1", description="old", firmware_image=1)
    platform.fail("PUT", reset(after=True))
    run(
        zq_device, platform, name="r1", description="new", firmware_image=2, replace=True, sync=True
    )
    assert [(call[0], call[2] if call[0] == "PATCH" else None) for call in platform.sent()] == [
        ("GET", None),
        ("PUT", None),
        ("GET", None),
        ("PATCH", {"firmware_image": 2, "sync": True}),
        ("GET", None),
    ]


@pytest.mark.parametrize(
    ("fault", "status"),
    [(detail(400, "No such image."), 400), (detail(403, "No."), 403), (detail(401, "Who?"), 401)],
    ids=["400", "403", "401"],
)
def test_follow_up_that_fails_says_what_was_done_and_what_is_missing(
    platform: Platform, fault: Fault, status: int
) -> None:
    platform.fail("PATCH", fault)
    error = failure(zq_device, platform, name="r1", type="5", update_frequency=60, firmware_image=9)
    assert platform.created == ["r1"]
    assert error.to_dict()["changed"] is True
    assert error.to_dict()["status"] == status
    assert (
        "the device 'r1' was created, but these are missing: firmware_image, update_frequency."
        in error.message
    )
    assert f"PATCH https://acs.example.com/prefix/api/v1/{path('r1')}: " in error.message


def test_follow_up_of_a_replacement_that_fails(platform: Platform) -> None:
    platform.add("r1", description="old", firmware_image=1)
    platform.fail("PATCH", detail(400, "No such image."))
    error = failure(zq_device, platform, name="r1", replace=True, firmware_image=9)
    assert "the device 'r1' was replaced, but these are missing: firmware_image." in error.message


def test_follow_up_that_fails_after_a_lost_creation(platform: Platform) -> None:
    platform.fail("POST", reset(after=True))
    platform.fail("PATCH", detail(400, "No such image."))
    error = failure(zq_device, platform, name="r1", type="5", firmware_image=9)
    assert "the device 'r1' was created, but these are missing: firmware_image." in error.message
    assert error.to_dict()["changed"] is True


def test_refused_change_has_changed_nothing(platform: Platform) -> None:
    platform.add("r1")
    for kind, status in (
        (UnauthorizedError, 401),
        (ForbiddenError, 403),
        (ConflictError, 409),
        (NotFoundError, 404),
    ):
        platform.fail("PATCH", detail(status, "No."))
        error = failure(zq_device, platform, name="r1", description="x")
        assert error.__class__ is kind
        assert error.to_dict()["changed"] is False
        assert [call[0] for call in platform.sent()] == ["GET", "PATCH"]


def test_delete_race(platform: Platform) -> None:
    platform.add("r1")
    platform.on_request = lambda method, _path: (
        method == "DELETE" and bool(platform.devices.pop("r1"))
    )
    result = run(zq_device, platform, name="r1", state="absent")
    assert [call[0] for call in platform.sent()] == ["GET", "DELETE", "GET", "GET"]
    assert result["changed"] is False
    assert result["device"] == {}


def test_deletion_that_was_done_late_is_this_tasks(platform: Platform) -> None:
    platform.add("r1")
    platform.fail("DELETE", reset(), None)

    def late(method: str, _path: str) -> None:
        if [call[0] for call in platform.calls].count("DELETE") == 2 and method == "DELETE":
            platform.devices.pop("r1")

    platform.on_request = late
    result = run(zq_device, platform, name="r1", state="absent")
    assert result["changed"] is True
    assert result["diff"]["before"]["name"] == "r1"


def test_deleted_and_created_again_by_someone_is_not_deleted_twice(platform: Platform) -> None:
    platform.add("other")
    platform.add("r1")
    platform.fail("DELETE", reset(after=True))

    def again(method: str, _path: str) -> None:
        if method == "GET" and platform.deleted and "r1" not in platform.devices:
            platform.add("r1", description="theirs")["id"] = 99

    platform.on_request = again
    error = failure(zq_device, platform, name="r1", state="absent")
    assert isinstance(error, ConflictError)
    assert error.to_dict()["changed"] is True
    assert platform.deleted == ["r1"]
    assert platform.devices["r1"]["description"] == "theirs"


def test_device_that_vanishes_while_it_is_changed(platform: Platform) -> None:
    platform.add("r1")
    platform.fail("PATCH", reset())
    platform.on_request = lambda method, _path: (
        method == "PATCH" and bool(platform.devices.pop("r1"))
    )
    error = failure(zq_device, platform, name="r1", description="x")
    assert isinstance(error, NotFoundError)
    assert error.what == "'r1' vanished while it was changed"
    assert error.partial == {"changed": True}
    assert platform.created == []


@pytest.mark.parametrize("after", [True, False])
def test_looking_that_fails_as_well_is_unknown(platform: Platform, after: bool) -> None:
    platform.fail("POST", reset(after=after))
    platform.fail("GET", None, None, *[detail(500, "Away.") for _try in range(5)])
    error = failure(zq_device, platform, name="r1", type="5")
    assert isinstance(error, UnknownOutcomeError)
    assert "Looking whether it was done failed as well: GET https://" in error.message
    assert error.what.startswith(f"POST https://acs.example.com/prefix/api/v1/{LIST}: ")
    assert error.to_dict()["changed"] is True
    assert error.to_dict()["status"] == 500
    assert [call[0] for call in platform.sent()] == ["GET", "GET", "POST"] + ["GET"] * 5
    assert len(platform.created) == after


def test_answers_that_are_always_lost_end_as_unknown(platform: Platform) -> None:
    platform.fail("POST", *[reset() for _try in range(20)])
    error = failure(zq_device, platform, name="r1", type="5")
    assert isinstance(error, UnknownOutcomeError)
    assert "6 tries did not settle 'r1'" in error.message
    assert [call[0] for call in platform.sent()] == ["GET", "GET"] + ["POST", "GET"] * 6
    assert error.to_dict()["changed"] is True


def test_reading_back_that_fails_says_that_the_change_was_made(platform: Platform) -> None:
    platform.add("r1")
    platform.fail("GET", None, *[detail(502, "Away.") for _try in range(5)])
    error = failure(zq_device, platform, name="r1", description="x")
    assert isinstance(error, ServerError)
    assert error.what == (
        "the change was made, but reading the device afterwards failed:"
        " answered 502 (bad gateway): Away."
    )
    assert error.partial == {"changed": True}
    assert platform.devices["r1"]["description"] == "x"


def test_device_that_is_gone_when_it_is_read_back(platform: Platform) -> None:
    platform.add("r1")
    platform.on_request = lambda method, _path: (
        method == "GET" and len(platform.calls) > 1 and bool(platform.devices.pop("r1", None))
    )
    error = failure(zq_device, platform, name="r1", description="x")
    assert error.what == "the change was made, but 'r1' does not exist any more"
    assert error.partial == {"changed": True}


def test_a_read_that_fails_at_first_changes_nothing(platform: Platform) -> None:
    platform.fail("GET", detail(401, "Invalid token."))
    error = failure(zq_device, platform, name="r1", type="5")
    assert isinstance(error, UnauthorizedError)
    assert [call[0] for call in platform.sent()] == ["GET"]


def test_a_password_that_was_sent_always_brings_no_second_sync(platform: Platform) -> None:
    """Sent once more after a lost answer, it would have the device asked to synchronise twice."""
    platform.fail("PATCH", reset(after=True))
    run(
        zq_device,
        platform,
        name="r1",
        type="5",
        password="pw-Zk81",
        update_password="always",
        debug=True,
        sync=True,
    )
    assert platform.sent() == [
        looked("r1", pending="true"),
        PROBE,
        ("POST", LIST, {**CREATED[2], "password": "pw-Zk81"}),
        ("PATCH", path("r1"), {"debug": True, "sync": True}),
        looked("r1", pending="true"),
        looked("r1"),
    ]
    assert platform.triggers == [("r1", "sync")]


@pytest.mark.parametrize("pattern", range(8))
def test_whatever_is_lost_there_is_one_creation_and_one_sync(
    platform: Platform, pattern: int
) -> None:
    """Three writes in a row, each lost or not, before the work or after it."""
    after = bool(pattern & 4)
    platform.fail("POST", *([reset(after=after)] if pattern & 1 else []))
    platform.fail("PATCH", *([reset(after=True)] if pattern & 2 else []))
    result = run(zq_device, platform, name="r1", type="5", debug=True, sync=True)
    assert platform.created == ["r1"]
    assert platform.triggers == [("r1", "sync")]
    assert platform.devices["r1"]["debug"] is True
    assert result["changed"] is True


class Checked:
    """A check of devices that writes down which it saw, and refuses one of them."""

    def __init__(self, refused: str = "") -> None:
        self.seen: list[tuple[str, Any]] = []
        self.refused = refused

    def __call__(self, device: dict[str, Any]) -> None:
        self.seen.append((device["name"], device["description"]))
        if device["name"] == self.refused:
            raise ProtocolError("belongs to someone else")


def applied(
    platform: Platform,
    actual: dict[str, Any] | None,
    check: Checked | None = None,
    retries: int = 4,
    **declared: Any,
) -> bool:
    """Carry out the plan that is made from `actual`."""
    declaration = declaration_from_params({"name": "r1", **declared})
    plan = plan_device(declaration, actual)
    with platform.client(retries=retries) as client:
        api = DeviceApi(client)
        if check is None:
            return apply_plan(api, declaration, plan, actual)
        return apply_plan(api, declaration, plan, actual, check)


def test_a_plan_is_carried_out_without_a_look(platform: Platform) -> None:
    actual = dict(platform.add("r1", description="old"))
    assert applied(platform, actual, description="new") is True
    assert platform.sent() == [("PATCH", path("r1"), {"description": "new"})]


def test_a_plan_without_writes_sends_nothing(platform: Platform) -> None:
    actual = dict(platform.add("r1", description="old"))
    assert applied(platform, actual, description="old") is False
    assert platform.sent() == []


def test_a_plan_that_someone_else_carried_out_is_no_change(platform: Platform) -> None:
    actual = dict(platform.add("r1"))
    platform.devices.clear()
    assert applied(platform, actual, state="absent") is False
    assert platform.sent() == [("DELETE", path("r1"), None), looked("r1"), PROBE]


def test_a_plan_whose_answer_was_lost_is_a_change(platform: Platform) -> None:
    actual = dict(platform.add("r1", description="old"))
    platform.fail("PATCH", reset(after=True))
    assert applied(platform, actual, description="new") is True
    assert platform.sent() == [("PATCH", path("r1"), {"description": "new"}), looked("r1")]


@pytest.mark.parametrize("after", [True, False])
def test_a_device_found_after_a_lost_answer_is_checked(platform: Platform, after: bool) -> None:
    actual = dict(platform.add("r1", description="old"))
    platform.fail("PATCH", reset(after=after))
    check = Checked()
    if after:
        assert applied(platform, actual, check, new_name="r2", description="new") is True
        assert check.seen == [("r2", "new")]
    else:
        assert applied(platform, actual, check, description="new") is True
        assert check.seen == [("r1", "old")]


@pytest.mark.parametrize(("after", "refused"), [(True, "r2"), (False, "r1")])
def test_a_device_that_may_not_be_touched_ends_it_after_a_lost_answer(
    platform: Platform, after: bool, refused: str
) -> None:
    actual = dict(platform.add("r1", description="old"))
    platform.fail("PATCH", reset(after=after))
    with pytest.raises(UnknownOutcomeError) as caught:
        applied(platform, actual, Checked(refused), new_name="r2")
    assert "failed as well: belongs to someone else" in caught.value.message
    assert [call[0] for call in platform.sent()].count("PATCH") == 1


def test_a_device_found_in_a_race_is_checked(platform: Platform) -> None:
    platform.add("r1", description="theirs")
    check = Checked("r1")
    with pytest.raises(ProtocolError):
        applied(platform, None, check, type="5", description="ours")
    assert check.seen == [("r1", "theirs")]
    assert [call[0] for call in platform.sent()] == ["POST", "GET", "GET"]


def test_what_may_not_be_touched_is_not_known_to_a_task_of_its_own(platform: Platform) -> None:
    platform.add("r1", description="theirs")
    assert applied(platform, None, type="5", description="ours") is True
    assert platform.devices["r1"]["description"] == "ours"


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_it_is_tried_as_often_as_a_request_and_twice_more(
    platform: Platform, retries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[int] = []
    monkeypatch.setattr(Client, "pause", lambda _client, attempt: pauses.append(attempt))
    platform.fail("POST", *[detail(502, "Away.") for _try in range(20)])
    with pytest.raises(UnknownOutcomeError) as caught:
        applied(platform, None, retries=retries, type="5")
    tries = retries + 2
    assert pauses == list(range(tries))
    assert platform.sent() == [CREATED, looked("r1"), PROBE, *[CREATED, looked("r1")] * (tries - 1)]
    last = (
        f"POST https://acs.example.com/prefix/api/v1/{LIST}: answered 502 (bad gateway): Away."
        f" {ServerError.remedy}"
    )
    assert caught.value.to_dict() == {
        "changed": True,
        "status": 502,
        "errors": {},
        "msg": (
            f"{tries} tries did not settle 'r1'; the last: {last.rstrip('. ')}."
            f" {UnknownOutcomeError.remedy}"
        ),
    }


def test_tries_that_end_after_a_creation_say_what_is_missing(platform: Platform) -> None:
    platform.fail("PATCH", *[detail(502, "Away.") for _try in range(20)])
    with pytest.raises(UnknownOutcomeError) as caught:
        applied(platform, None, retries=0, type="5", debug=True, update_frequency=60)
    assert caught.value.message.startswith(
        "the device 'r1' was created, but these are missing: debug, update_frequency."
        " 2 tries did not settle 'r1'; the last: "
    )
    assert [call[0] for call in platform.sent()] == ["POST", "PATCH", "GET", "PATCH", "GET"]


def test_a_last_try_that_is_done_after_all_is_a_success(platform: Platform) -> None:
    platform.fail("POST", reset(), reset(after=True))
    assert applied(platform, None, retries=0, type="5") is True
    assert platform.sent() == [CREATED, looked("r1"), PROBE, CREATED, looked("r1")]


def test_a_change_that_is_refused_later_says_what_was_changed(platform: Platform) -> None:
    """The first PATCH was done; meanwhile someone else changed a field that is declared too."""
    actual = dict(platform.add("r1", description="old", customer_id="C"))
    platform.fail("PATCH", reset(after=True), detail(403, "No."))
    platform.on_request = lambda method, _path: (
        platform.devices["r1"].update(customer_id="theirs") if method == "GET" else None
    )
    with pytest.raises(ForbiddenError) as caught:
        applied(platform, actual, description="new", customer_id="C")
    assert caught.value.what == (
        "the device 'r1' was changed, but these are missing: customer_id."
        " answered 403 (forbidden): No."
    )
    assert caught.value.partial == {"changed": True}


def test_a_deletion_is_looked_up_by_the_id_of_what_was_to_be_deleted(platform: Platform) -> None:
    platform.add("other")
    actual = dict(platform.add("r1"))
    assert actual["id"] == 2
    platform.fail("DELETE", reset())
    assert applied(platform, actual, state="absent") is True
    assert [call[0] for call in platform.sent()] == ["DELETE", "GET", "DELETE"]


def test_secrets_are_known_before_the_first_request(platform: Platform) -> None:
    platform.fail("GET", detail(400, "It said pw-Zk81."))
    error = failure(zq_device, platform, name="r1", type="5", password="pw-Zk81")
    assert error.what == "answered 400 (bad request): It said ********."


def test_secrets_of_a_plan_are_known_before_they_are_sent(platform: Platform) -> None:
    actual = dict(platform.add("r1"))
    platform.fail("PATCH", detail(400, "It said pw-Zk81."))
    # Left alone, the password is not part of what is sent.
    with pytest.raises(InvalidError) as caught:
        applied(platform, actual, password="pw-Zk81", description="x")
    assert caught.value.what == "answered 400 (bad request): It said ********."


def test_a_race_is_looked_at_only_where_the_device_is_there(platform: Platform) -> None:
    platform.fail("POST", detail(400, "No."))
    with pytest.raises(InvalidError) as caught:
        applied(platform, None, type="5")
    assert caught.value.what == "answered 400 (bad request): No."
    assert caught.value.partial == {"changed": False}
    assert platform.sent() == [CREATED, looked("r1"), PROBE]


@pytest.mark.parametrize("status", [401, 403])
def test_what_is_refused_is_no_race(platform: Platform, status: int) -> None:
    platform.add("r1")
    platform.fail("POST", detail(status, "No."))
    platform.fail("DELETE", detail(status, "No."))
    with pytest.raises((UnauthorizedError, ForbiddenError)):
        applied(platform, None, type="5")
    with pytest.raises((UnauthorizedError, ForbiddenError)):
        applied(platform, dict(platform.devices["r1"]), state="absent")
    assert [call[0] for call in platform.sent()] == ["POST", "DELETE"]


def test_a_sync_that_shows_is_not_asked_for_again_by_what_is_left(platform: Platform) -> None:
    """The sync was taken; meanwhile someone else changed a field that is declared too."""
    platform.fail("PATCH", reset(after=True))

    def theirs(method: str, _path: str) -> None:
        if method == "GET" and platform.triggers:
            platform.devices["r1"]["description"] = "theirs"
            platform.on_request = lambda _method, _path: None

    platform.on_request = theirs
    assert applied(platform, None, type="5", description="ours", sync=True) is True
    assert platform.sent() == [
        ("POST", LIST, {**CREATED[2], "description": "ours"}),
        ("PATCH", path("r1"), {"sync": True}),
        looked("r1"),
        looked("r1", pending="true"),
        ("PATCH", path("r1"), {"description": "ours"}),
    ]


def test_a_device_that_vanishes_while_its_sync_is_looked_up(platform: Platform) -> None:
    platform.fail("PATCH", reset(after=True))
    platform.on_request = lambda _method, _path: (
        len(platform.calls) == 4 and bool(platform.devices.pop("r1"))
    )
    with pytest.raises(UnknownOutcomeError):
        applied(platform, None, type="5", sync=True)
    assert platform.sent()[-2:] == [looked("r1", pending="true"), PROBE]


def test_an_upgrade_that_was_asked_for_is_not_asked_for_again_by_what_is_left(
    platform: Platform,
) -> None:
    actual = dict(platform.add("r1", firmware_image=15, description="d"))
    platform.fail("PATCH", reset(after=True))
    platform.on_request = lambda method, _path: (
        platform.devices["r1"].update(firmware_image_is_pending=False, description="theirs")
        if method == "GET"
        else None
    )
    given: dict[str, Any] = {"firmware_image": 18, "firmware_image_is_pending": True}
    assert applied(platform, actual, description="d", **given) is True
    assert platform.sent() == [
        ("PATCH", path("r1"), given),
        looked("r1"),
        ("PATCH", path("r1"), {"description": "d"}),
    ]


@pytest.mark.parametrize(
    ("given", "actual", "type_id", "looked_up"),
    [
        (None, None, None, False),
        (7, None, 7, False),
        ("ont", None, 7, True),
        ("ont", {"type": 9, "type_short_name": "ont"}, 9, False),
        ("ont", {"type": 9, "type_short_name": "router"}, 7, True),
        ("ont", {"type": "9", "type_short_name": "ont"}, 7, True),
        ("ont", {"type_short_name": "ont"}, 7, True),
    ],
)
def test_a_type_is_looked_up_where_the_device_does_not_say_its_id(
    platform: Platform,
    given: Any,
    actual: dict[str, Any] | None,
    type_id: int | None,
    looked_up: bool,
) -> None:
    declaration = declaration_from_params({"name": "r1", "type": given, "description": "d"})
    with platform.client() as client:
        found = with_type_id(DeviceApi(client), declaration, actual)
    assert found.fields.get("type") == type_id
    assert found.fields["description"] == "d"
    assert platform.sent() == ([types_listed()] if looked_up else [])


def test_a_device_that_is_to_be_called_as_it_is_is_looked_for_once(platform: Platform) -> None:
    platform.add("r1", description="d")
    # Two texts that are equal, and not one object.
    run(zq_device, platform, name="r1", new_name="".join(["r", "1"]))
    assert platform.sent() == [looked("r1")]
