# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a failure says, each class of them: method, URL, what the server said, and what to do about it.

Also: answers of every wrong shape (issue 2, "Client"), and tokens that see one organization alone (use case 5 of api/README.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.support import Platform, Playbook, closed, sampled, silent, task

# Name → the fault, the status that is returned, what the server said, a part of the remedy.
SAID: dict[str, tuple[dict[str, Any], int | None, str, str]] = {
    "401": (
        {"kind": "status", "status": 401, "body": {"detail": "Invalid token."}},
        401,
        "Invalid token.",
        "token",
    ),
    "403": (
        {"kind": "status", "status": 403, "body": {"detail": "Not yours."}},
        403,
        "Not yours.",
        "token",
    ),
    "404": (
        {"kind": "status", "status": 404, "body": {"detail": "No such path."}},
        404,
        "No such path.",
        "url",
    ),
    "400": (
        {"kind": "status", "status": 400, "body": {"limit": ["Too many."]}},
        400,
        "Too many.",
        "Correct",
    ),
    "409": (
        {"kind": "status", "status": 409, "body": {"detail": "Being changed."}},
        409,
        "Being changed.",
        "again",
    ),
    "429": (
        {"kind": "status", "status": 429, "body": {"detail": "Slow down."}},
        429,
        "Slow down.",
        "later",
    ),
    "500": ({"kind": "status", "status": 500, "body": {"detail": "Oops."}}, 500, "Oops.", "again"),
    "502 as HTML": (
        {"kind": "status", "status": 502, "body": "<html><title>Bad gateway</title></html>"},
        502,
        "Bad gateway",
        "again",
    ),
    "418": (
        {"kind": "status", "status": 418, "body": {"detail": "A teapot."}},
        418,
        "A teapot.",
        "url",
    ),
    "HTML": ({"kind": "html"}, 200, "Gateway", "url"),
    "empty": ({"kind": "empty"}, 200, "nothing", "url"),
    "no page": ({"kind": "shape"}, 200, "page", "url"),
    "no count": ({"kind": "shape", "body": {"results": []}}, 200, "count", "url"),
    "count is text": (
        {"kind": "shape", "body": {"count": "3", "results": []}},
        200,
        "count",
        "url",
    ),
    "results are none": (
        {"kind": "shape", "body": {"count": 0, "results": None}},
        200,
        "results",
        "url",
    ),
    "rows are none": (
        {"kind": "shape", "body": {"count": 1, "results": [None]}},
        200,
        "row",
        "url",
    ),
    "fewer than counted": (
        {"kind": "shape", "body": {"count": 5, "results": []}},
        None,
        "5",
        "page_size",
    ),
    "null": ({"kind": "shape", "body": None}, 200, "page", "url"),
    "redirect": ({"kind": "redirect", "location": "/elsewhere/"}, 302, "/elsewhere/", "url"),
    "reset": ({"kind": "reset_before"}, None, "connection", "url"),
    "truncated": ({"kind": "truncate"}, None, "", "url"),
    "garbage": ({"kind": "garbage"}, None, "", "url"),
}


@pytest.mark.parametrize("case", SAID)
def test_message_of_a_read(platform: Platform, case: str) -> None:
    fault, status, said, remedy = SAID[case]
    platform.simulator.fault(**fault)
    failed = platform.fails("zq_device_info", retries=0)
    print(f"{case}: {failed.msg}")  # noqa: T201 - shown by pytest -s, to read them all
    assert failed["status"] == status
    assert said in failed.msg
    if status != 200 or case in ("HTML", "empty"):
        assert case == "fewer than counted" or failed.msg.startswith(
            f"GET {platform.url}/inventory_device_name/"
        )
    if status is not None:
        assert platform.url in failed.msg
    if status not in (None, 200):
        assert str(status) in failed.msg
    assert remedy in failed.msg
    assert "Traceback" not in failed.msg


@pytest.mark.parametrize(
    "case", sampled(["400", "502 as HTML", "500", "401", "403", "409", "418"], 3)
)
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_message_of_a_write(platform: Platform, case: str, method: str) -> None:
    fault, status, said, remedy = SAID[case]
    platform.seed("one")
    platform.simulator.fault(**fault, methods=[method])
    written: dict[str, dict[str, Any]] = {
        "POST": {"name": "new", "type": 5},
        "PATCH": {"name": "one", "description": "x"},
        "PUT": {"name": "one", "description": "x", "replace": True},
        "DELETE": {"name": "one", "state": "absent"},
    }
    failed = platform.fails("zq_device", retries=0, **written[method])
    assert failed["status"] == status
    assert f"{method} {platform.url}/inventory_device_name/" in failed.msg
    assert said in failed.msg
    assert remedy in failed.msg
    assert (failed["errors"] == {"limit": ["Too many."]}) is (case == "400")


def test_message_of_a_field_that_is_wrong(platform: Platform) -> None:
    failed = platform.fails("zq_device", name="new", type=99, organization_id=1)
    assert failed["errors"].keys() == {"type"}
    assert 'Invalid pk "99"' in failed.msg
    assert "type" in failed.msg


def test_message_of_errors_that_are_nested(platform: Platform) -> None:
    body = {
        "non_field_errors": ["Both."],
        "settings": {"wifi": {"channel": ["Not 15."]}},
        "plain": "text",
        "number": 5,
    }
    platform.simulator.fault("status", methods=["POST"], status=400, body=body)
    failed = platform.fails("zq_device", name="new", type=5)
    for text in ("Both.", "Not 15.", "text"):
        assert text in failed.msg
    assert all(isinstance(value, list) for value in failed["errors"].values())


def test_message_where_nothing_listens(platform: Platform) -> None:
    url = closed()
    failed = platform.fails("zq_device_info", url=url, retries=0)
    assert failed["status"] is None
    assert f"GET {url}/inventory_device_name/" in failed.msg
    assert "refused" in failed.msg
    assert "url" in failed.msg


def test_message_where_the_name_is_not_known(platform: Platform) -> None:
    failed = platform.fails("zq_device_info", url="http://no-such-host.invalid/api/v1", retries=0)
    assert failed["status"] is None
    assert "no-such-host.invalid" in failed.msg


def test_message_where_no_answer_comes(platform: Platform) -> None:
    with silent() as url:
        failed = platform.fails("zq_device_info", url=url, retries=0, timeout=0.2)
    assert failed["status"] is None
    assert "0.2 seconds" in failed.msg


def test_message_of_an_unauthorized_token_says_where_tokens_come_from(platform: Platform) -> None:
    failed = platform.fails("zq_device_info", token="wrong")
    assert failed["status"] == 401
    assert "Invalid token." in failed.msg
    assert "token" in failed.msg
    assert "ZQ_TOKEN" in failed.msg


def test_message_of_a_token_that_may_only_read(platform: Platform) -> None:
    platform.seed("one")
    platform.simulator.add_token("reader-1", read_only=True)
    assert platform.ok("zq_device_info", token="reader-1")["count"] == 1
    assert platform.ok(
        "zq_device", token="reader-1", name="one", description="x", check=True
    ).changed
    failed = platform.fails("zq_device", token="reader-1", name="one", description="x")
    assert failed["status"] == 403
    assert failed.msg.startswith("PATCH ")


def test_messages_through_ansible_playbook(playbook: Playbook) -> None:
    platform = playbook.platform
    platform.simulator.fault(
        "status", path="organization=1", status=403, body={"detail": "Not yours."}
    )
    platform.simulator.fault("html", path="organization=2")
    platform.simulator.fault("reset_before", path="organization=3")
    played = playbook(
        task("zq_device_info", "forbidden", ignore=True, organization=1),
        task("zq_device_info", "html", ignore=True, organization=2),
        task("zq_device_info", "reset", ignore=True, organization=3, retries=0),
        task("zq_device_info", "closed", ignore=True, url=closed(), retries=0),
    )
    assert "Not yours." in played["forbidden"]["msg"]
    assert [played[name]["status"] for name in ("forbidden", "html", "reset", "closed")] == [
        403,
        200,
        None,
        None,
    ]
    assert all(entry["result"]["msg"].startswith("GET http://") for entry in played.results)
    assert "Traceback" not in played.text()


# ------------------------------------------------------------------------------------------------------ scoped tokens

SCOPED = "scoped-1"


@pytest.fixture
def tenants(platform: Platform) -> Platform:
    platform.seed(
        {"name": "mine", "organization_id": 1},
        {"name": "theirs", "organization_id": 2, "description": "old"},
    )
    platform.simulator.add_token(SCOPED, [1])
    return platform


def test_a_device_of_another_tenant_is_not_seen(tenants: Platform) -> None:
    assert tenants.ok("zq_device_info", token=SCOPED).names() == ["mine"]
    assert tenants.ok("zq_device_info", token=SCOPED, name=["theirs", "mine"]).names() == ["mine"]
    assert tenants.ok("zq_device_info", token=SCOPED, organization=2).names() == []


def test_a_device_of_another_tenant_is_absent(tenants: Platform) -> None:
    called = tenants.ok("zq_device", token=SCOPED, name="theirs", state="absent")
    assert not called.changed
    assert called["device"] == {}
    assert tenants.writes() == []
    assert tenants.exists("theirs")


def test_a_device_of_another_tenant_cannot_be_taken_over(tenants: Platform) -> None:
    """Its name is taken, and that is all that is said."""
    failed = tenants.fails("zq_device", token=SCOPED, name="theirs", type=5, description="x")
    assert failed["status"] == 400
    assert "name" in failed["errors"]
    assert tenants.device("theirs")["description"] == "old"


def test_a_device_of_another_tenant_fails_an_action_before_anything_is_sent(
    tenants: Platform,
) -> None:
    failed = tenants.fails(
        "zq_device_action", token=SCOPED, name=["mine", "theirs"], action="reboot"
    )
    assert "theirs" in failed.msg
    assert tenants.writes() == []
    assert tenants.simulator.operations() == []


def test_everything_is_what_the_token_sees(tenants: Platform) -> None:
    assert tenants.ok("zq_device_action", token=SCOPED, all=True, action="sync").statuses() == {
        "mine": "accepted"
    }
    assert [operation["name"] for operation in tenants.simulator.operations()] == ["mine"]


def test_a_device_cannot_be_given_to_another_tenant(tenants: Platform) -> None:
    assert tenants.fails("zq_device", token=SCOPED, name="mine", organization_id=2)[
        "errors"
    ].keys() == {"organization_id"}


def test_a_tenant_through_ansible_playbook(playbook: Playbook, tenants: Platform) -> None:
    played = playbook(
        task("zq_device", "absent", name="theirs", state="absent"),
        task("zq_device_action", "action", ignore=True, name=["mine", "theirs"], action="reboot"),
        env={"ZQ_TOKEN": SCOPED},
    )
    assert played["absent"]["changed"] is False
    assert "theirs" in played["action"]["msg"]
    assert tenants.writes() == []


def test_a_server_that_ignores_a_filter_never_widens_a_task(tenants: Platform) -> None:
    """What was not asked for is not acted on."""
    rows = [
        {"id": 1, "name": "mine", "organization_id": 1, "type": 5},
        {"id": 2, "name": "theirs", "organization_id": 2, "type": 5},
    ]
    tenants.simulator.fault(
        "shape",
        path="organization=1",
        body={"count": 2, "next": None, "previous": None, "results": rows},
    )
    tenants.fails("zq_device_action", filter={"organization": 1}, action="reboot")
    assert tenants.writes() == []


def test_data_of_the_platform_is_never_a_template(playbook: Playbook, tmp_path: Path) -> None:
    """What the API says stays what it is, also where a task hands it on."""
    playbook.platform.seed(
        {"name": "one", "description": f"{{{{ lookup('pipe', 'touch {tmp_path}/owned') }}}}"}
    )
    played = playbook(
        task("zq_device_info", "read", register_="found"),
        task(
            "zq_device", "hand on", name="one", location_name="{{ found.devices[0].description }}"
        ),
    )
    assert (
        playbook.platform.device("one")["location_name"]
        == played["read"]["devices"][0]["description"]
    )
    assert not (tmp_path / "owned").exists()
