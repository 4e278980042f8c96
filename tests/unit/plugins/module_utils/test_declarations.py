# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared devices: what is accepted, and all that is said of what is not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._declarations import (
    ALIASES,
    CONFIG,
    CONFIG_ABSENT,
    DEVICE,
    KNOWN,
    REGISTRATION,
    Rules,
    canonical,
    check,
    declaration_from_params,
    declarations_from,
    key_error,
)
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._plan import Declaration
from ansible_collections.zequenze.control.plugins.module_utils._problems import Problems, text_of
from ansible_collections.zequenze.control.plugins.module_utils._schema import BY_NAME, WRITABLE
from hypothesis import given
from hypothesis import strategies as st

SECRET = "Kq7vX2-Zr9wT4"
KNOWN_ARE = f"Known are {', '.join(KNOWN)}."
STRUCTURE = "is a structure, where one value is wanted. Give one value."
NUMBER = "is not a whole number of 0 or more. Correct it."


def texts(fields: Any, rules: Rules = DEVICE) -> dict[str, str]:
    """Key → what is said of it."""
    return {key: text_of(error) for key, error in check(fields, rules).errors.items()}


def declared(*config: Any, state: str = "merged", **defaults: Any) -> list[Declaration]:
    problems = Problems()
    declarations = declarations_from(config, state, defaults, problems)
    assert problems.found == []
    return declarations


def problems_of(*config: Any, state: str = "merged") -> list[tuple[str, str, str]]:
    """Where, which device, and the beginning of what is wrong."""
    problems = Problems()
    declarations_from(config, state, {}, problems)
    return [(one.where(), one.device, one.text.split(". ")[0]) for one in problems.found]


# ----------------------------------------------------------------------------------- one device


@pytest.mark.parametrize(
    ("fields", "key", "text"),
    [
        (5, "", "is not a mapping of fields. Write each device as a mapping with a `name`."),
        (["a"], "", "is not a mapping of fields. Write each device as a mapping with a `name`."),
        (None, "", "is not a mapping of fields. Write each device as a mapping with a `name`."),
        ({}, "name", "is not given. Each device needs its name."),
        ({"name": None}, "name", "is not given. Each device needs its name."),
        (
            {"name": ""},
            "name",
            "'' is empty, and so is no device name. Give the name of the device.",
        ),
        ({"name": True}, "name", "True is not a device name. Give the name as text."),
        ({"name": ["a"]}, "name", STRUCTURE),
        (
            {"name": " a"},
            "name",
            "' a' begins or ends with white space, which the platform takes off. Take it off.",
        ),
        (
            {"name": "a", "new_name": "b "},
            "new_name",
            "'b ' begins or ends with white space, which the platform takes off. Take it off.",
        ),
        ({"name": "a", "colour": "red"}, "colour", f"is not known. {KNOWN_ARE}"),
        ({"name": "a", "colour": None}, "colour", f"is not known. {KNOWN_ARE}"),
        ({"name": "a", "colour": ["red"]}, "colour", f"is not known. {KNOWN_ARE}"),
        ({"name": "a", 5: "red"}, "5", f"is not known. {KNOWN_ARE}"),
        ({"name": "a", "debug": "maybe"}, "debug", "'maybe' is neither true nor false. "),
        ({"name": "a", "sync": 2}, "sync", "2 is neither true nor false. Give true or false."),
        (
            {"name": "a", "update_password": "never"},
            "update_password",
            "'never' is not known. Give on_create or always.",
        ),
        ({"name": "a", "description": {"b": "c"}}, "description", STRUCTURE),
        ({"name": "a", "description": ("b",)}, "description", STRUCTURE),
        ({"name": "a", "password": [SECRET]}, "password", STRUCTURE),
        ({"name": "a", "organization": "acme"}, "organization", f"'acme' {NUMBER}"),
        ({"name": "a", "organization_id": -1}, "organization_id", f"-1 {NUMBER}"),
        (
            {"name": "a", "organization": 1, "organization_id": 2},
            "organization",
            "is another name of organization_id, which is given too. Remove one of them.",
        ),
        (
            {"name": "a", "organization_id": 1, "organization": 1},
            "organization",
            "is another name of organization_id, which is given too. Remove one of them.",
        ),
        (
            {"name": "a", "latitude": "91"},
            "latitude",
            "'91' is not a number of degrees from -90 to 90. ",
        ),
        ({"name": "a", "type": " "}, "type", "' ' is neither the id nor the short name of a"),
    ],
)
def test_one_mistake_is_one_text(fields: Any, key: str, text: str) -> None:
    found = texts(fields)
    assert list(found) == [key]
    assert found[key].startswith(text)
    assert SECRET not in found[key]


