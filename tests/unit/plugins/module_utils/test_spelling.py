# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that nobody means, in any place where devices are declared."""

from __future__ import annotations

import unicodedata
from types import ModuleType
from typing import Any, Callable

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._declarations import (
    CONFIG,
    CONFIG_ABSENT,
    DEVICE,
    REGISTRATION,
    Rules,
    check,
    declaration_from_params,
    declarations_from,
)
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._problems import Problems, text_of
from ansible_collections.zequenze.control.plugins.modules import (
    zq_device,
    zq_fleet,
    zq_onboarding_plan,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import failure
from hypothesis import given
from hypothesis import strategies as st

SECRET = "Kq7vX2-Zr9wT4"
INVISIBLE = st.characters(categories=["Cc", "Cf", "Zl", "Zp"])
WORDS = st.text(st.characters(codec="ascii", categories=["L"]), min_size=1)
EVERY_PLACE = pytest.mark.parametrize("rules", [DEVICE, CONFIG, REGISTRATION])


def wrong(fields: dict[str, Any], rules: Rules = DEVICE) -> dict[str, str]:
    return {key: text_of(error) for key, error in check(fields, rules).errors.items()}


@EVERY_PLACE
@pytest.mark.parametrize("field", ["name", "serial_number"])
@pytest.mark.parametrize(
    ("char", "words"),
    [
        ("\u200b", "ZERO WIDTH SPACE (U+200B)"),
        ("\u200d", "ZERO WIDTH JOINER (U+200D)"),
        ("\u2060", "WORD JOINER (U+2060)"),
        ("\ufeff", "ZERO WIDTH NO-BREAK SPACE (U+FEFF)"),
        ("\u00ad", "SOFT HYPHEN (U+00AD)"),
        ("\u202e", "RIGHT-TO-LEFT OVERRIDE (U+202E)"),
        ("\U000e0041", "TAG LATIN CAPITAL LETTER A (U+E0041)"),
        ("\n", "the end of a line (U+000A)"),
        ("\r", "the end of a line (U+000D)"),
        ("\u0085", "the end of a line (U+0085)"),
        ("\u2028", "the end of a line (U+2028)"),
        ("\u2029", "the end of a line (U+2029)"),
        ("\t", "a control character (U+0009)"),
        ("\x1b", "a control character (U+001B)"),
        ("\x7f", "a control character (U+007F)"),
        ("\0", "a control character (U+0000)"),
    ],
)
def test_a_character_that_cannot_be_seen_is_named(
    rules: Rules, field: str, char: str, words: str
) -> None:
    text = f"gw{char}1"
    found = wrong({"name": "a", field: text}, rules)
    assert list(found) == [field]
    assert found[field].startswith(f"{text!r} holds {words}, which cannot be seen. Take it out.")


@given(before=WORDS, char=INVISIBLE, after=WORDS, field=st.sampled_from(["name", "serial_number"]))
def test_no_such_character_passes_anywhere(before: str, char: str, after: str, field: str) -> None:
    found = wrong({"name": "a", field: f"{before}{char}{after}"})
    assert list(found) == [field]
    assert found[field].isprintable()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), min_size=1))
def test_every_character_that_can_be_seen_may_be_in_a_name(text: str) -> None:
    assert wrong({"name": f"a{text}b", "new_name": f"b{text}a"}) == {}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_device_with_any_name_can_be_renamed_and_deleted(name: str) -> None:
    if not name.strip() or name in (".", ".."):
        return
    assert wrong({"name": name, "new_name": "sound"}) == {}
    assert wrong({"new_name": "sound", "name": name}, CONFIG) == {}
    assert wrong({"name": name}, CONFIG_ABSENT) == {}
    renamed = declaration_from_params({"name": name, "new_name": "sound", "state": "present"})
    assert (renamed.name, renamed.new_name) == (name, "sound")
    gone = declaration_from_params({"name": name, "state": "absent"})
    assert (gone.name, gone.absent) == (name, True)


def test_the_remedy_for_a_name_says_how_to_get_rid_of_it() -> None:
    found = wrong({"name": "gw\u200b1"})["name"]
    assert found.endswith(
        "A device that is called so already is renamed with `new_name`, or deleted by its name."
    )


def test_a_new_name_cannot_be_one_that_cannot_be_seen() -> None:
    assert list(wrong({"name": "gw\u200b1", "new_name": "gw\u200b2"})) == ["new_name"]
    assert list(wrong({"name": "gw\u200b1", "new_name": None})) == ["name"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("N/A", "is a placeholder, and no name"),
        ("-", "is a placeholder, and no name"),
        ("TBD", "is a placeholder, and no name"),
        ("4.02211E+11", "is a number that a spreadsheet has shortened"),
        ("4,02211e+11", "is a number that a spreadsheet has shortened"),
        ("gw\u200b1", "holds ZERO WIDTH SPACE (U+200B), which cannot be seen. Take it out."),
    ],
)
def test_a_name_that_no_new_device_is_given(name: str, words: str) -> None:
    found = wrong({"name": name}, REGISTRATION)
    assert list(found) == ["name"]
    assert found["name"].startswith(f"{name!r} {words}")
    assert "new_name" not in found["name"]


@pytest.mark.parametrize("name", ["unknown", "N/A", "4.02211E+11"])
def test_a_device_that_is_called_so_can_be_declared(name: str) -> None:
    assert wrong({"name": name}) == wrong({"name": name}, CONFIG) == {}


def test_a_fleet_is_told_where_it_stands() -> None:
    problems = Problems()
    declarations_from(
        [{"name": "a"}, {"name": "b", "serial_number": "4.02211E+11"}], "merged", {}, problems
    )
    (problem,) = problems.found
    assert (problem.where(), problem.device) == ("config[1].serial_number", "b")


