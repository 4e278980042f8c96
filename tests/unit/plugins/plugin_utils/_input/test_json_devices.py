# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON: what json.loads accepts, and the lines of what it has read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._problems import Problems
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    Document,
    Source,
    UnreadableError,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.json_devices import read_json
from hypothesis import given
from hypothesis import strategies as st


def read(text: str, problems: Problems | None = None) -> Document:
    return read_json(Source("d.json", text, str), problems or Problems())


def lines(text: str) -> list[int]:
    return [entry.line for entry in read(text).entries or ()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", []),
        ('[\n{"name": "a"},\n\n{"name": "b"}]', [2, 4]),
        ('[{"name": "a"}, {"name": "b"}\n, 5, null,\n true, "x", []]', [1, 1, 2, 2, 3, 3, 3]),
        # Brackets, quotes and escaped line ends in strings are text.
        ('[{"name": "[{]}\\"\\n\\\\"},\n{"name": "\\u005d\\ud83d\\ude00"}]', [1, 2]),
        ('[{"name": ["]", {"a": ["}"]}]},\n{}]', [1, 2]),
        # What YAML would not take.
        ('[\n\t{"name"\n:\t"a"},\r\n\t{"name": "\x7f\\/"}]', [2, 4]),
        ('[{"' + "k" * 2000 + '": 1},\n{"name": "b"}]', [1, 2]),
        ('{"defaults": {"type": "[",\n"description": "devices"},\n"devices": [{},\n{}]}', [3, 4]),
        ('{"devices":\n[\n{}, {}],\n"defaults": {}}', [3, 3]),
    ],
)
def test_each_device_has_the_line_on_which_it_begins(text: str, expected: list[int]) -> None:
    assert lines(text) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(devices=st.lists(JSON, max_size=6), ascii_only=st.booleans(), in_object=st.booleans())
def test_lines_are_right_whatever_the_devices_hold(
    devices: list[Any], ascii_only: bool, in_object: bool
) -> None:
    before, after = "[\n", "\n]"
    if in_object:
        before, after = '{"devices": [\n', "\n]}"
    parts = [json.dumps(device, ensure_ascii=ascii_only) for device in devices]
    text = before + ",\n".join(parts) + after
    assert lines(text) == [number + 2 for number in range(len(devices))]


@given(devices=st.lists(JSON, max_size=4))
def test_each_device_begins_on_its_line_however_the_text_is_indented(devices: list[Any]) -> None:
    text = json.dumps(devices, indent=1)
    text_lines = text.splitlines()
    for device, line in zip(devices, lines(text), strict=True):
        begin = json.dumps(device, indent=1)[0]
        assert text_lines[line - 1].startswith(f" {begin}")


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ('[{"name": "a"},\n{]', "Expecting property name enclosed in double quotes", 2),
        ("[-Infinity]", "NaN and Infinity are no JSON", 0),
        (f"[{'9' * 5000}]", "is not valid JSON: a number is too long", 0),
    ],
)
def test_what_is_not_json(text: str, problem: str, line: int) -> None:
    with pytest.raises(UnreadableError, match=problem) as caught:
        read(text)
    assert caught.value.line == line


def test_wrong_sections_are_all_said_with_their_lines() -> None:
    problems = Problems()
    read(
        '{"device": [],\n"defaults": {"name": "x",\n"colour": 1},\n"defaults": 5,\n"devices": {}}',
        problems,
    )
    assert [(one.place, one.field, one.text.split(". ")[0]) for one in problems.found] == [
        ("d.json line 1", "device", "is not known"),
        ("d.json line 2, defaults", "name", "is a device's own, and cannot be given here"),
        ("d.json line 2, defaults", "colour", "is not known"),
        ("d.json line 4", "defaults", "is given twice"),
        ("d.json line 5", "devices", "is not a list"),
    ]


def test_defaults_that_are_no_object() -> None:
    problems = Problems()
    read('{"defaults": 5, "devices": []}', problems)
    assert [(one.place, one.field) for one in problems.found] == [("d.json line 1, defaults", "")]
