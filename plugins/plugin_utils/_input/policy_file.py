# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a policy: YAML or JSON, which is read as text alone, and never as a template.

What is written stays what was written: an expression `0012` is no number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...module_utils._policy import Policy
from ...module_utils._policy_parser import parse_policy
from ...module_utils._problems import Problems, text_of
from .document import DEVICES, EXTENSION, Files, UnreadableError, place_of
from .encoding import UTF_8, decoded
from .yaml_devices import SECTIONS
from .yaml_nodes import PLAIN_TAGS, TAG, is_list, is_mapping, is_null, line_of, pairs_of, read_node

REMEDY = "Save it as UTF-8."
# What a file of devices is made of, and no policy has.
OF_DEVICES = frozenset({DEVICES, *SECTIONS})
# A rule by organization, with value and why, is the deepest.
MAX_DEPTH = 6


@dataclass(frozen=True)
class PolicyFile:
    """given: what it holds, as text. policy: the same, read."""

    given: dict[str, Any] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)


def read_policy(
    path: str, files: Files, problems: Problems, may_hold_devices: bool = False
) -> PolicyFile:
    """What is wrong with it is added to the problems.

    may_hold_devices: then a file of devices is no policy, and no problem.
    """
    try:
        node = read_node(decoded(files.content(path), UTF_8, REMEDY), "Write rules; none is {}.")
    except UnreadableError as error:
        problems.add(place_of(path, error.line), str(error))
        return PolicyFile()
    if may_hold_devices and _holds_devices(node):
        return PolicyFile()
    reader = _Reader(path, problems)
    given = reader.value(node)
    policy = parse_policy(given, reader.place_of, problems)
    return PolicyFile(given if isinstance(given, dict) else {}, policy)


def _holds_devices(node: Any) -> bool:
    if is_mapping(node):
        return not OF_DEVICES.isdisjoint(pairs_of(node).values)
    return is_list(node)


class _Reader:
    """A file, from nodes to plain values. lines: key, such as match.name or required[1] → line."""

    def __init__(self, path: str, problems: Problems) -> None:
        self.path = path
        self.problems = problems
        self.lines: dict[str, int] = {}

    def place_of(self, key: str) -> str:
        return place_of(self.path, self.lines.get(key, 0))

    def value(self, node: Any, key: str = "", depth: int = 0) -> Any:
        if depth > MAX_DEPTH:
            self._wrong(key, "is nested too deeply for a rule.")
            return None
        if is_mapping(node):
            return self._mapping(node, key, depth)
        if is_list(node):
            return self._list(node, key, depth)
        if is_null(node):
            return None
        if node.tag.removeprefix(TAG) not in PLAIN_TAGS:
            self._wrong(key, "has a YAML tag, and a policy has none. Take it away.")
        return str(node.value)

    def _mapping(self, node: Any, key: str, depth: int) -> dict[str, Any]:
        pairs = pairs_of(node)
        found = {}
        for name, value in pairs.values.items():
            if not key and name.startswith(EXTENSION):
                continue
            inner = f"{key}.{name}" if key else name
            self.lines[inner] = pairs.lines[name]
            if name in pairs.twice:
                place = place_of(self.path, pairs.twice[name])
                self.problems.add(place, text_of(pairs.twice_error(name)), inner)
            found[name] = self.value(value, inner, depth + 1)
        return found

    def _list(self, node: Any, key: str, depth: int) -> list[Any]:
        found = []
        for index, value in enumerate(node.value):
            inner = f"{key}[{index}]"
            self.lines[inner] = line_of(value)
            found.append(self.value(value, inner, depth + 1))
        return found

    def _wrong(self, key: str, text: str) -> None:
        self.problems.add(self.place_of(key), text, key)