@EVERY_PLACE
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("4.02211E+11", "is a number that a spreadsheet has shortened"),
        ("4,02211E+11", "is a number that a spreadsheet has shortened"),
        ("4.02211e+11", "is a number that a spreadsheet has shortened"),
        ("4.02211E11", "is a number that a spreadsheet has shortened"),
        ("-1.5E-7", "is a number that a spreadsheet has shortened"),
        ("5E+15", "is a number that a spreadsheet has shortened"),
        (" 4.02211E+11 ", "is a number that a spreadsheet has shortened"),
        ("402211000101.0", "is a number with decimals"),
        ("402211000101,00", "is a number with decimals"),
        (402211000101.0, "is neither text nor a whole number"),
        (4.02211e11, "is neither text nor a whole number"),
        (float("inf"), "is neither text nor a whole number"),
        (True, "is neither text nor a whole number"),
        ('="001234"', "is a formula of a spreadsheet"),
        ("=A1", "is a formula of a spreadsheet"),
        ("'001234", "begins with the mark by which a spreadsheet knows text"),
        ("N/A", "is a placeholder"),
        ("n/a", "is a placeholder"),
        ("-", "is a placeholder"),
        ("--", "is a placeholder"),
        ("—", "is a placeholder"),
        ("?", "is a placeholder"),
        ("...", "is a placeholder"),
        ("none", "is a placeholder"),
        ("None", "is a placeholder"),
        ("NULL", "is a placeholder"),
        ("NaN", "is a placeholder"),
        ("#N/A", "is a placeholder"),
        ("#REF!", "is a placeholder"),
        ("Unknown", "is a placeholder"),
    ],
)
def test_what_is_no_serial_number(rules: Rules, value: Any, words: str) -> None:
    found = wrong({"name": "a", "serial_number": value}, rules)
    assert list(found) == ["serial_number"]
    assert found["serial_number"].startswith(f"{value!r} {words}")


@EVERY_PLACE
@pytest.mark.parametrize(
    "value",
    [
        "",
        "  ",
        "0",
        "001234",
        402211000101,
        "402211000101",
        # In hexadecimal digits, or with a maker's own dots and dashes.
        "402211E11",
        "12E5",
        "1e5",
        "4.0.2",
        "12.34",
        "-12",
        "A=B",
        "NONE-7",
        "NA12",
        "SN 1/2",
        "#12",
        "Seriennummer-ä",
    ],
)
def test_what_may_be_a_serial_number(rules: Rules, value: Any) -> None:
    assert wrong({"name": "a", "serial_number": value}, rules) == {}


@given(st.integers(10**9, 10**15))
def test_what_a_spreadsheet_makes_of_a_long_number_is_refused(number: int) -> None:
    for text in (f"{number:.5E}", f"{number:g}", f"{float(number)}", f'="{number}"', f"'{number}"):
        assert (
            list(wrong({"name": "a", "serial_number": text})) == ["serial_number"]
            or text.isdecimal()
        )
    assert wrong({"name": "a", "serial_number": str(number)}) == {}


def test_a_name_that_is_a_formula() -> None:
    assert wrong({"name": '="gw-1"'})["name"] == (
        "'=\"gw-1\"' is a formula of a spreadsheet. Write the text itself."
    )
    assert wrong({"name": "=gw-1"}) == {}


@pytest.mark.parametrize(
    "field", ["customer_id", "description", "location_name", "type", "username", "serial_number"]
)
def test_half_a_character_is_no_text(field: str) -> None:
    found = wrong({"name": "a", field: "x\ud83d"})
    assert found == {
        field: "'x\\ud83d' holds half a character, and so is no Unicode text. Correct it."
    }


def test_half_a_character_in_a_password_is_refused_and_not_shown() -> None:
    found = wrong({"name": "a", "password": f"{SECRET}\udcff"})
    assert found == {"password": "holds half a character, and so is no Unicode text. Correct it."}


def test_other_texts_may_hold_line_ends() -> None:
    assert wrong({"name": "a", "description": "one\ntwo\u200b", "password": "\x07"}) == {}


def test_what_is_said_of_a_device_alone_is_the_same() -> None:
    with pytest.raises(InputError, match="serial_number: 'N/A' is a placeholder"):
        declaration_from_params({"name": "a", "serial_number": "N/A"})


@pytest.mark.parametrize("field", ["name", "serial_number"])
@pytest.mark.parametrize("text", ["gw\u200b1", "gw\n1", "gw\u20281"])
@pytest.mark.parametrize(
    ("module", "as_options"),
    [
        (zq_device, lambda device: device),
        (zq_fleet, lambda device: {"config": [device]}),
        (zq_fleet, lambda device: {"config": [device], "state": "replaced"}),
        (zq_onboarding_plan, lambda device: {"rows": [device]}),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_every_module_refuses_it_and_writes_nothing(
    platform: Platform,
    field: str,
    text: str,
    module: ModuleType,
    as_options: Callable[[dict[str, Any]], dict[str, Any]],
    check_mode: bool,
) -> None:
    device = {"name": "a", "type": 5, "organization_id": 1, field: text}
    error = failure(module, platform, check=check_mode, **as_options(device))
    assert "which cannot be seen" in error.message
    assert error.message.isprintable()
    assert {request.method for request in platform.seen} <= {"GET"}


def test_the_four_categories_are_those_of_unicode() -> None:
    """All of them, and no other character that stands for itself."""
    for code in range(0x20000):
        char = chr(code)
        category = unicodedata.category(char)
        refused = bool(wrong({"name": f"a{char}b"}))
        assert refused == (category in ("Cc", "Cf", "Zl", "Zp", "Cs")), hex(code)
