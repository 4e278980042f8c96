# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups of devices that behave alike, and what may fail beside operations: first connections and writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from simulator.testing import ControlError, Simulator

Call = Callable[..., requests.Response]
ALWAYS, NEVER = {"reboot": 1.0}, {"reboot": 0.0}


def failing(sim: Simulator, *names: str) -> dict[str, bool]:
    return {name: sim.device(name)["predicted"]["reboot"] == "failed" for name in names}


def seeded(sim: Simulator, *groups: dict[str, Any]) -> list[int]:
    made = sim.control(
        "POST",
        "seed/",
        {
            "types": [{"id": 5, "short_name": "router"}, {"id": 6, "short_name": "ap"}],
            "behaviours": {"groups": list(groups)},
            "devices": [
                {"name": "r1", "type": 5, "organization_id": 1, "location_name": "Madrid"},
                {"name": "r2", "type": 5, "organization_id": 2, "location_name": "Paris, 3e"},
                {"name": "a1", "type": 6, "organization_id": 1, "location_name": "Madrid"},
                {"name": "a2", "type": 6, "organization_id": 2, "location_name": ""},
            ],
        },
    )
    return list(made["groups"])


@pytest.mark.parametrize(
    ("of", "fail"),
    [
        ({}, ["r1", "r2", "a1", "a2"]),
        ({"type": "router"}, ["r1", "r2"]),
        ({"type": 6}, ["a1", "a2"]),
        ({"organization": "2"}, ["r2", "a2"]),
        ({"location": "Paris, 3e"}, ["r2"]),
        ({"location": ""}, ["a2"]),
        ({"name": "a1"}, ["a1"]),
        ({"type": "ap", "location": "Madrid"}, ["a1"]),
        ({"type": "elsewhere"}, []),
        ({"organization": "none"}, []),
    ],
)
def test_whose_a_group_is(sim: Simulator, of: dict[str, Any], fail: list[str]) -> None:
    assert seeded(sim, {"of": of, "fail_rate": ALWAYS}) == [len(fail)]
    assert failing(sim, "r1", "r2", "a1", "a2") == {
        name: name in fail for name in ("r1", "r2", "a1", "a2")
    }


def test_of_several_groups_the_later_wins_key_by_key(sim: Simulator) -> None:
    seeded(
        sim,
        {"of": {"organization": 1}, "fail_rate": ALWAYS, "boot_seconds": 7},
        {"of": {"type": "router"}, "fail_rate": NEVER},
        {"of": {"name": "a1"}, "boot_seconds": 8},
    )
    assert failing(sim, "r1", "a1") == {"r1": False, "a1": True}
    assert sim.device("r1")["behaviour"]["boot_seconds"] == 7
    assert sim.device("a1")["behaviour"]["boot_seconds"] == 8


def test_a_device_of_its_own_behaviour_is_nearer_than_a_group(sim: Simulator) -> None:
    sim.seed(
        behaviours={
            "groups": [{"of": {}, "fail_rate": ALWAYS}],
            "devices": {"x": {"fail_rate": {}}},
        },
        devices=[{"name": "x"}, {"name": "y"}],
    )
    assert failing(sim, "x", "y") == {"x": False, "y": True}


def test_groups_hold_for_devices_that_are_created_and_changed_later(
    sim: Simulator, call: Call
) -> None:
    seeded(sim, {"of": {"location": "Rome"}, "fail_rate": ALWAYS})
    made = call(
        "POST", "inventory_device_name/", json={"name": "n", "type": 5, "location_name": "Rome"}
    )
    assert made.status_code == 201
    assert call("PATCH", "inventory_device_name/r1/", json={"location_name": "Rome"}).ok
    assert failing(sim, "n", "r1", "r2") == {"n": True, "r1": True, "r2": False}


@pytest.mark.parametrize(
    ("group", "told"),
    [
        ({"of": {"site": "x"}}, "and not of site"),
        ({"of": {}, "boot": 3}, "unknown behaviour: boot"),
        ({"of": {}, "fail_rate": {"walk": 1}}, "unknown operation"),
        ("router", "a list of behaviours"),
    ],
)
def test_a_wrong_group_is_refused(sim: Simulator, group: Any, told: str) -> None:
    with pytest.raises(ControlError, match=told):
        sim.seed(behaviours={"groups": [group]}, devices=[{"name": "x"}])


def test_a_write_that_fails_is_refused_and_does_nothing(sim: Simulator, call: Call) -> None:
    sim.seed(
        behaviours={"groups": [{"of": {"location": "Madrid"}, "fail_rate": {"write": 1.0}}]},
        devices=[{"name": "x", "location_name": "Madrid"}, {"name": "y"}],
    )
    place = "inventory_device_name/"
    sent = [
        call("POST", place, json={"name": "new", "type": 5, "location_name": "Madrid"}),
        call("PATCH", f"{place}x/", json={"description": "changed"}),
        call("PUT", f"{place}x/", json={"name": "x", "type": 5}),
        call("DELETE", f"{place}x/"),
    ]
    assert [answer.status_code for answer in sent] == [400] * 4
    assert {answer.json()["detail"] for answer in sent} == {
        "Refused: writes of this device are made to fail."
    }
    assert call("GET", f"{place}x/").json()["description"] == ""
    assert call("GET", place).json()["count"] == 2
    assert call("PATCH", f"{place}y/", json={"description": "changed"}).ok


def test_a_first_connection_that_fails_is_never_made(sim: Simulator, call: Call) -> None:
    groups = [{"of": {"name": "x"}, "fail_rate": {"connect": 1.0}}]
    sim.seed(behaviours={"default": {"first_connect_after": 10}, "groups": groups})
    for name in ("x", "y"):
        assert call("POST", "inventory_device_name/", json={"name": name, "type": 5}).ok
    sim.clock(advance=1000)
    assert sim.device("x")["device"]["status"] == "Down"
    assert sim.device("y")["device"]["status"] == "Up"


def test_the_address_of_the_live_page_opens_it(sim: Simulator) -> None:
    with requests.Session() as browser:
        browser.trust_env = False
        page = browser.get(sim.fleet_url, timeout=60)
        assert page.status_code == 200
        assert page.url.endswith("/fleet/")  # the token is not left in the address
        assert browser.get(f"{page.url}state/", timeout=60).status_code == 200
    with requests.Session() as stranger:
        stranger.trust_env = False
        page = stranger.get(sim.fleet_url + "x", timeout=60)
        assert "/fleet/" not in page.url
        assert not stranger.cookies
