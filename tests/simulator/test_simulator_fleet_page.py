# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the live page fetches: every state of a device, whose devices are told, and that it costs and writes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from simulator.testing import Simulator

Call = Callable[..., requests.Response]
PARTS = (
    "time",
    "speed",
    "requests",
    "fleet",
    "states",
    "counts",
    "pending",
    "versions",
    "more_versions",
)
QUIET = {
    "connection_request_delay": 10,
    "download_seconds": 100,
    "boot_seconds": 50,
    "update_frequency": 100_000,
}


def site(sim: Simulator) -> str:
    return sim.control_url.removesuffix("/control/")


def cookie_of(sim: Simulator) -> str:
    return f"simulator_token_{urlsplit(sim.url).port}"


def ask(sim: Simulator, path: str = "/fleet/state/", **options: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(site(sim) + path, timeout=60, allow_redirects=False, **options)


def state(sim: Simulator, known: str = "", token: str = "") -> dict[str, Any]:
    answer = ask(
        sim, params={"known": known}, headers={"Authorization": f"Bearer {token or sim.token}"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(answer.json())


def letter(sim: Simulator, name: str = "a") -> str:
    told = state(sim)
    return str(told["states"][told["names"].index(name)])


@pytest.fixture
def still(sim: Simulator) -> Simulator:
    """Time moves by hand only."""
    sim.clock(speed=0)
    return sim


def test_the_parts_of_an_answer(still: Simulator, call: Call) -> None:
    up = {"status": "Up", "organization_id": 2}
    devices: list[dict[str, Any]] = [
        {
            **up,
            "name": "c",
            "software_version": "1.4.2",
            "pending_settings": "reboot_pending,reconf_pending",
        },
        {**up, "name": "b", "software_version": "1.4.2", "organization_id": 1},
        {
            "name": "a",
            "organization_id": 2,
            "last_connection": "2024-01-15T00:00:00Z",
            "pending_settings": "reboot_pending",
        },
        {**up, "name": "d", "password": "Kq7vX2-Zr9wT4"},
    ]
    still.seed(devices=devices)
    call("GET", "inventory_device_name/")
    told = state(still)
    assert tuple(told)[: len(PARTS)] == PARTS
    assert told["time"] == still.clock()["time"]
    assert (told["speed"], told["requests"]) == (0, 1)
    assert (told["names"], told["states"]) == (["b", "c", "a", "d"], "UWDU")
    assert told["organizations"] == [[1, 1], [2, 3]]
    assert told["counts"] == {"U": 2, "W": 1, "G": 0, "R": 0, "F": 0, "X": 0, "D": 1, "N": 0}
    assert told["pending"] == {"reboot_pending": 2, "reconf_pending": 1}
    assert told["versions"] == [["1.4.2", 2], ["", 2]]
    assert "Kq7vX2" not in str(told)


def test_names_come_once(still: Simulator, call: Call) -> None:
    still.seed(count=3)
    first = state(still)
    again = state(still, first["fleet"])
    assert again == {key: first[key] for key in PARTS}
    still.device(first["names"][0], status="Down")
    assert "names" not in state(still, first["fleet"])
    for change in ({"name": "another"}, {"organization_id": 77}):
        name = state(still)["names"][-1]
        known = state(still)["fleet"]
        assert call("PATCH", f"inventory_device_name/{name}/", json=change).status_code == 200
        assert state(still, known)["fleet"] != known
        assert "names" in state(still, known)


def test_an_upgrade_from_its_beginning_to_its_end(still: Simulator, call: Call) -> None:
    still.seed(devices=[{"name": "a", "status": "Up", "behaviour": QUIET}], images={"18": "2.0.0"})
    seen = [letter(still)]
    assert (
        call(
            "PATCH",
            "inventory_device_name/a/",
            json={"firmware_image": 18, "firmware_image_is_pending": True},
        ).status_code
        == 200
    )
    for _step in range(4):
        seen.append(letter(still))
        still.clock(advance=60)
    # It waits for the device to call in, is downloaded, and then the device restarts.
    assert "".join([*seen, letter(still)]) == "UWGGUU"
    assert state(still)["versions"] == [["2.0.0", 1]]


@pytest.mark.parametrize(
    ("behaviour", "fields", "letters"),
    [
        ({}, {"reboot": True}, "WRU"),
        ({}, {"factory": True}, "WRU"),
        ({}, {"sync": True}, "WUU"),
        ({"fail": ["reboot"]}, {"reboot": True}, "WFF"),
        ({"never_return": ["reboot"]}, {"reboot": True}, "WXX"),
        ({"fail": ["firmware"]}, {"firmware_image": 18, "firmware_image_is_pending": True}, "WGF"),
        (
            {"never_return": ["firmware"]},
            {"firmware_image": 18, "firmware_image_is_pending": True},
            "WGX",
        ),
    ],
)
def test_the_states_of_an_operation(
    still: Simulator, call: Call, behaviour: dict[str, Any], fields: dict[str, Any], letters: str
) -> None:
    still.seed(devices=[{"name": "a", "status": "Up", "behaviour": {**QUIET, **behaviour}}])
    assert call("PATCH", "inventory_device_name/a/", json=fields).status_code == 200
    seen = letter(still)
    for seconds in (11, 100):
        still.clock(advance=seconds)
        seen += letter(still)
    assert seen == letters


def test_a_failure_is_shown_until_something_succeeds(still: Simulator, call: Call) -> None:
    still.seed(devices=[{"name": "a", "status": "Up", "behaviour": {**QUIET, "fail": ["reboot"]}}])
    for fields, expected in (({"reboot": True}, "F"), ({"sync": True}, "U")):
        assert call("PATCH", "inventory_device_name/a/", json=fields).status_code == 200
        still.clock(advance=20)
        assert letter(still) == expected


def test_down_and_never_connected(still: Simulator, call: Call) -> None:
    still.seed(
        types=[{"id": 5, "name": "Router", "short_name": "router"}],
        devices=[{"name": "a", "status": "Up"}],
    )
    assert (
        call("POST", "inventory_device_name/", json={"name": "new", "type": 5}).status_code == 201
    )
    still.device("a", status="Down")
    assert (letter(still), letter(still, "new")) == ("D", "N")
    # What waits for a device that is down does not hide that it is down.
    call("PATCH", "inventory_device_name/a/", json={"reboot": True})
    assert letter(still) == "D"


def test_a_token_sees_its_own_devices(sim: Simulator) -> None:
    sim.seed(
        devices=[
            {"name": f"d{number}", "organization_id": number, "software_version": f"1.{number}"}
            for number in (1, 2, 3)
        ]
    )
    sim.add_token("two", [2, 3], read_only=True)
    told = state(sim, token="two")
    assert (told["names"], told["organizations"], told["states"]) == (
        ["d2", "d3"],
        [[2, 1], [3, 1]],
        "NN",
    )
    assert told["versions"] == [["1.2", 1], ["1.3", 1]]


def test_without_a_token_nothing_is_told(sim: Simulator) -> None:
    sim.seed(count=2)
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Cookie": f"{cookie_of(sim)}=wrong"},
        # Of another simulator on this machine: browsers keep cookies by host, not by port.
        {"Cookie": f"simulator_token_1={sim.token}"},
        {"Authorization": f"Basic {sim.token}"},
    ):
        answer = ask(sim, headers=headers)
        assert (answer.status_code, list(answer.json())) == (401, ["error"])
        page = ask(sim, "/fleet/", headers=headers)
        assert (page.status_code, page.headers["Location"]) == (302, "/")


def test_the_page_comes_with_the_cookie_of_the_first_page(sim: Simulator) -> None:
    sim.seed(count=2)
    with requests.Session() as session:
        session.trust_env = False
        page = session.post(site(sim) + "/", data={"token": sim.token, "to": "fleet"}, timeout=60)
        assert page.url == site(sim) + "/fleet/"
        assert sim.token not in page.text
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'nonce-" in policy
        assert "unsafe" not in policy
        # Each answer has a nonce of its own.
        assert session.get(page.url, timeout=60).headers["Content-Security-Policy"] != policy
        assert session.get(page.url + "state/", timeout=60).json()["states"]
        assert session.post(page.url, timeout=60).status_code == 405


def test_its_address_opens_it_and_is_left_behind(sim: Simulator) -> None:
    sim.seed(count=2)
    answer = ask(sim, sim.fleet_url.removeprefix(site(sim)))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/fleet/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{cookie_of(sim)}={sim.token};")
    # Lax: it is sent on where the address is clicked on a page of another site.
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    page = ask(sim, "/fleet/", headers={"Cookie": cookie.partition(";")[0]})
    assert (page.status_code, sim.token in page.text) == (200, False)


def test_it_is_not_in_the_log_and_meets_no_fault(sim: Simulator) -> None:
    sim.seed(count=2)
    sim.fault("status", status=503)
    with sim.recorded() as requests_made:
        state(sim)
        ask(sim, "/fleet/", headers={"Authorization": f"Bearer {sim.token}"})
    assert requests_made == []


def test_without_a_prefix_it_is_no_part_of_the_api_either() -> None:
    with Simulator("--prefix", "", "--workers", "1") as sim:
        sim.seed(count=2)
        assert len(state(sim)["states"]) == 2
        assert sim.log() == []


def test_many_versions_are_cut(sim: Simulator) -> None:
    sim.seed(
        devices=[{"name": f"d{number}", "software_version": f"1.{number}"} for number in range(25)]
    )
    told = state(sim)
    assert (len(told["versions"]), told["more_versions"]) == (20, 5)


def test_ten_thousand_devices_are_cheap(sim: Simulator) -> None:
    sim.seed(count=10_000)
    known = state(sim)["fleet"]
    begun = time.monotonic()
    for _turn in range(5):
        told = state(sim, known)
    # Fast enough for one page a second on a machine that does other things too.
    assert (time.monotonic() - begun) / 5 < 0.8
    assert len(str(told)) < 12_000
