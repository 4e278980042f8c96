# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of the desired-state files, narrowed by the policy of a folder.

An editor sees one file alone. What another file may give, and what compares devices, is not in it
or only in words: the lookup has the last word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...module_utils._declarations import ALIASES
from ...module_utils._policy import FORBIDDEN, MATCH, REQUIRED, Convention, Policy, Rule, because
from .defaults import Layer

GENERAL = Path(__file__).resolve().parents[3] / "docs" / "desired-state.schema.json"
KEYS = {name: (name, alias) for alias, name in ALIASES.items()}
# An escape, a class, a named group, a reference to one, or what is an extension of Python's.
PARTS = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P<\w+>|\(\?P=(\w+)\)|\(\?(?![:=!])|[*+?}]\+"
)
# To JavaScript, these are whole classes.
EMPTY_CLASSES = ("[]", "[^]")
SECTIONS_BY_GROUP = ("organization_defaults", "type_defaults")

# Of the whole text, in Python's own words.
ENDS = {r"\A": "^", r"\Z": "$"}

Schema = dict[str, Any]


def schema_with(policy: Policy, layer: Layer) -> Schema:
    """layer: the defaults of the folder, which may give what is required."""
    schema: Schema = json.loads(GENERAL.read_text(encoding="utf-8"))
    del schema["$id"]
    device = schema["definitions"]["device"]
    of_device = [*_conventions(policy), *_of_fields(policy.rules)]
    required = [
        _required(rule.field)
        for rule in policy.rules
        if rule.label == REQUIRED and not _may_give(layer, rule.field)
    ]
    # A schema has no list that is empty.
    for part, conditions in ((device, of_device), (schema, required)):
        if conditions:
            part["allOf"] = conditions
    _describe(device["properties"], policy)
    return schema


def keys_of(field: str) -> tuple[str, ...]:
    return KEYS.get(field, (field,))


# --------------------------------------------------------------------------------------- one device


def _of_fields(rules: Sequence[Rule]) -> list[Schema]:
    found = []
    for rule in rules:
        values = _values(rule)
        if values:
            found.append({"properties": dict.fromkeys(keys_of(rule.field), values)})
    return found


def _values(rule: Rule) -> Schema:
    """What a field may hold; {} where an editor cannot tell."""
    if rule.label == FORBIDDEN:
        return {"type": "null"}
    if rule.label == REQUIRED or rule.value is None:
        return {}
    if rule.label == MATCH:
        return _pattern(str(rule.value))
    return _or_vaulted({"enum": [*_spelled(rule.value), None]})


def _or_vaulted(values: Schema) -> Schema:
    """Of a value that is encrypted, an editor cannot tell."""
    return {"anyOf": [values, {"$ref": "#/definitions/vaulted"}]}


def _spelled(values: Sequence[str]) -> list[str | int]:
    """An id may be written as a number or as text."""
    spelled: list[str | int] = []
    for value in values:
        spelled.append(value)
        if value.isdecimal():
            spelled.append(int(value))
    return spelled


def _conventions(policy: Policy) -> list[Schema]:
    """Of devices that say themselves to whom they belong, or where one convention is for all."""
    organizations, types = policy.conventions.organizations, policy.conventions.types
    if not organizations and not types:
        default = policy.conventions.default
        return [_named(default)] if default else []
    found = []
    of_these = [_has("organization_id", organization) for organization in organizations]
    for condition, convention in zip(of_these, organizations.values(), strict=True):
        found.append({"if": condition, "then": _named(convention)})
    for kind, convention in types.items():
        conditions = [_has("type", kind)]
        if of_these:
            conditions += [_gives("organization_id"), {"not": {"anyOf": of_these}}]
        found.append({"if": {"allOf": conditions}, "then": _named(convention)})
    return found


def _has(field: str, value: str) -> Schema:
    values = {"enum": _spelled([value])}
    return {
        "anyOf": [{"required": [key], "properties": {key: values}} for key in keys_of(field)],
    }


def _gives(field: str) -> Schema:
    return {"anyOf": [{"required": [key]} for key in keys_of(field)]}


def _named(convention: Convention) -> Schema:
    pattern = _pattern(convention.pattern.pattern)
    return {
        "if": {"required": ["new_name"]},
        "then": {"properties": {"new_name": pattern}},
        "else": {"properties": {"name": pattern}},
    }


def _pattern(expression: str) -> Schema:
    portable = to_json_schema(expression)
    return _or_vaulted({"pattern": portable}) if portable else {}


def to_json_schema(expression: str) -> str:
    """An expression of Python's as all validators read it; "" where they might not.

    Groups lose their names, for validators in Python and in JavaScript write these differently.
    """
    groups = re.compile(expression).groupindex
    parts = []
    at = 0
    for found in PARTS.finditer(expression):
        part = found[0]
        parts.append(expression[at : found.start()])
        at = found.end()
        if found[1]:
            parts.append(f"\\{groups[found[1]]}")
        elif part.startswith("(?P<"):
            parts.append("(")
        elif part in ENDS:
            parts.append(ENDS[part])
        elif part.startswith(("\\", "[")) and not part.startswith(EMPTY_CLASSES):
            parts.append(part)
        else:
            return ""
    return "".join([*parts, expression[at:]])


# ----------------------------------------------------------------------------------------- one file


def _required(field: str) -> Schema:
    """Each device has to give it, unless the defaults of the file may do so."""
    needed = _gives(field)
    return {
        "if": {
            "type": "object",
            "anyOf": [
                *({"required": [section]} for section in SECTIONS_BY_GROUP),
                {"required": ["defaults"], "properties": {"defaults": needed}},
            ],
        },
        "else": {
            "items": needed,
            "properties": {"devices": {"items": needed}},
        },
    }


def _may_give(layer: Layer, field: str) -> bool:
    groups = [layer.all, *layer.organizations.values(), *layer.types.values()]
    return any(field in fields for fields in groups)


# ------------------------------------------------------------------------------------- descriptions


def _describe(properties: Mapping[str, Schema], policy: Policy) -> None:
    """What the policy says of a field, where an editor shows what the field is."""
    for field, text in _texts(policy):
        for key in keys_of(field):
            properties[key]["description"] += f" {text}"


def _texts(policy: Policy) -> list[tuple[str, str]]:
    conventions = policy.conventions
    every = [*conventions.organizations.values(), *conventions.types.values()]
    if conventions.default is not None:
        every.append(conventions.default)
    texts = []
    for one in every:
        text = _text(f"matches {one.pattern.pattern}{one.group}", one.why)
        texts += [("name", text), ("new_name", text)]
    texts += [(rule.field, _text(_in_words(rule), rule.why)) for rule in policy.rules]
    for name, why in policy.unique.items():
        texts.append((name, _text("no two devices have the same", why)))
    return texts


def _text(text: str, why: str) -> str:
    return f"Policy: {because(text, why)}"


def _in_words(rule: Rule) -> str:
    if rule.label == MATCH:
        return f"matches {rule.value}"
    if rule.label == REQUIRED:
        return "has to be given"
    if rule.label == FORBIDDEN:
        return "must not be given"
    return f"one of {', '.join(rule.value or ())}"
