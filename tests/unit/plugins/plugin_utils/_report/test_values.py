# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values as templates leave them, and times as people read them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report.values import (
    period,
    timestamp,
    to_bool,
    to_count,
    to_int,
    to_json,
    to_list,
    to_mapping,
    to_mappings,
    to_message,
    to_text,
)

BEGUN, ENDED = "2026-11-22T21:00:00Z", "2026-11-22T22:30:00Z"


@pytest.mark.parametrize(
    ("value", "number"),
    [(5, 5), ("5", 5), (5.0, 5), ("", None), (None, None), ("five", None), (float("inf"), None)],
)
def test_a_number_may_be_text(value: Any, number: int | None) -> None:
    assert to_int(value) == number
    assert to_count(value) == (number or 0)


def test_there_are_never_less_than_none() -> None:
    assert to_count("-3") == 0


@pytest.mark.parametrize("value", [True, "True", "yes", "on", 1, "1"])
def test_what_is_true(value: Any) -> None:
    assert to_bool(value)


@pytest.mark.parametrize("value", [False, "False", "no", "", None, 0, "0", "perhaps"])
def test_what_is_not_true(value: Any) -> None:
    assert not to_bool(value)


@pytest.mark.parametrize(
    ("value", "texts"),
    [(["a", 1, None], ["a", "1", ""]), (("a",), ["a"]), ("a", ["a"]), ("", []), (None, [])],
)
def test_a_single_text_is_a_list_of_one(value: Any, texts: list[str]) -> None:
    assert to_list(value) == texts


@pytest.mark.parametrize(
    "before",
    [
        "",
        (
            "Task failed: Finalization of task args for 'zequenze.control.zq_drift' failed: Error"
            " while resolving value for 'config': The lookup plugin 'zequenze.control.zq_x' failed: "
        ),
        (
            "An unhandled exception occurred while templating '{{ x }}'. Error was a <class 'E'>,"
            " original message: An unhandled exception occurred while running the lookup plugin"
            " 'zq_x'. Error was a <class 'ansible.errors.AnsibleError'>, original message: "
        ),
    ],
)
def test_a_lookup_says_itself_why_it_failed(before: str) -> None:
    told = "d.csv: 'original message: ' is no type\nThe lookup plugin 'x' failed: y"
    assert to_message(f"{before}{told}") == told


def test_what_is_of_another_kind_is_nothing() -> None:
    assert to_mapping("a") == {}
    assert to_mappings([{"a": 1}, None, "x"]) == [{"a": 1}]
    assert to_mappings(None) == []
    assert to_text(None) == ""


def test_json_has_the_context_and_takes_any_value() -> None:
    text = to_json({"a": "ä"}, {"slice": "1 of 4", "when": object})
    assert json.loads(text)["slice"] == "1 of 4"
    assert '"a": "ä"' in text


@pytest.mark.parametrize(
    ("begun", "ended", "text"),
    [
        (BEGUN, ENDED, "2026-11-22 21:00 – 22:30 UTC (1 h 30 min)"),
        (BEGUN, "2026-11-23T01:00:00+02:00", "2026-11-22 21:00 – 23:00 UTC (2 h)"),
        (BEGUN, "2026-11-23T21:00:00", "2026-11-22 21:00 – 2026-11-23 21:00 UTC (1 d)"),
        (BEGUN, "2026-11-22T21:00:12Z", "2026-11-22 21:00 UTC (12 s)"),
        (BEGUN, BEGUN, "2026-11-22 21:00 UTC"),
        (BEGUN, "", "begun 2026-11-22 21:00 UTC"),
        (None, ENDED, ""),
        ("yesterday", ENDED, ""),
    ],
)
def test_from_when_to_when(begun: Any, ended: Any, text: str) -> None:
    assert period(begun, ended) == text


def test_what_is_no_time_is_no_timestamp() -> None:
    assert timestamp("yesterday") == ""
