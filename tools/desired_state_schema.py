# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of the desired-state files, made from the device schema.

Editors complete from it, and CI may validate with it.
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
from ansible_collections.zequenze.control.plugins.module_utils._declarations import (
    ALIASES,
    FLAGS,
    KNOWN,
)
from ansible_collections.zequenze.control.plugins.module_utils._parsers import CHOICES
from ansible_collections.zequenze.control.plugins.module_utils._spelling import SPREADSHEET
from ansible_collections.zequenze.control.plugins.plugin_utils._input.defaults import (
    FOUND_BY,
    OF_ONE,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import EXTENSION

from tools.common import ROOT, say

FILE = ROOT / "docs" / "desired-state.schema.json"
REPOSITORY = "https://raw.githubusercontent.com/zequenze/zequenze.control/main"
URL = f"{REPOSITORY}/docs/desired-state.schema.json"
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
# Control characters, those of no width, and ends of lines: the most frequent of what is refused.
INVISIBLE = r"\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff"
FROM_SPREADSHEETS = "|".join(pattern.pattern for pattern, *_texts in SPREADSHEET)
SERIAL_NUMBER = {
    "anyOf": [
        {"type": "string", "pattern": rf"^(?!\s*({FROM_SPREADSHEETS})\s*$)[^{INVISIBLE}]*$"},
        {"type": "integer"},
    ]
}
VAULTED = {
    "type": "string",
    "pattern": r"^\s*\$ANSIBLE_VAULT;",
    "description": "A value that ansible-vault has encrypted (!vault).",
}
# Nobody reads these: anchors of YAML stand there.
EXTENSIONS: dict[str, Any] = {f"^{EXTENSION}": {}}
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


def without_markup(text: str | list[str]) -> str:
    """A description of Ansible's, as text."""
    if isinstance(text, list):
        text = " ".join(text)
    return re.sub(r"\b[A-Z]\(([^()]*)\)", r"\1", text)


def values_of(name: str) -> dict[str, Any]:
    """What a field may hold. Null is not declared."""
    if name == "name":
        return NAME
    if name == "new_name":
        return or_null(NAME)
    if name == "serial_number":
        return or_null(SERIAL_NUMBER)
    if name in CHOICES:
        return or_null({"enum": list(CHOICES[name])})
    if name in FLAGS:
        return or_null(BOOLEAN)
    return or_null(VALUES[_schema.BY_NAME[name].kind])


def or_null(values: dict[str, Any]) -> dict[str, Any]:
    """The same values, and null."""
    if "enum" in values:
        return {"enum": [*values["enum"], None]}
    if "anyOf" in values:
        return {"anyOf": [*values["anyOf"], {"type": "null"}]}
    return {"type": [*values["type"], "null"]}


def or_vaulted(values: dict[str, Any]) -> dict[str, Any]:
    """The same values, and one with !vault, which an editor takes for its encrypted text."""
    if "string" in values.get("type", ()):
        return values
    either = values.get("anyOf", [values])
    return {"anyOf": [*either, reference("vaulted")]}


def fields(without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a device, with their descriptions."""
    options = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    texts = {name: without_markup(option["description"]) for name, option in options.items()}
    texts["name"] = "The name of the device, which is its unique key."
    properties = {}
    for name in KNOWN:
        if name not in without:
            properties[name] = {"description": texts[name], **or_vaulted(values_of(name))}
    for alias, name in ALIASES.items():
        if name not in without:
            values = or_vaulted(values_of(name))
            properties[alias] = {"description": f"The same as {name}.", **values}
    return properties


def definitions() -> dict[str, Any]:
    """The parts of a file."""
    device = {
        "type": "object",
        "additionalProperties": False,
        "required": ["name"],
        "properties": fields(),
    }
    return {
        "device": device,
        "devices": {"type": "array", "description": ENTRY, "items": reference("device")},
        "defaults": some_fields(OF_ONE),
        "byOrganization": {
            "type": ["object", "null"],
            "propertyNames": {"pattern": "^[0-9]+$"},
            "additionalProperties": reference("group"),
        },
        "byType": {"type": ["object", "null"], "additionalProperties": reference("group")},
        "group": some_fields((*OF_ONE, *FOUND_BY)),
        "vaulted": VAULTED,
    }


def some_fields(without: tuple[str, ...]) -> dict[str, Any]:
    """Defaults."""
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": fields(without),
    }


def reference(definition: str) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{definition}"}


def document() -> dict[str, Any]:
    """The whole schema."""
    sections = {
        name: {"description": description, **reference(definition)}
        for name, (description, definition) in SECTIONS.items()
    }
    mapping = {
        "type": "object",
        "additionalProperties": False,
        "properties": {**sections, "devices": reference("devices")},
        "patternProperties": EXTENSIONS,
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": URL,
        "title": "Devices of Zequenze CONTROL, declared",
        "description": "A file of a desired-state folder of the Ansible collection"
        " zequenze.control.",
        "anyOf": [reference("devices"), mapping],
        "definitions": definitions(),
    }


def text() -> str:
    """As it is written."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    say(str(FILE.relative_to(ROOT)))
