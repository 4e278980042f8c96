# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API: shapes, filters, pages, validation, names, tokens."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import requests

from simulator.testing import Simulator

Call = Callable[..., requests.Response]

DEVICES = "inventory_device_name/"
LIST_ONLY = 23
DETAIL = 34


def one(name: str) -> str:
    return f"{DEVICES}{quote(name, safe='')}/"


def create(call: Call, **fields: Any) -> dict[str, Any]:
    answer = call("POST", DEVICES, json={"name": "a", "type": 5, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.fixture
def types(sim: Simulator) -> None:
    sim.seed(
        types=[{"id": 5, "name": "Router", "short_name": "router"}, {"id": 6, "short_name": "ap"}]
    )


@pytest.mark.usefixtures("types")
def test_shapes(call: Call) -> None:
    made = create(call, latitude="40.7128", longitude=None, password="p")
    assert len(made) == 18
    assert made["latitude"] == "40.712800"
    assert made["status"] == "Down"
    assert made["pending_settings"] is None
    item = call("GET", DEVICES).json()["results"][0]
    whole = call("GET", one("a")).json()
    assert (len(item), len(whole)) == (LIST_ONLY, DETAIL)
    assert item == {key: whole[key] for key in item}
    assert whole["last_connection"] is None
    assert "password" not in whole
    assert set(item) < set(whole)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status=true", 2), ("status=True", 2), ("status=1", 2),
        ("status=false", 1), ("status=False", 1), ("status=0", 1), ("status=", 3),
        ("type=5", 2), ("type=6", 1), ("type=99", 0), ("type=9999999999999999999999", 0),
        ("organization=2", 1), ("organization=2&status=1", 0), ("organization_id=2", 3),
        ("pending=true", 3), ("pending=false&update_status=1", 3),
        ("last_status_change_from=2024-01-15", 2),
        ("last_status_change_from=2024-01-15 00:01:00", 1),
        ("last_status_change_from=2024-01-15 00:00:59%2B00:00", 1),
        ("last_status_change_from=2024-01-15T02:00:30%2B02:00", 2),
        ("last_status_change_from=2024-01-15T00:00:30Z", 2),
    ],
)  # fmt: skip
def test_filters(sim: Simulator, call: Call, query: str, count: int) -> None:
    sim.seed(
        types=[{"id": 5, "short_name": "router"}, {"id": 6, "short_name": "ap"}],
        devices=[
            {"name": "a", "type": 5, "status": "Up", "status_change": "2024-01-14T23:59:59Z"},
            {"name": "b", "type": 5, "status": "Up", "status_change": "2024-01-15T00:00:30Z"},
            {"name": "c", "type": 6, "organization_id": 2, "status_change": "2024-01-15T00:01:00Z"},
        ],
    )
    answer = call("GET", f"{DEVICES}?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] == count


@pytest.mark.parametrize(
    ("query", "field"),
    [("type=x", "type"), ("status=Up", "status"), ("organization=1.5", "organization"), ("pending=maybe", "pending"),
     ("last_status_change_from=yesterday", "last_status_change_from"),
     ("last_status_change_from=2024-13-01", "last_status_change_from"), ("update_status=2", "update_status")],
)  # fmt: skip
def test_wrong_filters(call: Call, query: str, field: str) -> None:
    answer = call("GET", f"{DEVICES}?{query}")
    assert answer.status_code == 400
    assert isinstance(answer.json()[field], list)


def test_pages(sim: Simulator, call: Call) -> None:
    sim.seed(count=250)
    first = call("GET", f"{DEVICES}?status=1&limit=1000").json()
    assert len(first["results"]) == 100
    assert first["previous"] is None
    assert first["next"] == f"{sim.url}/{DEVICES}?limit=100&offset=100&status=1"
    assert len(call("GET", DEVICES).json()["results"]) == 50
    names, address = [], f"{DEVICES}?limit=70"
    while address:
        page = call("GET", address).json()
        names += [item["name"] for item in page["results"]]
        address = (page["next"] or "").removeprefix(f"{sim.url}/")
    assert names == [f"cpe-{number:05d}" for number in range(1, 251)]
    assert page["previous"] == f"{sim.url}/{DEVICES}?limit=70&offset=140"
    for beyond in (250, 10**30):
        assert call("GET", f"{DEVICES}?offset={beyond}").json()["results"] == []
    for odd in ("limit=0", "limit=-1", "limit=x", "offset=-5", "offset=x"):
        assert len(call("GET", f"{DEVICES}?{odd}").json()["results"]) == 50
    sim.settings(max_limit=10, default_limit=5)
    assert len(call("GET", f"{DEVICES}?limit=70").json()["results"]) == 10
    assert len(call("GET", DEVICES).json()["results"]) == 5


@pytest.mark.usefixtures("types")
@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"name": None}, {"name": ["This field may not be null."]}),
        ({"name": "  "}, {"name": ["This field may not be blank."]}),
        ({"name": "taken"}, {"name": ["device with this name already exists."]}),
        (
            {"serial_number": "S1"},
            {"serial_number": ["device with this serial number already exists."]},
        ),
        ({"type": 99}, {"type": ['Invalid pk "99" - object does not exist.']}),
        ({"type": "x"}, {"type": ["Incorrect type. Expected pk value, received str."]}),
        ({"organization_id": 0}, {"organization_id": ['Invalid pk "0" - object does not exist.']}),
        ({"latitude": "90.1"}, {"latitude": ["Ensure this value is less than or equal to 90."]}),
        (
            {"longitude": "-180.5"},
            {"longitude": ["Ensure this value is greater than or equal to -180."]},
        ),
        (
            {"latitude": "1.1234567"},
            {"latitude": ["Ensure that there are no more than 6 decimal places."]},
        ),
        ({"latitude": "north"}, {"latitude": ["A valid number is required."]}),
        ({"is_active": "perhaps"}, {"is_active": ["Must be a valid boolean."]}),
    ],
)
def test_validation(call: Call, fields: dict[str, Any], errors: dict[str, list[str]]) -> None:
    create(call, name="taken", serial_number="S1")
    answer = call("POST", DEVICES, json={"name": "a", "type": 5, **fields})
    assert (answer.status_code, answer.json()) == (400, errors)
    create(call, name="b")
    answer = call("PATCH", one("b"), json=fields)
    assert (answer.status_code, answer.json()) == (400, errors)
    assert (
        call("PATCH", one("taken"), json={"serial_number": "S1", "name": "taken"}).status_code
        == 200
    )


