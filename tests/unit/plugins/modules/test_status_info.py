# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_status_info`: what a device is counted as, since when, and that pages alone are read."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._problems import ConfigError
from ansible_collections.zequenze.control.plugins.module_utils._status import run as status_run
from ansible_collections.zequenze.control.plugins.module_utils._status.moments import (
    moment_from,
    platform_now,
)
from ansible_collections.zequenze.control.plugins.modules import zq_status_info
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import failure, listed, run

NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
GROUPS = ("organizations", "types", "organization_types", "sites", "versions")


def ago(**given: float) -> str:
    return f"{NOW - timedelta(**given):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_run, "platform_now", lambda client: NOW)


def add(platform: Platform, name: str, **fields: Any) -> None:
    """A device with which all is well, but for what is said."""
    usual = {"status": "Up", "last_connection": ago(minutes=5), "software_version": "2.0.0"}
    platform.add(name, **{**usual, **fields})


def problems(result: dict[str, Any]) -> list[tuple[str, str, Any, str]]:
    return [(p["name"], p["kind"], p["since"], p["detail"]) for p in result["problems"]]


def totals(result: dict[str, Any]) -> dict[str, int]:
    counts = {name: number for name, number in result["summary"].items() if name not in GROUPS}
    return {name: number for name, number in counts.items() if number}


def look(platform: Platform, **given: Any) -> dict[str, Any]:
    result = run(zq_status_info, platform, check=True, **given)
    assert result["changed"] is False
    return result


def test_a_fleet_with_which_all_is_well(platform: Platform) -> None:
    add(platform, "a")
    result = look(platform)
    assert totals(result) == {"devices": 1, "up": 1}
    assert result["problems"] == []
    assert result["generated"] == "2026-11-26T12:00:00Z"
    assert set(result["problem_counts"].values()) == {0}
    assert "warnings" not in result


def test_what_needs_somebody_the_longest_first(platform: Platform) -> None:
    add(platform, "down", status="Down", status_change=ago(hours=1), last_connection=ago(hours=2))
    add(platform, "stale", last_connection=ago(days=3), status_change=ago(days=9))
    add(platform, "new", status="Down", last_connection=None, status_change=ago(days=5))
    add(platform, "off", is_active=False)
    add(platform, "busy", pending_settings="firmware_update, reboot_pending")
    add(platform, "old", software_version="1.4.2")
    add(platform, "fine", location_name="Here")
    result = look(platform, versions={"router": ["2.0.0", "2.0.1"], 7: "9"})
    assert problems(result) == [
        ("new", "down", ago(days=5), ""),
        ("stale", "stale", ago(days=3), ""),
        ("down", "down", ago(hours=1), ""),
        ("busy", "pending", None, "firmware_update, reboot_pending"),
        ("new", "never_connected", None, ""),
        ("off", "inactive", None, ""),
        ("old", "wrong_version", None, "reports 1.4.2; right is 2.0.0 or 2.0.1"),
    ]
    assert result["warnings"] == ["versions: no device is of the type 7"]
    assert "warnings" not in look(platform, versions={7: "9"}, organization=1)
    counts = {"down": 2, "stale": 1, "pending": 1, "wrong_version": 1}
    counts |= {"inactive": 1, "never_connected": 1}
    assert totals(result) == {"devices": 7, "up": 5, **counts}
    assert result["problem_counts"] == {**counts, "breaking_policy": 0}
    assert [one["location_name"] for one in result["summary"]["sites"]] == ["Here", None]


def test_those_that_break_the_policy(platform: Platform) -> None:
    add(platform, "gw-001", serial_number="A1", location_name="Here")
    add(platform, "gw-2", serial_number="A2", location_name="Here")
    add(platform, "gw-003", serial_number="B3", location_name="Here")
    add(platform, "gw-004", serial_number="A4")
    policy = {
        "name": {"value": r"^gw-\d{3}$", "why": "As on the label."},
        "required": ["location_name", "username"],
        "match": {"serial_number": "^A"},
    }
    result = look(platform, policy=policy)
    assert problems(result) == [
        ("gw-003", "breaking_policy", None, "serial_number: B3 does not match ^A."),
        ("gw-004", "breaking_policy", None, "location_name: has to be given."),
        (
            "gw-2",
            "breaking_policy",
            None,
            r"name: gw-2 does not match ^gw-\d{3}$. Why: As on the label.",
        ),
    ]
    assert totals(result) == {"devices": 4, "up": 4, "breaking_policy": 3}
    assert result["warnings"] == ["policy: the platform's list does not tell of required username."]
    assert totals(look(platform, policy={})) == {"devices": 4, "up": 4}


def test_counts_by_organization_type_site_and_version(platform: Platform) -> None:
    add(platform, "a", organization_id=2, location_name="X", status="Down")
    add(platform, "b", organization_id=10, type=7, location_name="X", software_version=None)
    add(platform, "c", organization_id=None, location_name="")
    add(platform, "d", organization_id=2, location_name="X")
    summary = look(platform)["summary"]
    kinds = ("stale", "pending", "wrong_version", "inactive", "never_connected", "breaking_policy")
    nothing = dict.fromkeys(kinds, 0)
    assert summary["organizations"] == [
        {"organization_id": 2, "devices": 2, "up": 1, "down": 1, **nothing},
        {"organization_id": 10, "devices": 1, "up": 1, "down": 0, **nothing},
        {"organization_id": None, "devices": 1, "up": 1, "down": 0, **nothing},
    ]
    assert [(one["type"], one["type_short_name"], one["devices"]) for one in summary["types"]] == [
        (5, "router", 3),
        (7, "ont", 1),
    ]
    assert [
        (one["organization_id"], one["type_short_name"], one["devices"])
        for one in summary["organization_types"]
    ] == [(2, "router", 2), (10, "ont", 1), (None, "router", 1)]
    assert [
        (one["organization_id"], one["location_name"], one["devices"]) for one in summary["sites"]
    ] == [(2, "X", 2), (10, "X", 1), (None, "", 1)]
    assert [
        (one["type_short_name"], one["software_version"], one["devices"])
        for one in summary["versions"]
    ] == [("ont", None, 1), ("router", "2.0.0", 3)]


