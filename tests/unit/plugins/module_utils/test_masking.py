# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets of many devices: found wherever they stand, and masked as AnsibleModule masks them, in a time that does not explode."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.zequenze.control.plugins.module_utils._redact import Redactor, secrets_in
from ansible_collections.zequenze.control.plugins.module_utils._masking import (
    MASK,
    MAX_ONE_BY_ONE,
    mask,
    mask_secret_fields,
    secrets_found,
)
from hypothesis import given
from hypothesis import strategies as st

# No booleans: some cores look for secrets in the words True and False.
SCALARS = st.none() | st.integers(0, 999) | st.text('ab1 "\\\nü', max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
    ),
)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"password": "a"}, ["a"]),
        ({"password": 123}, ["123"]),
        ({"password": None, "token": ""}, []),
        ({"password": True}, []),
        ({"password": ["a", {"b": "c"}]}, ["a", "c"]),
        (
            {
                "config": [
                    {"name": "n", "password": "a"},
                    {"password": "b", "update_password": "always"},
                ]
            },
            ["a", "b"],
        ),
        ({"update_password": "always"}, []),
        (["password"], []),
    ],
)
def test_secrets_are_found_by_the_names_of_their_fields(value: Any, found: list[str]) -> None:
    assert list(secrets_in(value)) == found


def test_fields_that_hold_no_secret_are_left_as_they_are() -> None:
    value = {
        "config": [{"name": "n", "password": 5, "update_password": "always", "token": ""}],
        "password": None,
    }
    masked = {
        "config": [{"name": "n", "password": MASK, "update_password": "always", "token": ""}],
        "password": None,
    }
    assert mask_secret_fields(value) == masked


@given(VALUES, st.sets(st.text("ab1", min_size=1, max_size=4), min_size=1))
def test_secrets_looked_up_together_are_those_that_are_found_one_by_one(
    value: Any, secrets: set[str]
) -> None:
    # One by one: which of two secrets that overlap is masked first is up to the order of Ansible's set.
    assert secrets_found(value, secrets) == {
        one for one in secrets if remove_values({"value": value}, {one}) != {"value": value}
    }


@pytest.mark.parametrize("count", [1, MAX_ONE_BY_ONE, MAX_ONE_BY_ONE + 1, 5000])
def test_however_many_secrets_there_are_none_is_left(count: int) -> None:
    secrets = {f"pw-{number:05}" for number in range(count)}
    config = [
        {"name": f"d{number}", "password": secret} for number, secret in enumerate(sorted(secrets))
    ]
    result = {
        "plan": [
            {"name": one["name"], "before": {"description": f"x{one['password']}y"}}
            for one in config[:9]
        ],
        "n": 1,
    }
    masked = mask(result, {"config": config, "token": "t"}, secrets)
    assert "pw-0" not in repr(masked)
    assert masked["plan"][0] == {"name": "d0", "before": {"description": "x********y"}}
    assert masked["invocation"]["module_args"]["config"][0] == {"name": "d0", "password": MASK}


def test_a_redactor_learns_many_secrets_quickly_and_takes_out_the_longest_first() -> None:
    redactor = Redactor(["token"])
    for number in range(20_000):
        redactor.learn_from({"password": f"pw-{number}"})
    assert redactor.text("pw-1 pw-19999 token") == "******** ******** ********"


@given(VALUES, st.sets(st.text('ab1"\\\nü', min_size=1, max_size=3), min_size=1))
def test_what_is_left_as_it_is_holds_no_secret(value: Any, secrets: set[str]) -> None:
    result = {"value": value}
    masked = mask(result, {}, secrets)
    del masked["invocation"]
    assert masked == remove_values(result, secrets) or len(secrets) > MAX_ONE_BY_ONE


def test_numbers_and_booleans_that_look_like_a_secret_are_masked_as_ansible_masks_them() -> None:
    result = {"number": 4711, "more": [{"yes": True, "nothing": None}], "text": "none"}
    for secret in ("4711", "71", "True", "one", "rue"):
        assert {**mask(result, {}, {secret}), "invocation": None} == {
            **remove_values(result, {secret}),
            "invocation": None,
        }


@pytest.mark.parametrize("leaked", ["none", "pw-000009-x71271"])
def test_ten_thousand_secrets_in_ten_thousand_results_take_no_minute(leaked: str) -> None:
    secrets = {f"pw-{number:06}-x{number * 7919}" for number in range(10_000)}
    rows = [{"name": f"d{number}", "reason": "r" * 30 + str(number)} for number in range(10_000)]
    begun = time.process_time()
    masked = mask({"results": rows, "leaked": leaked}, {}, secrets)
    assert time.process_time() - begun < 10
    assert masked["results"] == rows
    assert "pw-" not in masked["leaked"]