@pytest.mark.usefixtures("types")
def test_required_trimmed_ignored_and_strict(sim: Simulator, call: Call) -> None:
    assert call("POST", DEVICES, json={}).json() == {
        "name": ["This field is required."],
        "type": ["This field is required."],
    }
    made = create(
        call, name="  a  ", description=" text ", update_frequency=5, nonsense=1, latitude=1.5
    )
    assert (made["name"], made["description"], made["latitude"]) == ("a", "text", "1.500000")
    assert call("GET", one("a")).json()["update_frequency"] == 300
    assert call("POST", DEVICES, json=[1]).json() == {
        "non_field_errors": ["Invalid data. Expected a dictionary, but got list."]
    }
    broken = call("POST", DEVICES, data="{", headers={"Content-Type": "application/json"})
    assert broken.status_code == 400
    assert broken.json()["detail"].startswith("JSON parse error")
    assert call("POST", DEVICES, json={"name": "\ud800", "type": 5}).status_code == 400
    sim.settings(strict=True)
    answer = call("POST", DEVICES, json={"name": "b", "type": 5, "update_frequency": 5})
    assert (answer.status_code, answer.json()) == (400, {"update_frequency": ["Unknown field."]})
    assert (
        call("PUT", one("a"), json={"name": "a", "type": 5, "update_frequency": 5}).status_code
        == 200
    )
    assert call("PUT", one("a"), json={"name": "a", "type": 5, "reboot": True}).status_code == 400