def test_every_mistake_is_found_and_what_is_sound_is_kept() -> None:
    checked = check(
        {
            "name": "a",
            "colour": "red",
            "debug": "maybe",
            "organization": "x",
            "type": " 7 ",
            "update_password": "never",
            "customer_id": 12,
            "description": None,
        }
    )
    assert list(checked.errors) == ["colour", "debug", "organization", "update_password"]
    assert checked.values == {"name": "a", "type": " 7 ", "customer_id": 12, "description": None}
    assert checked.parsed == {"name": "a", "type": 7, "customer_id": "12"}


def test_a_name_given_twice_hides_no_mistake_after_it() -> None:
    fields = {"name": "a", "organization": 1, "organization_id": 2, "colour": "red", "debug": "so"}
    assert list(check(fields).errors) == ["organization", "colour", "debug"]


def test_values_stay_as_they_are_written() -> None:
    written = {"name": 17, "serial_number": "0012", "latitude": "40.7200", "debug": "yes"}
    checked = check(written)
    assert checked.values == written
    assert checked.parsed == {**written, "name": "17", "debug": True}


def test_an_error_in_place_of_a_value_is_what_is_said_of_it() -> None:
    error = InputError("name", None, "cannot be read", "Mend it.")
    assert texts({"name": error}) == {"name": "cannot be read. Mend it."}
    # That there is no such field matters more.
    assert texts({"name": "a", "colour": error}) == {"colour": f"is not known. {KNOWN_ARE}"}


def test_null_under_one_of_two_names_is_not_given() -> None:
    for fields in (
        {"name": "a", "organization": None, "organization_id": 3},
        {"name": "a", "organization_id": 3, "organization": None},
        {"name": "a", "organization_id": None, "organization": 3},
    ):
        checked = check(fields)
        assert checked.errors == {}
        assert checked.values["organization_id"] == 3


def test_what_is_refused_in_a_place_is_refused_under_each_of_its_names() -> None:
    rules = Rules(needs_name=False, refused={"organization_id": "is not for here"})
    for key in ("organization", "organization_id"):
        assert texts({key: 5}, rules) == {key: "is not for here. Remove it."}
        assert texts({key: None}, rules) == {key: "is not for here. Remove it."}
    assert "organization_id" not in texts({"x": 1}, rules)["x"]


def test_a_key_that_is_no_field_and_one_that_is_refused() -> None:
    assert text_of(key_error("colour")) == f"is not known. {KNOWN_ARE}"
    assert text_of(key_error("new_name", REGISTRATION)).startswith("cannot be given here: ")


def test_canonical_fields_have_the_names_of_the_schema_and_no_nulls() -> None:
    fields = {"name": "a", "organization": 3, "type": None}
    assert canonical(fields) == {"name": "a", "organization_id": 3}


# ----------------------------------------------------------------------------------- declarations


def test_a_declaration_has_its_fields_in_the_order_of_the_schema() -> None:
    (one,) = declared({"type": 5, "name": "a", "new_name": "b", "customer_id": 1, "sync": "yes"})
    assert one == Declaration("a", "b", sync=True, fields={"customer_id": "1", "type": 5})
    assert list(one.fields) == ["customer_id", "type"]


@pytest.mark.parametrize(
    ("state", "absent", "replace"),
    [
        ("merged", False, False),
        ("replaced", False, True),
        ("overridden", False, True),
        ("deleted", True, False),
    ],
)
def test_the_state_says_what_becomes_of_a_device(state: str, absent: bool, replace: bool) -> None:
    (one,) = declared({"name": "a", "type": 5}, state=state)
    assert (one.absent, one.replace) == (absent, replace)
    assert bool(one.fields) is not absent


def test_options_of_the_task_count_where_the_device_does_not_say_it() -> None:
    plain, own = declared(
        {"name": "a", "sync": None, "update_password": None},
        {"name": "b", "sync": False, "update_password": "on_create"},
        sync=True,
        update_password="always",
    )
    assert (plain.sync, plain.always_password) == (True, True)
    assert (own.sync, own.always_password) == (False, False)