def test_pages_alone_are_read(platform: Platform) -> None:
    for number in range(250):
        add(platform, f"d{number}", organization_id=1, last_connection=None)
    platform.sent()
    look(platform, organization=1, update_status=True)
    sent = platform.sent()
    assert sent[0] == listed(organization=1, pending="true", update_status="true")
    assert len(sent) <= 5
    assert {path for _method, path, _query in sent} == {"inventory_device_name/"}


@pytest.mark.parametrize(
    ("seen", "after", "is_problem"),
    [
        (ago(minutes=59), 3600, False),
        (ago(minutes=60), 3600, True),
        (None, 3600, False),
        (None, 0, True),
    ],
)
def test_what_is_pending_is_a_problem_after_a_while(
    platform: Platform, tmp_path: Path, seen: str | None, after: float, is_problem: bool
) -> None:
    add(platform, "a", pending_settings="reboot")
    file = tmp_path / "status.json"
    if seen:
        file.write_text(json.dumps({"first_seen": {"pending": {"a": seen}}}), encoding="utf-8")
    result = look(platform, former=str(file), pending_after=after)
    assert problems(result) == [("a", "pending", seen, "reboot")] * is_problem
    assert result["summary"]["pending"] == 1
    assert result["problem_counts"]["pending"] == is_problem
    assert result["first_seen"]["pending"] == {"a": seen or "2026-11-26T12:00:00Z"}


def test_since_when_is_remembered_for_as_long_as_it_lasts(
    platform: Platform, tmp_path: Path
) -> None:
    file = tmp_path / "status.json"
    add(platform, "a", is_active=False)
    first = look(platform, former=str(file))
    assert problems(first) == [("a", "inactive", None, "")]
    kept = {"a": ago(days=2), "b": ago(days=2)}
    file.write_text(json.dumps({"first_seen": {"inactive": kept}}), encoding="utf-8")
    second = look(platform, former=str(file))
    assert problems(second) == [("a", "inactive", ago(days=2), "")]
    # What is there no more is forgotten; but not by a look at some names alone.
    assert second["first_seen"]["inactive"] == {"a": ago(days=2)}
    limited = look(platform, former=str(file), within=["a"])
    assert limited["first_seen"]["inactive"] == kept
    platform.devices["a"]["is_active"] = True
    assert look(platform, former=str(file))["first_seen"]["inactive"] == {}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"first_seen": 5}', '{"first_seen": {"pending": 5}}']
)
def test_a_former_report_that_cannot_be_used_is_warned_of(
    platform: Platform, tmp_path: Path, text: str
) -> None:
    add(platform, "a", pending_settings=True)
    file = tmp_path / "status.json"
    file.write_text(text, encoding="utf-8")
    result = look(platform, former=str(file))
    assert f"{file} is no report" in result["warnings"][0]
    assert result["problems"] == []


def test_only_some_names(platform: Platform) -> None:
    for name in "abc":
        add(platform, name, organization_id=1 + (name == "c"))
    assert totals(look(platform, within=["a", "c", "gone"])) == {"devices": 2, "up": 2}
    assert totals(look(platform, within="a", organization=1)) == {"devices": 1, "up": 1}
    error = failure(zq_status_info, platform, within=["c"], organization=1)
    assert isinstance(error, InputError)
    assert "none of 1 device that it names is there and selected" in error.message


def test_everything_that_is_wrong_is_told_at_once(platform: Platform) -> None:
    error = failure(
        zq_status_info,
        platform,
        organization="acme",
        within=[],
        stale_after=-1.0,
        pending_after=float("nan"),
        versions={"router": [1.1]},
    )
    assert isinstance(error, ConfigError)
    assert set(error.errors) == {
        "organization",
        "within",
        "stale_after",
        "pending_after",
        "versions.router",
    }
    assert 'such as "1.10"' in error.message
    assert platform.sent() == []


@pytest.mark.parametrize("versions", [{"": "1"}, {"router": []}, {"router": " "}, {"router": None}])
def test_versions_that_say_nothing(platform: Platform, versions: Any) -> None:
    assert isinstance(failure(zq_status_info, platform, versions=versions), ConfigError)


def test_a_version_by_id_and_by_name(platform: Platform) -> None:
    add(platform, "a", software_version=" 1.0 ")
    assert look(platform, versions={"5": "1.0"})["problems"] == []
    assert look(platform, versions={"5": "2", "router": ["1.0"]})["problems"] == []
    assert look(platform, versions={5: "2"})["summary"]["wrong_version"] == 1


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-11-26T12:00:00Z", NOW),
        ("2026-11-26 13:00:00+01:00", NOW),
        ("2026-11-26T12:00:00", NOW),
        (NOW, NOW),
        ("", None),
        (None, None),
        (5, None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_moments(value: Any, found: datetime | None) -> None:
    assert moment_from(value) == found


def test_the_clock_is_that_of_the_platform(platform: Platform) -> None:
    client = platform.client()
    assert abs(platform_now(client) - datetime.now(timezone.utc)) < timedelta(minutes=1)
    client.server_date = "Thu, 26 Nov 2026 12:00:00 GMT"
    assert platform_now(client) == NOW
