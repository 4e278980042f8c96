# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of two looks at a fleet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._events.changes import (
    Change,
    Fleet,
    seen_of,
)

ROW: dict[str, Any] = {
    "id": 7,
    "name": "cpe-7",
    "status": "Up",
    "status_change": "2026-01-01T00:00:00Z",
    "pending_settings": None,
    "software_version": "1.0",
    "last_configuration": None,
    "description": "not compared",
}
DOWN = {"status": "Down", "status_change": "2026-01-01T00:05:00Z"}
BACK = {"status": "Up", "status_change": "2026-01-01T00:06:00Z"}


def fleet(settle: float = 0.0) -> Fleet:
    begun = Fleet(settle)
    begun.begin([ROW], tell_status=False)
    return begun


@pytest.mark.parametrize(
    ("after", "kind", "before"),
    [
        (DOWN, "status", {"status": "Up", "status_change": "2026-01-01T00:00:00Z"}),
        # It went and came back between two looks.
        (BACK, "status", {"status": "Up", "status_change": "2026-01-01T00:00:00Z"}),
        ({"pending_settings": "reboot_pending"}, "pending", {"pending_settings": None}),
        ({"software_version": "2.0"}, "firmware", {"software_version": "1.0"}),
        (
            {"last_configuration": "2026-01-01T00:00:09Z"},
            "configuration",
            {"last_configuration": None},
        ),
        ({"name": "new"}, "renamed", {"name": "cpe-7"}),
        ({"id": 8}, "created", {}),
    ],
)
def test_each_kind_is_told_once(after: dict[str, Any], kind: str, before: dict[str, Any]) -> None:
    row = {**ROW, **after}
    watched = fleet()
    assert watched.observe([row], [], 0) == [Change(kind, row, before)]
    assert watched.observe([row], [], 1) == []


def test_what_is_not_compared_is_not_told() -> None:
    assert fleet().observe([{**ROW, "description": "other"}], [], 0) == []


def test_a_device_is_deleted_once_and_only_where_it_is_gone() -> None:
    watched = fleet()
    assert watched.observe([], [], 0) == []
    (change,) = watched.observe([], [7], 1)
    assert (change.kind, change.device) == ("deleted", {"id": 7, **seen_of(ROW)._asdict()})
    assert watched.observe([], [7], 2) == []
    assert not watched.seen


@pytest.mark.parametrize("is_shown", [True, False])
def test_a_status_is_told_once_it_has_lasted(is_shown: bool) -> None:
    row = {**ROW, **DOWN}
    watched = fleet(settle=60)
    assert watched.observe([row], [], 100) == []
    again = [row] if is_shown else []
    assert watched.observe(again, [], 159) == []
    assert [change.device for change in watched.observe(again, [], 160)] == [row]
    assert watched.observe(again, [], 500) == []


def test_a_status_that_did_not_last_is_not_told() -> None:
    watched = fleet(settle=60)
    watched.observe([{**ROW, **DOWN}], [], 100)
    assert watched.observe([{**ROW, **BACK}], [], 130) == []
    assert watched.observe([{**ROW, **BACK}], [], 1000) == []
    # It begins anew with each change.
    later = {"status": "Down", "status_change": "2026-01-01T01:00:00Z"}
    assert watched.observe([{**ROW, **later}], [], 1001) == []
    again = {"status": "Down", "status_change": "2026-01-01T01:00:30Z"}
    assert watched.observe([{**ROW, **again}], [], 1031) == []
    assert watched.observe([], [], 1062) == []
    (change,) = watched.observe([], [], 1091)
    assert change.before == {name: BACK[name] for name in ("status", "status_change")}


def test_other_changes_do_not_wait_for_the_status() -> None:
    watched = fleet(settle=60)
    row = {**ROW, **DOWN, "software_version": "2.0"}
    assert [change.kind for change in watched.observe([row], [], 0)] == ["firmware"]
    assert [change.kind for change in watched.observe([row], [], 60)] == ["status"]


def test_a_clock_that_was_set_back_makes_nothing_last() -> None:
    watched = fleet(settle=60)
    watched.observe([{**ROW, **DOWN}], [], 1000)
    assert watched.observe([], [], 10) == []
    assert watched.observe([], [], 69) == []
    assert len(watched.observe([], [], 70)) == 1


def test_the_status_of_all_can_be_told_at_the_beginning() -> None:
    watched = Fleet()
    watched.begin([ROW], tell_status=True)
    assert watched.observe([ROW], [], 0) == [Change("status", ROW, {})]
    assert watched.observe([ROW], [], 1) == []


def test_no_more_are_told_to_be_down_in_an_hour_than_may_be() -> None:
    rows = [{**ROW, "id": number, "name": f"cpe-{number}"} for number in range(1, 5)]
    watched = Fleet(max_down_per_hour=1)
    watched.begin(rows, tell_status=False)
    down = [{**row, **DOWN} for row in rows]

    def told(shown: list[dict[str, Any]], now: float) -> list[str]:
        return [change.device["name"] for change in watched.observe(shown, [], now)]

    assert told(down, 0) == ["cpe-1"]
    # The others wait, and one that comes up meanwhile is told of neither.
    assert told([{**rows[1], **BACK}], 60) == []
    assert told([], 3599) == []
    assert told([], 3600) == ["cpe-3"]
    assert told([{**rows[0], **BACK}], 3700) == ["cpe-1"]
    assert told([], 7200) == ["cpe-4"]
    assert watched.waiting == {}
