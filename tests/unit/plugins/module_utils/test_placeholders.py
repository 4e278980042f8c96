# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text with placeholders: what it is filled with, and what is wrong with it."""

from __future__ import annotations

import re

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._placeholders import (
    FILTERS,
    Placeholders,
    hex_digits,
    nearest,
    slug,
)
from hypothesis import given
from hypothesis import strategies as st

ROW = {
    "Site": "Bogotá Norte",
    "Serial Number": "SN-00A1b",
    "MAC": "00:1a:2B:3c-4d.5e",
    "1": "first",
    "site.name": "a{Site}b",
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", ""),
        ("gw", "gw"),
        ("{Site}", "Bogotá Norte"),
        ("{Site|slug}", "bogota-norte"),
        ("{Site|slug|upper}", "BOGOTA-NORTE"),
        ("{ Site | upper }", "BOGOTÁ NORTE"),
        ("gw-{Serial Number|lower}.x", "gw-sn-00a1b.x"),
        ("{MAC|hex}", "001a2B3c4d5e"),
        ("{MAC|hex|lower}", "001a2b3c4d5e"),
        ("{1}-{1}", "first-first"),
        ("{{{Site}}}", "{Bogotá Norte}"),
        ("{{Site}}", "{Site}"),
        ("{{ }}", "{ }"),
        # What is filled in is data, whatever it holds.
        ("{site.name}", "a{Site}b"),
    ],
)
def test_filled(text: str, filled: str) -> None:
    assert Placeholders.parse(text).fill(ROW.__getitem__) == filled


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("gw", ()),
        ("{Site}-{Serial Number|lower}", ("Site", "Serial Number")),
        ("{b}{a|upper}{ b |lower}", ("b", "a")),
        ("{{b}}", ()),
    ],
)
def test_names_are_those_of_the_placeholders_each_once(text: str, names: tuple[str, ...]) -> None:
    assert Placeholders.parse(text).names == names


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{Site|lowr}", r"the filter 'lowr', which is not known\. Write lower\. Known are lower,"),
        ("{Site|Slug}", r"the filter 'Slug', which is not known\. Write slug\."),
        ("{Site|b64}", r"the filter 'b64', which is not known\. Known are lower, upper, slug, hex"),
        ("{Site|}", r"the filter '', which is not known\. Known are"),
        ("{Site", r"has a \{ that is not closed"),
        ("{a{b}", r"has a \{ that is not closed"),
        ("a}", r"has a \} that closes nothing"),
        ("{}", r"a placeholder without a name, \{\}\. Write a name in it"),
        ("{ |lower}", r"a placeholder without a name, \{ \|lower\}"),
    ],
)
def test_what_is_wrong_with_a_text_is_said_with_what_to_do(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Placeholders.parse(text)


def test_what_a_lookup_raises_is_raised() -> None:
    with pytest.raises(KeyError, match="Customer"):
        Placeholders.parse("{Customer|lower}").fill(ROW.__getitem__)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("  --  ", ""),
        ("Bogotá Norte", "bogota-norte"),
        ("A_b  c/d", "a-b-c-d"),
        ("-Zürich (HB)-", "zurich-hb"),
        ("Straße Łódź Ærø", "strasse-lodz-aero"),
        ("Москва 2", "москва-2"),
        ("札幌", "札幌"),
        ("CPE №3 ½", "cpe-no3-1-2"),
    ],
)
def test_a_slug_has_letters_digits_and_single_hyphens(text: str, expected: str) -> None:
    assert slug(text) == expected


@given(st.text())
def test_a_slug_is_its_own_slug(text: str) -> None:
    once = slug(text)
    assert slug(once) == once
    assert not re.search(r"^-|-$|--|_|\s", once)


@given(st.text())
def test_hexadecimal_digits_alone_are_left(text: str) -> None:
    assert set(hex_digits(text)) <= set("0123456789abcdefABCDEF")


@given(st.text(), st.sampled_from(sorted(FILTERS)))
def test_a_doubled_brace_is_a_brace_and_a_value_is_data(value: str, filtered: str) -> None:
    text = Placeholders.parse("{{" + "{x|" + filtered + "}" + "}}")
    assert text.fill(lambda name: value) == "{" + FILTERS[filtered](value) + "}"


@given(st.text())
def test_any_text_is_filled_or_refused(text: str) -> None:
    try:
        placeholders = Placeholders.parse(text)
    except ValueError as error:
        assert str(error).startswith("has a ")  # noqa: PT017 - not every text is refused
        return
    assert "|" not in "".join(placeholders.names)
    doubled = "{" not in text and "}" not in text
    assert not doubled or placeholders.fill(lambda name: name) == text


def test_the_nearest_name_is_one_that_is_close() -> None:
    assert nearest("Serial Nr", ["Site", "Serial Number"]) == "Serial Number"
    assert nearest("Customer", ["Site", "Serial Number"]) == ""
