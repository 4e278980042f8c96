# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of a policy, made from the device schema.

``python -m tools.policy_schema`` writes it into docs/; a test fails where it is not what would be
written.
"""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.zequenze.control.plugins.module_utils import _policy
from ansible_collections.zequenze.control.plugins.module_utils._declarations import ALIASES, FIELDS
from ansible_collections.zequenze.control.plugins.module_utils._schema import SECRET
from ansible_collections.zequenze.control.plugins.module_utils._selection import KEY_ALIASES

from tools.common import ROOT, say
from tools.desired_state_schema import EXTENSIONS, REPOSITORY, reference

FILE = ROOT / "docs" / "policy.schema.json"
URL = f"{REPOSITORY}/docs/policy.schema.json"
WHY = {"type": "string", "description": "The reason, which is told to whoever breaks the rule."}
ALL_FIELDS = [*FIELDS, *ALIASES]
OPEN_FIELDS = [name for name in ALL_FIELDS if name not in SECRET]
TEXTS: dict[str, tuple[str, str]] = {
    _policy.NAME: (
        "conventions",
        (
            "What names look like: an expression, or one by organization, by type, and for all"
            " others. A group (?P<sequence>...) numbers the devices of a kind."
        ),
    ),
    _policy.REQUIRED: ("fields", "Fields that each device has to give, itself or by defaults."),
    _policy.FORBIDDEN: ("fields", "Fields that no device may give."),
    _policy.ALLOWED_TYPES: ("values", "Types, written as the devices write them."),
    _policy.ALLOWED_ORGANIZATIONS: ("ids", "Organizations, by their ids."),
    _policy.UNIQUE: (
        "openFields",
        "Fields that no two devices have in common, beside name and serial number.",
    ),
    _policy.MATCH: ("matches", "Field → expression, which is searched in it."),
}


def reasoned(value: dict[str, Any]) -> dict[str, Any]:
    """A value, or the value and why."""
    whole = {
        "type": "object",
        "additionalProperties": False,
        "required": ["value"],
        "properties": {"value": value, "why": WHY},
    }
    return {"anyOf": [value, whole]}


def several(one: dict[str, Any]) -> dict[str, Any]:
    """A value, or a list of values, each or all with a reason."""
    return reasoned({"anyOf": [one, {"type": "array", "items": reasoned(one)}]})


def by_key(values: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "propertyNames": keys, "additionalProperties": values}


def definitions() -> dict[str, Any]:
    expression = {"type": "string", "minLength": 1, "description": "A regular expression."}
    identifier = {
        "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+$"}]
    }
    rule = reference("expression")
    groups = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **dict.fromkeys(("organization", *KEY_ALIASES), by_key(rule, {"pattern": "^[0-9]+$"})),
            "type": by_key(rule, {}),
            "default": rule,
        },
    }
    return {
        "expression": reasoned(expression),
        "conventions": reasoned({"anyOf": [expression, groups]}),
        "fields": several({"enum": ALL_FIELDS}),
        "openFields": several({"enum": OPEN_FIELDS}),
        "values": several({"type": ["string", "integer"], "minLength": 1}),
        "ids": several(identifier),
        "matches": reasoned(by_key(rule, {"enum": OPEN_FIELDS})),
    }


def document() -> dict[str, Any]:
    """The whole schema."""
    rules = {}
    for name in _policy.RULES:
        definition, description = TEXTS[name]
        rules[name] = {"description": description, **reference(definition)}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": URL,
        "title": "What devices of Zequenze CONTROL must be",
        "description": "The policy.yml of a desired-state folder of the Ansible collection"
        " zequenze.control.",
        "type": "object",
        "additionalProperties": False,
        "properties": rules,
        "patternProperties": EXTENSIONS,
        "definitions": definitions(),
    }


def text() -> str:
    """As it is written."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    say(str(FILE.relative_to(ROOT)))