@pytest.mark.usefixtures("types")
def test_put_leaves_absent_fields_alone(sim: Simulator, call: Call) -> None:
    create(
        call, customer_id="C", description="D", serial_number="S", latitude="1", password="first"
    )
    assert call("PUT", one("a"), json={"description": "E"}).json() == {
        "name": ["This field is required."],
        "type": ["This field is required."],
    }
    answer = call(
        "PUT",
        one("a"),
        json={"name": "a", "type": 6, "description": "", "firmware_image": 9, "reboot": True},
    )
    assert answer.status_code == 200
    after = answer.json()
    assert after == call("GET", one("a")).json()
    assert (after["customer_id"], after["serial_number"], after["latitude"]) == (
        "C",
        "S",
        "1.000000",
    )
    assert (after["type"], after["type_short_name"], after["description"]) == (6, "ap", "")
    assert after["firmware_image"] is None
    assert sim.password_is("a", "first")
    assert sim.operations() == []
    call(
        "PUT",
        one("a"),
        json={"name": "a", "type": 6, "latitude": None, "sync": True, "password": "second"},
    )
    assert call("GET", one("a")).json()["latitude"] is None
    assert not sim.password_is("a", "first")
    assert sim.password_is("a", "second")
    assert [operation["trigger"] for operation in sim.operations()] == ["sync"]


NAMES = [
    "a/b",
    "a b",
    "ü-é-東京",
    "100%",
    "a%2Fb",
    "v1.2.3",
    "a//b/",
    "?x=1&y#z",
    "a+b",
    "'\"<>",
    "new\nline",
    "..a",
]


@pytest.mark.usefixtures("types")
@pytest.mark.parametrize("name", NAMES)
def test_odd_names(sim: Simulator, call: Call, name: str) -> None:
    create(call, name=name)
    assert call("GET", one(name)).json()["name"] == name
    assert call("PATCH", one(name), json={"description": "x"}).status_code == 200
    renamed = call("PATCH", one(name), json={"name": name + "/new"}).json()
    assert renamed["name"] == name + "/new"
    assert call("GET", one(name)).status_code == 404
    assert sim.device(name + "/new")["device"]["id"] == renamed["id"]
    assert call("DELETE", one(name + "/new")).status_code == 204
    gone = call("GET", one(name + "/new"))
    assert (gone.status_code, gone.json()) == (
        404,
        {"detail": "No Device matches the given query."},
    )
    assert [(event["event"], event["name"], event["new_name"]) for event in sim.events()] == [
        ("created", name, None), ("renamed", name, name + "/new"), ("deleted", name + "/new", None),
    ]  # fmt: skip


@pytest.mark.usefixtures("types")
def test_methods(call: Call) -> None:
    create(call)
    for path in (DEVICES, one("a"), "inventory_type/"):
        assert call("HEAD", path).status_code == 200
        assert call("OPTIONS", path).status_code == 200
    for method, path in (
        ("PUT", DEVICES),
        ("DELETE", DEVICES),
        ("POST", one("a")),
        ("POST", "inventory_type/"),
    ):
        answer = call(method, path, json={})
        assert (answer.status_code, answer.json()) == (
            405,
            {"detail": f'Method "{method}" not allowed.'},
        )


def test_types(sim: Simulator, call: Call) -> None:
    sim.seed(
        types=[{"id": 9, "name": "B", "short_name": "b"}, {"id": 5, "name": "A", "short_name": "a"}]
    )
    assert call("GET", "inventory_type/?limit=1").json() == {
        "count": 2,
        "next": f"{sim.url}/inventory_type/?limit=1&offset=1",
        "previous": None,
        "results": [{"id": 5, "name": "A", "short_name": "a"}],
    }
    assert [kind["id"] for kind in call("GET", "inventory_type/?name=b").json()["results"]] == [9]
    for status in (403, 404):
        sim.settings(types_endpoint=status)
        assert call("GET", "inventory_type/").status_code == status