def test_of_a_device_that_is_to_go_the_name_matters_alone() -> None:
    declarations = declared(
        {"name": " a", "new_name": "b", "latitude": "91", "serial_number": "S"},
        {"name": "b", "new_name": " ", "serial_number": "S"},
        {"name": "c", "new_name": "b"},
        state="deleted",
    )
    assert declarations == [Declaration(name, absent=True) for name in (" a", "b", "c")]
    assert problems_of(
        {"name": "a", "colour": 1, "debug": "x"}, {"name": "a"}, state="deleted"
    ) == [
        ("config[0].colour", "a", "is not known"),
        ("config[0].debug", "a", "'x' is neither true nor false"),
        ("config[1].name", "a", "'a' is given in config[0] too"),
    ]


def test_the_same_value_under_both_names_is_accepted_in_a_task_alone() -> None:
    fields = {"name": "a", "organization": 3, "organization_id": 3}
    assert texts(fields, CONFIG) == texts(fields, CONFIG_ABSENT) == {}
    assert list(texts(fields)) == ["organization"]
    assert list(texts({**fields, "organization": 4}, CONFIG)) == ["organization"]


def test_the_options_of_one_device() -> None:
    params = {"name": "a", "state": "present", "replace": True, "organization": 3, "token": "x"}
    one = declaration_from_params({**params, "organization_id": 3, "update_password": "always"})
    assert one == Declaration(
        "a", replace=True, always_password=True, fields={"organization_id": 3}
    )
    with pytest.raises(InputError, match="new_name: 'b' is given with `state: absent`"):
        declaration_from_params({"name": "a", "new_name": "b", "state": "absent"})
    with pytest.raises(InputError, match="name: '' is empty"):
        declaration_from_params({"name": "", "latitude": "91"})
    with pytest.raises(InputError, match="latitude: '91' is not a number of degrees"):
        declaration_from_params({"name": "a", "latitude": "91"})


# ----------------------------------------------------------------------------------- properties

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.binary(max_size=3)
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.text(), SCALARS))
KEYS = st.one_of(st.sampled_from([*KNOWN, *ALIASES]), st.text(max_size=5), st.integers(), st.none())
ANYTHING = st.one_of(VALUES, st.dictionaries(KEYS, VALUES, max_size=6))


@given(config=st.lists(ANYTHING, max_size=4), state=st.sampled_from(["merged", "deleted"]))
def test_whatever_is_given_each_device_is_declared_or_a_problem(
    config: list[Any], state: str
) -> None:
    problems = Problems()
    declarations = declarations_from(config, state, {}, problems)
    wrong = {problem.place for problem in problems.found}
    sound = [item for index, item in enumerate(config) if f"config[{index}]" not in wrong]
    assert len(sound) <= len(declarations) <= len(config)
    assert all(problem.text.endswith((".", "`.")) for problem in problems.found)


@given(fields=st.dictionaries(KEYS, VALUES, max_size=8))
def test_each_key_is_sound_or_wrong_and_never_both(fields: dict[Any, Any]) -> None:
    checked = check(fields, Rules(needs_name=False))
    for key, value in fields.items():
        name = ALIASES.get(key, key)
        doubled = key in ALIASES and value is not None and fields.get(name) is not None
        assert (str(key) in checked.errors) is (name not in checked.values or doubled)
    assert checked.parsed.keys() <= checked.values.keys()


@given(fields=st.dictionaries(KEYS, VALUES, max_size=8))
def test_what_is_sound_alone_is_sound_with_others(fields: dict[Any, Any]) -> None:
    together = check(fields, Rules(needs_name=False)).errors
    for key, value in fields.items():
        if key == "name" and fields.get("new_name") is not None:
            continue  # What gets another name may have any.
        alone = check({key: value}, Rules(needs_name=False)).errors
        assert alone.keys() <= together.keys()


@given(secret=st.one_of(st.lists(st.just(SECRET)), st.just({SECRET: SECRET}), st.just({SECRET})))
def test_no_message_repeats_a_secret(secret: Any) -> None:
    for name in [one.name for one in WRITABLE if one.secret]:
        found = texts({"name": "a", name: secret})
        assert list(found) == [name]
        assert SECRET not in found[name]


@given(fields=st.dictionaries(st.sampled_from([one.name for one in WRITABLE]), VALUES, max_size=8))
def test_what_is_declared_is_what_the_schema_makes_of_it(fields: dict[str, Any]) -> None:
    checked = check({"name": "a", **fields})
    for name in checked.parsed.keys() - {"name", *BOOLEANS}:
        assert checked.parsed[name] == BY_NAME[name].kind.parse(name, fields[name])


BOOLEANS = {"debug", "is_active", "firmware_image_is_pending"}
