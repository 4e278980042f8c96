# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of the desired-state files, made from the device schema: editors complete from
it, and CI may validate with it.

``python -m tools.desired_state_schema`` writes it into docs/; a test fails where it is not what
would be written.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from ansible_collections.zequenze.control.plugins.doc_fragments.device import ModuleDocFragment
from ansible_collections.zequenze.control.plugins.module_utils import _schema
from ansible_collections.zequenze.control.plugins.module_utils._declarations import ALIASES
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import (
    CHOICES,
    FOUND_BY,
    KNOWN,
    OF_ONE,
)

from tools.common import ROOT, say

FILE = ROOT / "docs" / "desired-state.schema.json"
URL = "https://raw.githubusercontent.com/zequenze/zequenze.control/main/docs/desired-state.schema.json"
# What YAML 1.1 takes for true and false is text to the validators of YAML 1.2.
BOOLEAN = {"enum": [True, False, "true", "false", "yes", "no", "on", "off"]}
TEXT = {"type": ["string", "integer"]}
VALUES: dict[_schema.Kind, dict[str, Any]] = {
    _schema.TEXT: TEXT,
    _schema.TYPE: TEXT,
    _schema.NUMBER: {
        "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+$"}]
    },
    _schema.BOOLEAN: BOOLEAN,
    _schema.LATITUDE: {
        "anyOf": [{"type": "number", "minimum": -90, "maximum": 90}, {"type": "string"}]
    },
    _schema.LONGITUDE: {
        "anyOf": [{"type": "number", "minimum": -180, "maximum": 180}, {"type": "string"}]
    },
}
NAME = {"anyOf": [{"type": "string", "pattern": r"^\S(.*\S)?$"}, {"type": "integer"}]}
ENTRY = "The devices that this file declares."
SECTIONS = {
    "defaults": ("Fields for every device that does not give them itself.", "defaults"),
    "organization_defaults": (
        "Fields for the devices of an organization, by its id. Stronger than defaults.",
        "byOrganization",
    ),
    "type_defaults": (
        (
            "Fields for the devices of a type, written as the devices write it."
            " Stronger than organization_defaults."
        ),
        "byType",
    ),
}


def plain(text: str | list[str]) -> str:
    """A description without Ansible's markup."""
    joined = text if isinstance(text, str) else " ".join(text)
    return re.sub(r"\b[A-Z]\(([^()]*)\)", r"\1", joined)


def values(name: str) -> dict[str, Any]:
    """What a field may hold. Null is not declared."""
    if name in ("name", "new_name"):
        return NAME if name == "name" else {"anyOf": [*NAME["anyOf"], {"type": "null"}]}
    if name in CHOICES:
        return {"enum": [*CHOICES[name], None]}
    one = BOOLEAN if name == "sync" else VALUES[_schema.BY_NAME[name].kind]
    if "enum" in one:
        return {"enum": [*one["enum"], None]}
    if "anyOf" in one:
        return {"anyOf": [*one["anyOf"], {"type": "null"}]}
    return {"type": [*one["type"], "null"]}


def fields(without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a device, with their descriptions."""
    options = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    told = {name: plain(option["description"]) for name, option in options.items()}
    told["name"] = "The name of the device, which is its unique key."
    known = {
        name: {"description": told[name], **values(name)} for name in KNOWN if name not in without
    }
    for alias, name in ALIASES.items():
        if name not in without:
            known[alias] = {"description": f"The same as {name}.", **values(name)}
    return known


def document() -> dict[str, Any]:
    """The whole schema."""
    general = {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": fields(OF_ONE),
    }
    group = {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": fields((*OF_ONE, *FOUND_BY)),
    }
    device = {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": fields(),
    }
    devices = {"type": "array", "description": ENTRY, "items": {"$ref": "#/definitions/device"}}
    sections = {
        name: {"description": told, "$ref": f"#/definitions/{what}"}
        for name, (told, what) in SECTIONS.items()
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": URL,
        "title": "Devices of Zequenze CONTROL, declared",
        "description": "A file of a desired-state folder of the Ansible collection zequenze.control.",
        "anyOf": [
            {"$ref": "#/definitions/devices"},
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {**sections, "devices": {"$ref": "#/definitions/devices"}},
            },
        ],
        "definitions": {
            "device": device,
            "devices": devices,
            "defaults": general,
            "byOrganization": {
                "type": ["object", "null"],
                "propertyNames": {"pattern": "^[0-9]+$"},
                "additionalProperties": {"$ref": "#/definitions/group"},
            },
            "byType": {
                "type": ["object", "null"],
                "additionalProperties": {"$ref": "#/definitions/group"},
            },
            "group": group,
        },
    }


def text() -> str:
    """As it is written."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    say(str(FILE.relative_to(ROOT)))
