# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Problems: collected with their places, and raised once."""

from __future__ import annotations

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    CombinedInputError,
    InputError,
)
from ansible_collections.zequenze.control.plugins.module_utils._problems import (
    ConfigError,
    Problem,
    Problems,
    text_of,
)
from ansible_collections.zequenze.control.plugins.module_utils._text import MAX_LISTED

ERROR = InputError("type", "x", "is no type", "Correct it.")


def raised(problems: Problems) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        problems.raise_if_any()
    return caught.value


def test_nothing_is_raised_for_nothing() -> None:
    Problems().raise_if_any()


def test_one_problem_and_several_of_one_place() -> None:
    problems = Problems()
    problems.add("d.csv:2", "is bad.", "type", "one")
    error = raised(problems)
    assert error.message == "1 problem: d.csv:2.type: one: is bad. Nothing was written."
    problems.add("scope", "is worse.")
    problems.add("d.csv:2", "is ugly.", "type", "one")
    error = raised(problems)
    assert error.what == (
        "3 problems: d.csv:2.type: one: is bad. | d.csv:2.type: one: is ugly. | scope: is worse."
    )
    assert error.errors == {
        "d.csv:2.type": ["one: is bad.", "one: is ugly."],
        "scope": ["is worse."],
    }


@pytest.mark.parametrize("count", [MAX_LISTED, MAX_LISTED + 1])
def test_a_message_lists_so_many_and_errors_has_all(count: int) -> None:
    problems = Problems()
    for number in range(count):
        problems.add(f"config[{number}]", f"{number} is bad.")
    error = raised(problems)
    assert error.what.count("is bad.") == MAX_LISTED
    assert ("… and 1 more" in error.what) is (count > MAX_LISTED)
    assert len(error.errors) == count


def test_many_that_are_alike_are_one_line_each_kind_with_the_first_places() -> None:
    problems = Problems()
    for number in range(1000):
        problems.add(f"a.yml line {number}", "is outside.", device="one")
    problems.add("scope", "is worse.")
    what = raised(problems).what
    assert what.startswith("1,001 problems: 1,000 times: is outside. At a.yml line 0; ")
    assert what.endswith("a.yml line 9; and 990 more | scope: is worse.")


@pytest.mark.parametrize(
    ("place", "field", "where", "text"),
    [
        ("type", "", "type", "'x' is no type. Correct it."),
        ("scope.type", "", "scope.type", "'x' is no type. Correct it."),
        ("config.a", "", "config.a", "type: 'x' is no type. Correct it."),
        ("config[0]", "kind", "config[0].kind", "'x' is no type. Correct it."),
    ],
)
def test_an_error_names_its_option_where_the_place_does_not(
    place: str, field: str, where: str, text: str
) -> None:
    problems = Problems()
    problems.add_error(place, ERROR, field)
    assert [(one.where(), one.text) for one in problems.found] == [(where, text)]


def test_what_is_said_of_a_name_does_not_repeat_the_name() -> None:
    assert Problem("d.csv:2", "name", "'a' is given twice.", "a").message == "'a' is given twice."
    assert Problem("d.csv:2", "type", "is bad.", "a").message == "a: is bad."
    assert Problem("d.csv:2", "type", "is bad.").message == "is bad."


def test_attempt_gives_the_value_or_adds_the_problem() -> None:
    def fail(_value: int) -> int:
        raise ERROR

    problems = Problems()
    assert problems.attempt(abs, -5) == 5
    assert problems.attempt(fail, 5) is None
    assert [(one.place, one.text) for one in problems.found] == [
        ("type", "'x' is no type. Correct it.")
    ]


def test_an_error_without_a_remedy() -> None:
    assert text_of(InputError("type", None, "cannot be read.", "")) == "cannot be read."


def test_of_an_attempt_each_thing_that_is_wrong_is_added() -> None:
    def parse(option: str) -> int:
        raise CombinedInputError([ERROR, InputError(f"{option}.b", None, "is bad", "Mend it.")])

    problems = Problems()
    assert problems.attempt(parse, "type") is None
    assert [(one.place, one.text) for one in problems.found] == [
        ("type", "'x' is no type. Correct it."),
        ("type.b", "is bad. Mend it."),
    ]
    with pytest.raises(InputError, match=r"type: 'x' is no type\. Correct it\. \| type\.b: is bad"):
        parse("type")
