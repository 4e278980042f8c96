# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of the desired-state files: what would be made now, and of one mind with what the lookup reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped] # its types are a package of their own
import pytest
import yaml
from ansible_collections.zequenze.control.plugins.module_utils import _schema
from ansible_collections.zequenze.control.plugins.module_utils._fleet import render as _render
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import read
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    FileError,
    Files,
)

from tools.desired_state_schema import FILE, text

FILES = Files(lambda path: Path(path).read_bytes(), lambda encrypted: encrypted)
VALIDATOR = jsonschema.Draft7Validator(json.loads(FILE.read_text(encoding="utf-8")))
EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def accepted(content: str) -> bool:
    # A validator sees JSON, in which every key is text.
    return bool(VALIDATOR.is_valid(json.loads(json.dumps(yaml.safe_load(content), default=str))))


def read_back(folder: Path, content: str) -> bool:
    (folder / "a.yml").write_text(content, encoding="utf-8")
    try:
        read([str(folder)], FILES)
    except FileError:
        return False
    return True


def test_it_is_not_stale() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), (
        "make it again: .venv/bin/python -m tools.desired_state_schema"
    )


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(VALIDATOR.schema)


def test_every_field_is_in_it_and_described() -> None:
    fields: dict[str, Any] = VALIDATOR.schema["definitions"]["device"]["properties"]
    assert {field.name for field in _schema.WRITABLE} <= set(fields)
    assert all(
        field["description"] and "(" not in field["description"].split(" ")[0]
        for field in fields.values()
    )


@pytest.mark.parametrize(
    "file",
    [*EXAMPLES.glob("demo/devices/*.yml"), *EXAMPLES.glob("gitops/devices/*.yml")],
    ids=lambda file: file.name,
)
def test_the_examples(file: Path) -> None:
    assert accepted(file.read_text(encoding="utf-8"))


def test_an_export() -> None:
    devices = [
        {
            "name": f"{n}: x",
            "type": "router",
            "organization_id": 7,
            "latitude": "1.5",
            "debug": n > 1,
        }
        for n in range(5)
    ]
    assert accepted(_render.render(devices, 7, ()))


@pytest.mark.parametrize(
    ("content", "right"),
    [
        ("[{name: one}]", True),
        (
            "devices: [{name: 1, type: 5, latitude: 1.5, longitude: '2', debug: yes, update_frequency: '300', sync: null}]",
            True,
        ),
        (
            "{defaults: null, organization_defaults: {101: {description: x}}, type_defaults: {ont: {debug: true}}, devices: []}",
            True,
        ),
        ("[{name: one, update_password: always, new_name: two, organization: 5}]", True),
        ("[]", True),
        ("[{name: one, serial_number: 402211E11}, {name: two, serial_number: '0012'}]", True),
        ("[{name: one, serial_number: '4.02211E+11'}]", False),
        ("[{name: one, serial_number: '402211000101.0'}]", False),
        ("[{name: one, serial_number: '=\"001234\"'}]", False),
        ('[{name: one, serial_number: "SN\\u200b1"}]', False),
        ('[{name: one, serial_number: "SN\\n1"}]', False),
        ("nothing", False),
        ("[one]", False),
        ("[{type: 5}]", False),
        ("[{name: ''}]", False),
        ("[{name: one, colour: red}]", False),
        ("[{name: one, description: [a]}]", False),
        ("[{name: one, description: true}]", False),
        ("[{name: one, debug: maybe}]", False),
        ("[{name: one, update_frequency: -1}]", False),
        ("[{name: one, update_frequency: 1.5}]", False),
        ("[{name: one, latitude: 91}]", False),
        ("[{name: one, update_password: sometimes}]", False),
        ("{devices: [], more: []}", False),
        ("{devices: {}}", False),
        ("{defaults: {name: x}, devices: []}", False),
        ("{defaults: {serial_number: x}, devices: []}", False),
        ("{organization_defaults: {acme: {}}, devices: []}", False),
        ("{type_defaults: {ont: {organization_id: 5}}, devices: []}", False),
    ],
)
def test_it_is_of_one_mind_with_the_lookup(tmp_path: Path, content: str, right: bool) -> None:
    assert (accepted(content), read_back(tmp_path, content)) == (right, right)
