# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator held to openapi.yaml: generated requests for every operation, every answer checked against its schema."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from simulator.testing import Simulator

Call = Callable[..., requests.Response]

FOLDER = Path(os.environ.get("ZQ_CONTRACT", Path(__file__).resolve().parents[1] / "contract"))
CONTRACT: dict[str, Any] = yaml.safe_load((FOLDER / "openapi.yaml").read_text(encoding="utf-8"))
NAMES = [f"cpe-{number:05d}" for number in range(1, 21)]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

schema = schemathesis.openapi.from_dict(CONTRACT)


@pytest.fixture(scope="module")
def fleet(running: Simulator) -> Simulator:
    running.reset()
    running.seed(count=20, types=[{"id": 1, "short_name": "router"}], organizations=[1])
    return running


@schema.parametrize()
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_generated_requests(case: Case[Any], fleet: Simulator) -> None:
    # Half of the requests for one device meet one that exists, and half of the bodies a type that does.
    if "name" in case.path_parameters and hash(str(case.body)) % 2:
        case.path_parameters["name"] = NAMES[len(str(case.body)) % len(NAMES)]
    if isinstance(case.body, dict) and "type" in case.body and hash(str(case.query)) % 2 == 0:
        case.body["type"] = 1
    answer = case.call(base_url=fleet.url, headers={"Authorization": f"Bearer {fleet.token}"})
    if answer.status_code == 400 and _beyond_the_contract(case):
        assert isinstance(answer.json(), dict)
        return
    case.validate_response(answer, checks=CHECKS)


def _beyond_the_contract(case: Case[Any]) -> bool:
    """Where openapi.yaml is silent and README.md beside it has DRF's way: wrong filters, and bodies that are no JSON."""
    return (case.method == "GET" and bool(case.query)) or not isinstance(case.body, (dict, list))


def _fields(name: str) -> set[str]:
    schemas = CONTRACT["components"]["schemas"]
    found: set[str] = set()
    for part in schemas[name].get("allOf", [schemas[name]]):
        if "$ref" in part:
            found |= _fields(part["$ref"].rpartition("/")[2])
        found |= set(part.get("properties", ()))
    return found


def test_shapes_have_exactly_the_fields_of_the_contract(sim: Simulator, call: Call) -> None:
    """A schema without required fields lets anything pass; the contract means the whole."""
    sim.seed(count=1, types=[{"id": 1, "short_name": "router"}])
    page = call("GET", "inventory_device_name/").json()
    assert set(page) == _fields("DevicePage")
    assert set(page["results"][0]) == _fields("DeviceListItem")
    assert set(call("GET", "inventory_device_name/cpe-00001/").json()) == _fields("Device")
    for method in ("PUT", "PATCH"):
        body = {"name": "cpe-00001", "type": 1}
        assert set(call(method, "inventory_device_name/cpe-00001/", json=body).json()) == _fields(
            "Device"
        )
    made = call("POST", "inventory_device_name/", json={"name": "a", "type": 1}).json()
    assert set(made) == _fields("DeviceCreated")


@pytest.mark.parametrize(
    ("method", "name"),
    [("POST", "DeviceCreate"), ("PUT", "DeviceReplace"), ("PATCH", "DevicePatch")],
)
def test_bodies_take_exactly_the_fields_of_the_contract(
    sim: Simulator, call: Call, method: str, name: str
) -> None:
    """In strict mode, everything that the contract names is known, and nothing else."""
    sim.seed(count=1, types=[{"id": 1, "short_name": "router"}], settings={"strict": True})
    path = "inventory_device_name/" + ("" if method == "POST" else "cpe-00001/")
    everything = set().union(
        *(_fields(other) for other in CONTRACT["components"]["schemas"] if other != "DevicePage")
    )
    for field in sorted(everything):
        answer = call(method, path, json={field: {}})
        refused = answer.json().get(field) == ["Unknown field."]
        assert refused == (field not in _fields(name)), field


def test_every_operation_is_in_the_contract_test() -> None:
    labels = {found.ok().label for found in schema.get_all_operations() if isinstance(found, Ok)}
    declared = {
        f"{method.upper()} {path}"
        for path, item in CONTRACT["paths"].items()
        for method in item
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert labels == declared
