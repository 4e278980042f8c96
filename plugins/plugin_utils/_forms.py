# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mappings and lists in the text forms that people type: YAML, JSON, k=v, by commas, by lines.

A survey of AWX gives text for everything, and so does `-e name=value`. Within such a text every
scalar stays text: `from: 22:00` is a time and `1.10` a version, and not what YAML makes of them.
What a value has to be is decided by what it is for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml
from ansible.module_utils.common.validation import check_type_dict

from ..module_utils._errors import InputError

NULL = "tag:yaml.org,2002:null"
SEPARATORS = re.compile(r"[,\n\r]")
QUOTES = ("'", '"')
MAPPING_REMEDY = "Write it as YAML, as JSON, or as key=value."
LIST_REMEDY = "Write the entries one a line or with commas between them, or a list in YAML or JSON."


class _TextLoader(yaml.SafeLoader):
    """Reads every scalar as text, but null. Aliases are refused: they can make a text endless."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.constructor.ConstructorError(problem="it holds an alias (*name)")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _value in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(problem=f"it gives {key} twice")
        return super().construct_mapping(node, deep)


_TextLoader.yaml_implicit_resolvers = {
    first: [row for row in rows if row[0] == NULL]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def mapping_from(option: str, given: Any, secret: bool = False) -> dict[str, Any]:
    """A mapping, or one from its text. secret: its text is not shown. Raises InputError."""
    value = given
    if isinstance(given, str):
        value = _from_text(option, given, secret, MAPPING_REMEDY)
        if isinstance(value, str) and "=" in value:
            value = _from_pairs(option, value, secret)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InputError(option, _shown(given, secret), "is not a mapping", MAPPING_REMEDY)
    for key in value:
        if not isinstance(key, str):
            raise InputError(option, None, f"has the key {key!r}, which is no text", MAPPING_REMEDY)
    return dict(value)


def list_from(option: str, given: Any, secret: bool = False) -> list[Any]:
    """A list, one from its text, or a single value as a list. Raises InputError.

    Entries with commas or line ends between them lose the blanks and the quotes around them; those
    of a list in YAML or JSON are what is written there.
    """
    if isinstance(given, (list, tuple)):
        return list(given)
    if not isinstance(given, str):
        return [given]
    text = given.strip()
    if text.startswith("[") or re.match(r"-(\s|$)", text):
        value = _from_text(option, text, secret, LIST_REMEDY)
        if not isinstance(value, list):
            raise InputError(option, _shown(given, secret), "is not a list", LIST_REMEDY)
        return value
    entries = [unquoted(entry) for entry in SEPARATORS.split(text)]
    return [entry for entry in entries if entry]


def unquoted(text: str) -> str:
    """Without the blanks around it, and then without a pair of quotes around it."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in QUOTES:
        return text[1:-1]
    return text


def _from_text(option: str, text: str, secret: bool, remedy: str) -> Any:
    try:
        return _from_json(text)
    except ValueError:
        pass  # It may be YAML.
    problem = ""
    try:
        return yaml.load(text, Loader=_TextLoader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        problem = error.problem or "it cannot be read"
        if error.problem_mark is not None:
            problem += f" (line {error.problem_mark.line + 1})"
    except yaml.YAMLError:
        problem = "it holds characters that YAML does not allow"
    except (RecursionError, ValueError):
        problem = "it is nested too deeply, or holds a value that cannot be read"
    if secret:
        problem = "it cannot be read"
    raise InputError(option, _shown(text, secret), f"is not valid YAML: {problem}", remedy)


def _from_json(text: str) -> Any:
    """JSON, whose numbers and booleans stay as they are written. Raises ValueError."""
    if not text.lstrip().startswith(("{", "[")):
        raise ValueError
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        raise ValueError from None


def _from_pairs(option: str, text: str, secret: bool) -> Any:
    try:
        return check_type_dict(text)
    except (TypeError, ValueError):
        raise InputError(option, _shown(text, secret), "is not a mapping", MAPPING_REMEDY) from None


def _shown(given: Any, secret: bool) -> Any:
    return None if secret else given
