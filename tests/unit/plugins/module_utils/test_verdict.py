# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a lost write did, row by row, without any platform."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    ConflictError,
    NotFoundError,
    ServerError,
    UnknownOutcomeError,
)
from ansible_collections.zequenze.control.plugins.module_utils._plan import Write
from ansible_collections.zequenze.control.plugins.module_utils._verdict import (
    NOT_SENT_TWICE,
    SENT_AGAIN,
    Verdict,
    differing,
    error_of,
    shows_nothing,
    what_a_lost_write_did,
)

NEW = {"description": "new"}
OLD = {"description": "old"}
UPGRADE = {"firmware_image_is_pending": True}
NO_UPGRADE = {"firmware_image_is_pending": False}
IMAGE = {"firmware_image": 18}
PASSWORD = {"password": "pw-Zk81"}
SYNC = {"sync": True}


@pytest.mark.parametrize(
    ("payload", "device", "verdict"),
    [
        # What can be seen says it all, whatever was sent with it.
        (NEW, NEW, Verdict.DONE),
        (NEW, OLD, Verdict.NOT_DONE),
        (NEW, {}, Verdict.NOT_DONE),
        (NEW | PASSWORD, NEW, Verdict.DONE),
        (NEW | PASSWORD | SYNC, NEW, Verdict.DONE),
        (NEW | SYNC, OLD, Verdict.NOT_SHOWN),
        (NEW | {"sync": False}, OLD, Verdict.NOT_DONE),
        (NEW | IMAGE, NEW | IMAGE, Verdict.DONE),
        # All of it, or it was not this write.
        (NEW | IMAGE, NEW, Verdict.NOT_DONE),
        (NEW | IMAGE, OLD | IMAGE, Verdict.NOT_DONE),
        # The same place, written otherwise.
        ({"latitude": "1.50"}, {"latitude": "1.500000"}, Verdict.DONE),
        # What nothing shows.
        (PASSWORD, OLD, Verdict.INVISIBLE),
        (SYNC, OLD, Verdict.SYNC_INVISIBLE),
        (PASSWORD | SYNC, OLD, Verdict.SYNC_INVISIBLE),
        # An upgrade that is pending shows; one that is not may be over.
        (UPGRADE, UPGRADE, Verdict.DONE),
        (UPGRADE, NO_UPGRADE, Verdict.UPGRADE_CLEARED),
        (UPGRADE, {}, Verdict.UPGRADE_CLEARED),
        (UPGRADE | SYNC, NO_UPGRADE, Verdict.UPGRADE_CLEARED),
        (UPGRADE | PASSWORD, NO_UPGRADE, Verdict.UPGRADE_CLEARED),
        # Its image says more than it does.
        (UPGRADE | IMAGE, NO_UPGRADE | IMAGE, Verdict.DONE),
        (UPGRADE | IMAGE, UPGRADE | IMAGE, Verdict.DONE),
        (UPGRADE | IMAGE, NO_UPGRADE | {"firmware_image": 15}, Verdict.NOT_SHOWN),
        # One request is taken as a whole, and what was not so before is a proof.
        (UPGRADE | IMAGE, UPGRADE | {"firmware_image": 15}, Verdict.DONE),
        (NEW | IMAGE | SYNC, NEW, Verdict.DONE),
        (NEW | IMAGE | SYNC, OLD | {"firmware_image": 15}, Verdict.NOT_SHOWN),
        ({"reboot": True}, OLD, Verdict.NOT_SHOWN),
        # To take one back is a field like any other.
        (NO_UPGRADE, NO_UPGRADE, Verdict.DONE),
        (NO_UPGRADE, UPGRADE, Verdict.NOT_DONE),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_what_a_lost_change_did(
    method: str, payload: dict[str, Any], device: dict[str, Any], verdict: Verdict
) -> None:
    unseen = ("password", "sync", "reboot")
    after = {name: value for name, value in payload.items() if name not in unseen}
    assert what_a_lost_write_did(Write(method, "r1", payload), after, device) is verdict


def test_what_a_replacement_repeats_says_nothing() -> None:
    """A PUT holds fields that were so before; only those of the plan tell whether it was done."""
    write = Write("PUT", "r1", NEW | {"customer_id": "C", "username": "u"} | PASSWORD)
    seen = NEW | {"customer_id": "another", "username": None}
    assert what_a_lost_write_did(write, NEW, seen) is Verdict.DONE
    assert what_a_lost_write_did(write, {}, seen) is Verdict.INVISIBLE
    # What a later write of the plan is to change says nothing either.
    assert what_a_lost_write_did(write, NEW | IMAGE, seen) is Verdict.DONE


@pytest.mark.parametrize(
    ("method", "device", "verdict"),
    [
        ("POST", None, Verdict.NOT_DONE),
        ("PUT", None, Verdict.VANISHED),
        ("PATCH", None, Verdict.VANISHED),
        ("DELETE", None, Verdict.DONE),
        ("DELETE", {"id": 7}, Verdict.NOT_DONE),
        ("DELETE", {"id": 8}, Verdict.RECREATED),
        ("DELETE", {}, Verdict.RECREATED),
        ("PATCH", {"id": 7, **NEW}, Verdict.DONE),
        ("PATCH", {"id": 8, **NEW}, Verdict.RECREATED),
        ("PUT", {"id": 8}, Verdict.RECREATED),
    ],
)
def test_what_a_device_says_that_is_there_or_not(
    method: str, device: dict[str, Any] | None, verdict: Verdict
) -> None:
    assert what_a_lost_write_did(Write(method, "r1", NEW), NEW, device, 7) is verdict


@pytest.mark.parametrize(
    ("device", "verdict"),
    [
        ({"id": 7, "name": "r2", **NEW}, Verdict.DONE),
        # The name is the proof, whatever else the platform does not show.
        ({"id": 7, "name": "r2", **OLD}, Verdict.DONE),
        ({"id": 7, "name": "r1", **NEW}, Verdict.NOT_SHOWN),
        ({"id": 7, "name": "r1", **OLD}, Verdict.NOT_SHOWN),
        ({"id": 8, "name": "r2", **NEW}, Verdict.RECREATED),
    ],
)
def test_what_a_lost_rename_did(device: dict[str, Any], verdict: Verdict) -> None:
    payload = {"name": "r2", **NEW}
    for method in ("PUT", "PATCH"):
        write = Write(method, "r1", payload)
        assert what_a_lost_write_did(write, payload, device, 7) is verdict


@pytest.mark.parametrize(
    ("payload", "device", "nothing"),
    [
        (NEW, OLD, True),
        (NEW, NEW, False),
        (NEW, {}, True),
        (NEW | IMAGE, NEW, False),
        (NEW | IMAGE | SYNC, OLD, True),
        # What nothing could show is not missed.
        (PASSWORD, OLD, False),
        (SYNC, OLD, False),
        (UPGRADE, NO_UPGRADE, False),
        (UPGRADE | IMAGE, NO_UPGRADE | {"firmware_image": 15}, True),
        ({}, OLD, False),
    ],
)
def test_a_device_that_shows_nothing_of_a_change(
    payload: dict[str, Any], device: dict[str, Any], nothing: bool
) -> None:
    after = {name: value for name, value in payload.items() if name not in ("password", "sync")}
    assert shows_nothing(Write("PATCH", "r1", payload), after, device) is nothing


def test_what_is_the_same_done_twice_may_be_sent_again_and_nothing_else() -> None:
    assert {Verdict.NOT_DONE, Verdict.INVISIBLE} == SENT_AGAIN


def test_fields_that_a_device_shows_otherwise() -> None:
    device = {"description": "old", "latitude": "1.5", "type": 5}
    fields = {"type": "5", "description": "new", "latitude": "1.50", "username": "u"}
    assert differing(fields, device) == ["description", "username"]
    assert differing({}, device) == []


LOST = ServerError(
    "answered 502 (Bad Gateway)", method="PATCH", url="https://a/", status=502, maybe_done=True
)
REMEDY = "Look at the device, then run the task again: what is already right is not done again."


@pytest.mark.parametrize(
    ("verdict", "kind", "status", "message"),
    [
        (
            Verdict.RECREATED,
            ConflictError,
            None,
            (
                "'r1' was deleted, and someone created a device of this name again."
                " Something else changed the device at the same time: run the task again."
            ),
        ),
        (
            Verdict.VANISHED,
            NotFoundError,
            None,
            f"'r1' vanished while it was changed. {NotFoundError.remedy}",
        ),
        (
            Verdict.NOT_SHOWN,
            UnknownOutcomeError,
            502,
            (
                f"{LOST.message} The platform does not show that it was done, which it may be still;"
                " it is not sent again, for done twice it would not be the same as done once."
                f" {REMEDY}"
            ),
        ),
        (
            Verdict.UPGRADE_CLEARED,
            UnknownOutcomeError,
            502,
            (
                f"{LOST.message} No upgrade is pending: either it was not asked for, or it is over;"
                f" it is not asked for twice. {REMEDY}"
            ),
        ),
        (
            Verdict.SYNC_INVISIBLE,
            UnknownOutcomeError,
            502,
            (
                f"{LOST.message} All other fields are as declared, but whether the device was asked to"
                f" synchronise cannot be seen, and it is not asked twice. {REMEDY}"
            ),
        ),
    ],
)
def test_what_may_not_be_sent_again_ends_in_an_error(
    verdict: Verdict, kind: type[Exception], status: int | None, message: str
) -> None:
    error = error_of(verdict, "r1", LOST)
    assert error.__class__ is kind
    assert error.to_dict() == {"changed": True, "msg": message, "status": status, "errors": {}}


def test_every_verdict_is_acted_on() -> None:
    """Done, sent again, or an error: there is nothing between."""
    for verdict in set(Verdict) - SENT_AGAIN - {Verdict.DONE}:
        assert error_of(verdict, "r1", LOST).partial == {"changed": True}


@pytest.mark.parametrize("verdict", list(NOT_SENT_TWICE))
def test_the_story_of_a_lost_write_has_no_address(verdict: Verdict) -> None:
    error = error_of(verdict, "r1", LOST)
    assert error.message.startswith("PATCH https://a/: answered 502")
    assert error.story == f"the platform answered 502 (Bad Gateway). {NOT_SENT_TWICE[verdict]}"
    error.begin_with("the device was created.")
    assert error.story.startswith("the device was created. the platform answered 502")
    assert error.what.startswith("the device was created. PATCH https://a/")
