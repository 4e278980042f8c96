# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mappings and lists from text."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._forms import (
    list_from,
    mapping_from,
    unquoted,
)
from hypothesis import given
from hypothesis import strategies as st

BOMB = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(3))
# What neither a separator nor a quote is a part of, and what no form of YAML begins with.
PLAIN = st.text("abcxyz0189.%_ äß", min_size=1, max_size=8).map(str.strip).filter(bool)
ANY = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029"
    ),
    max_size=8,
)


@given(st.lists(PLAIN, min_size=1), st.sampled_from([",", ", ", "\n", "\r\n", " ,\n", "\n\n"]))
def test_entries_with_separators(entries: list[str], between: str) -> None:
    assert list_from("o", between.join(entries)) == entries
    assert list_from("o", between.join(f'"{entry}"' for entry in entries) + between) == entries


@given(st.lists(ANY))
def test_a_list_as_json_or_yaml_is_that_list(entries: list[str]) -> None:
    assert list_from("o", json.dumps(entries)) == entries
    assert list_from("o", yaml.safe_dump(entries, allow_unicode=True)) == entries


@given(st.dictionaries(ANY, st.one_of(ANY, st.none(), st.lists(ANY, max_size=2))))
def test_a_mapping_as_json_or_yaml_is_that_mapping(mapping: dict[str, Any]) -> None:
    assert mapping_from("o", json.dumps(mapping)) == mapping
    assert mapping_from("o", yaml.safe_dump(mapping, allow_unicode=True)) == mapping


@given(
    st.dictionaries(
        st.text("abc", min_size=1), st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    )
)
def test_numbers_stay_what_was_written(mapping: dict[str, Any]) -> None:
    text = json.dumps(mapping)
    assert mapping_from("o", text) == json.loads(text, parse_int=str, parse_float=str)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (
            "a: 1.10\nb: 007\nc: no\nd: 22:00\ne: 2024-01-15",
            ["1.10", "007", "no", "22:00", "2024-01-15"],
        ),
        ("a: ~\nb: null\nc:\n", [None, None, None]),
        ("a: 'null'\nb: \"~\"", ["null", "~"]),
        ("a=1 b=x", ["1", "x"]),
        ("a=1, b=x", ["1", "x"]),
        ("null", []),
        ("{}", []),
    ],
)
def test_scalars_are_text(text: str, meant: list[Any]) -> None:
    assert list(mapping_from("o", text).values()) == meant


@pytest.mark.parametrize(
    ("given_text", "problem"),
    [
        ("at night", "is not a mapping"),
        ("[1, 2]", "is not a mapping"),
        ("{a: [b", "is not valid YAML"),
        ("a: b: c", "is not valid YAML"),
        ("a: 1\na: 2", "it gives a twice"),
        (BOMB, "it holds an alias"),
        ("a: !!python/object/apply:os.system [ls]", "is not valid YAML"),
        ("a: !vault x", "is not valid YAML"),
        ("[" * 5000, "is not valid YAML"),
        ("{" * 5000, "is not valid YAML"),
        ("a: \x00", "is not valid YAML"),
        ("a: x\n---\nb: y", "is not valid YAML"),
        (5, "is not a mapping"),
        ([], "is not a mapping"),
        ({5: "x"}, "has the key 5"),
    ],
)
def test_what_is_no_mapping_is_named(given_text: Any, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        mapping_from("the_option", given_text)
    assert list(caught.value.errors) == ["the_option"]
    assert caught.value.remedy


@pytest.mark.parametrize("text", ["at night p4ss", "{p4ss: [", "p4ss: x: y", "p4ss: 1\np4ss: 2"])
def test_a_secret_text_is_not_shown(text: str) -> None:
    with pytest.raises(InputError) as caught:
        mapping_from("o", text, secret=True)
    assert "p4ss" not in caught.value.message


@pytest.mark.parametrize(
    ("given_value", "meant"),
    [
        ("", []),
        (" , ,\n", []),
        ("a", ["a"]),
        ("-x", ["-x"]),
        ("-x, y", ["-x", "y"]),
        ("- x\n- y", ["x", "y"]),
        ("[]", []),
        ('"a, b"', ['"a', 'b"']),
        (5, [5]),
        (("a",), ["a"]),
        ({"a": 1}, [{"a": 1}]),
    ],
)
def test_lists(given_value: Any, meant: list[Any]) -> None:
    assert list_from("o", given_value) == meant


@pytest.mark.parametrize("text", ["[a", "- a\nb", "[a]: x"])
def test_what_is_no_list_is_named(text: str) -> None:
    with pytest.raises(InputError) as caught:
        list_from("the_option", text)
    assert list(caught.value.errors) == ["the_option"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('"a"', "a"),
        ("'a'", "a"),
        ('"a', '"a'),
        ("\"a'", "\"a'"),
        ('""', ""),
        ('"', '"'),
        (' "a" ', "a"),
    ],
)
def test_quotes_are_taken_off_in_pairs(text: str, meant: str) -> None:
    assert unquoted(text) == meant