def test_tokens(sim: Simulator, call: Call) -> None:
    sim.seed(count=30, organizations=[1, 2, 3])
    for token, words in (
        (None, "Authentication credentials were not provided."),
        ("wrong", "Invalid token."),
    ):
        answer = call("GET", DEVICES, token=token)
        assert (answer.status_code, answer.json()) == (401, {"detail": words})
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    sim.add_token("two", [2])
    mine = call("GET", DEVICES, token="two").json()
    assert mine["count"] == 10
    assert {item["organization_id"] for item in mine["results"]} == {2}
    theirs = next(i for i in call("GET", DEVICES).json()["results"] if i["organization_id"] == 1)
    path = one(theirs["name"])
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert call(method, path, token="two", json={"name": "x", "type": 5}).status_code == 404
    answer = call("POST", DEVICES, token="two", json={"name": "x", "type": 5, "organization_id": 1})
    assert answer.json() == {"organization_id": ['Invalid pk "1" - object does not exist.']}
    taken = call("POST", DEVICES, token="two", json={"name": theirs["name"], "type": 5})
    assert taken.json() == {"name": ["device with this name already exists."]}
    assert (
        call("POST", DEVICES, token="two", json={"name": "x", "type": 5}).json()["organization_id"]
        == 2
    )
    assert call("PATCH", one("x"), token="two", json={"organization_id": 3}).status_code == 400
    sim.add_token("reader", read_only=True)
    assert call("GET", path, token="reader").status_code == 200
    assert call("PATCH", path, token="reader", json={}).status_code == 403
    sim.control("DELETE", "tokens/", {"token": "two"})
    assert call("GET", DEVICES, token="two").status_code == 401


@pytest.mark.parametrize(("form", "nothing", "something"), [
    ("text", None, "configuration_sync"), ("empty", "", "configuration_sync"),
    ("boolean", False, True), ("array", [], ["configuration_sync"]),
])  # fmt: skip
def test_forms_of_pending_settings(
    sim: Simulator, call: Call, form: str, nothing: object, something: object
) -> None:
    sim.seed(devices=[{"name": "a"}, {"name": "b"}], settings={"pending_form": form})
    call("PATCH", one("b"), json={"sync": True})
    assert [item["pending_settings"] for item in call("GET", DEVICES).json()["results"]] == [
        nothing,
        something,
    ]
    assert call("GET", one("b")).json()["pending_settings"] == something


def test_update_status_takes_its_time(sim: Simulator, call: Call) -> None:
    sim.seed(count=10, settings={"update_status_cost": 0.03})
    assert call("GET", f"{DEVICES}?update_status=true").elapsed.total_seconds() >= 0.3
    assert call("GET", DEVICES).elapsed.total_seconds() < 0.3


def test_browser(sim: Simulator, call: Call) -> None:
    sim.seed(count=3)
    root = sim.control_url.removesuffix("control/")
    html = {"Accept": "text/html"}
    listing = call("GET", DEVICES, headers=html)
    assert (listing.status_code, "cpe-00001" in listing.text) == (200, True)
    assert call("GET", one("cpe-00001"), headers=html).status_code == 200
    assert call("GET", "../../static/rest_framework/css/bootstrap.min.css").status_code == 200
    with requests.Session() as browser:
        browser.trust_env = False
        assert "simulated" in browser.get(root).text
        assert browser.post(root, data={"token": "wrong"}).status_code == 403
        entered = browser.post(root, data={"token": sim.token}, headers=html)
        assert (entered.status_code, "cpe-00002" in entered.text) == (200, True)
        assert sim.token not in entered.text


def test_times_are_whole_seconds(sim: Simulator, call: Call) -> None:
    sim.seed(
        devices=[
            {
                "name": "a",
                "status": "Up",
                "last_connection": "2024-01-15T14:22:00.9Z",
                "created": "2024-01-01",
            }
        ]
    )
    device = call("GET", one("a")).json()
    assert (device["last_connection"], device["created"]) == (
        "2024-01-15T14:22:00Z",
        "2024-01-01T00:00:00Z",
    )
    assert math.isclose(sim.clock()["now"], time.time(), abs_tol=5)
