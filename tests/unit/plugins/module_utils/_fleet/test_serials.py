# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan says what the platform will refuse, as far as the list that is read anyway tells it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.modules import zq_fleet
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import fleet, run

NEW: dict[str, Any] = {"name": "new", "type": 5, "organization_id": 1}


def notes(platform: Platform, config: list[dict[str, Any]], **given: Any) -> dict[str, str]:
    result = run(zq_fleet, platform, check=True, config=config, **given)
    found = {one["name"]: one["note"] for one in result["plan"] if "note" in one}
    assert bool(result.get("warnings")) is bool(found)
    return found


def test_a_rename_by_editing_the_name(platform: Platform) -> None:
    names = fleet(platform, 6)
    config: list[dict[str, Any]] = [{"name": name} for name in names[1:]]
    found = notes(platform, [*config, {**NEW, "serial_number": " S0 "}])
    assert found == {
        "new": (
            "the platform will refuse the serial number S0, which 'd0' has. 'd0' is not declared:"
            " if this is the same device under another name, declare it as name: d0, new_name: new."
        )
    }
    # As the hint says it.
    renamed = {**NEW, "name": "d0", "new_name": "new", "serial_number": "S0"}
    assert notes(platform, [*config, renamed]) == {}


def test_a_serial_number_of_another_declared_device(platform: Platform) -> None:
    names = fleet(platform, 6)
    config: list[dict[str, Any]] = [{"name": name} for name in names]
    config[1]["serial_number"] = "S0"
    assert list(notes(platform, [*config, {**NEW, "serial_number": "S4"}])) == ["new", "d1"]
    assert "Both are declared" in notes(platform, [*config, NEW])["d1"]
    assert "'d0' is not declared: delete it first" in notes(platform, [*config[1:], NEW])["d1"]


@pytest.mark.parametrize("first", [True, False])
def test_what_is_given_up_in_the_same_plan_is_free(platform: Platform, first: bool) -> None:
    names = fleet(platform, 6)
    config: list[dict[str, Any]] = [{"name": name} for name in names[1:]]
    config[0]["serial_number"] = "S-new"
    takes = {**NEW, "serial_number": "S1"}
    config = [takes, *config] if first else [*config, takes]
    assert notes(platform, config) == {}


def test_a_rename_that_would_delete_the_device_and_create_it_again(platform: Platform) -> None:
    names = fleet(platform, 6)
    gone: dict[str, Any] = {"state": "overridden", "scope": {"organization": 1}, "max_deletes": 1}
    kept: list[dict[str, Any]] = [{"name": name, "organization_id": 1} for name in names[1:]]
    found = notes(platform, [*kept, {**NEW, "serial_number": "S0"}], **gone)
    assert list(found) == ["new"]
    assert found["new"].startswith("has the serial number S0 of 'd0', which is deleted: if this")


def test_many_are_a_line_each_by_kind_and_do_not_grow(platform: Platform) -> None:
    fleet(platform, 60)
    config = [{**NEW, "name": f"n{number}", "serial_number": f"S{number}"} for number in range(60)]
    config += [
        {**NEW, "name": "x", "new_name": "y"},
        {**NEW, "name": "v", "new_name": "w", "serial_number": "S61"},
    ]
    result = run(zq_fleet, platform, check=True, config=config)
    heading, *refused, created, first, second = result["warnings"]
    assert len(refused) == 5
    assert heading == (
        "60 devices with a serial number that the platform will refuse, for another device has it;"
        " the plan names all of them, and these are the first 5:"
    )
    assert [text.split(":")[0] for text in refused] == [f"n{number}" for number in range(5)]
    assert created == "2 devices to rename that do not exist, and so are created:"
    assert (first, second) == (
        "x: creates 'y': neither 'x' nor 'y' exists.",
        "v: creates 'w': neither 'v' nor 'w' exists.",
    )
    assert sum("note" in one for one in result["plan"]) == 62
