# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets of many devices: found in every free text, in a time that does not explode, and never in a name or a state."""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.zequenze.control.plugins.module_utils._redact import (
    HIDDEN,
    Redactor,
    names_a_secret,
    secrets_in,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._action.masking import (
    KEPT,
    MASK,
    MAX_ONE_BY_ONE,
    Masker,
    mask,
    mask_secret_fields,
)
from hypothesis import given
from hypothesis import strategies as st

MODULES = "ansible_collections.zequenze.control.plugins.modules"

# Neither numbers nor booleans: AnsibleModule masks those too.
SCALARS = st.none() | st.text('ab1 "\\\nü', max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
    ),
)


def masked(result: dict[str, Any], *secrets: str, **params: Any) -> dict[str, Any]:
    """The result without its arguments."""
    found = mask(result, params, set(secrets))
    del found["invocation"]
    return found


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
    expected = {
        "config": [{"name": "n", "password": MASK, "update_password": "always", "token": ""}],
        "password": None,
    }
    assert mask_secret_fields(value) == expected


def a_result() -> dict[str, Any]:
    """One of each kind of what a task returns, all of it made of few letters and digits."""
    return {
        "changed": True,
        "failed": False,
        "plan_digest": "0123456789abcdef" * 4,
        "plan": [{"name": "cpe-1234", "action": "create", "after": {"location_name": "Site 12"}}],
        "results": [
            {"name": "cpe-1234", "status": "done", "reason": "", "changed": True, "index": 12}
        ],
        "devices": [{"name": "new", "place": "d.csv:1234", "status": "new", "id": 1234}],
        "waves": [{"names": ["cpe-1234"], "failed": ["new"], "max_failures": 1}],
        "matching": [{"organization_id": 1, "names": ["cpe-1234", "done"]}],
        "summary": {"created": 1, "requests": 1234},
        "diff": {"before": {}, "after": {"cpe-1234": {"serial_number": "S1234", "username": "12"}}},
        "changed_fields": ["name", "serial_number"],
    }


@pytest.mark.parametrize(
    "secret",
    ["1", "2", "12", "1234", "cpe-1234", "new", "done", "csv", "create", "name", "True", "None"],
)
@pytest.mark.parametrize("more", [0, MAX_ONE_BY_ONE + 1])
def test_names_places_states_counts_and_digests_are_not_masked(secret: str, more: int) -> None:
    others = [f"another-{number}" for number in range(more)]
    assert masked(a_result(), secret, *others) == a_result()


@pytest.mark.parametrize("more", [0, MAX_ONE_BY_ONE + 1])
def test_free_text_is_masked_beside_them(more: int) -> None:
    others = [f"another-{number}" for number in range(more)]
    result = {
        "msg": "cpe-1234 was refused: 1234 is too short.",
        "reason": "1234",
        "errors": {"1234": ["1234 again"], "list": [{"deep": "x1234"}]},
        "warnings": ["no 1234"],
        "devices": [{"name": "cpe-1234", "description": "for 1234", "of another kind": "1234"}],
    }
    assert masked(result, "1234", *others) == {
        "msg": f"cpe-{HIDDEN} was refused: {HIDDEN} is too short.",
        "reason": MASK,
        "errors": {"1234": [f"{HIDDEN} again"], "list": [{"deep": f"x{HIDDEN}"}]},
        "warnings": [f"no {HIDDEN}"],
        "devices": [{"name": "cpe-1234", "description": f"for {HIDDEN}", "of another kind": MASK}],
    }


def test_of_a_difference_the_field_says_whether_its_values_are_free_text() -> None:
    result = {
        "fields": [
            {"field": "description", "declared": "x 12", "actual": None},
            {"field": "serial_number", "declared": "S12", "actual": "12"},
        ],
        "lines": ["one: differs", "  description: declared x 12, actual null"],
    }
    assert masked(result, "12") == {
        "fields": [
            {"field": "description", "declared": f"x {HIDDEN}", "actual": None},
            {"field": "serial_number", "declared": "S12", "actual": "12"},
        ],
        "lines": ["one: differs", f"  description: declared x {HIDDEN}, actual null"],
    }


def test_the_token_is_nobodys_name() -> None:
    result = {"name": "a tok-1 b", "names": ["tok-1"], "reason": "tok-1", "number": 5}
    assert masked(result, "tok-1", "5", token="tok-1") == {
        "name": f"a {HIDDEN} b",
        "names": [HIDDEN],
        "reason": MASK,
        "number": 5,
    }


# Whatever else is text in a result is said by people or by the server.
SAID = {"msg", "reason", "description", "errors", "lines", "detail", "remedy", "note"}
# Modules for the controller, whose results are not masked: they hold no secret, or are `no_log`.
NOT_MASKED = {"zq_credentials", "zq_report", "zq_variables", "zq_window_wait"}


def texts_of(returned: dict[str, Any]) -> Iterator[str]:
    for key, row in returned.items():
        if row.get("contains"):
            yield from texts_of(row["contains"])
        elif "str" in (row["type"], row.get("elements")):
            yield key


def test_every_text_that_a_module_returns_is_either_kept_or_free() -> None:
    """One that is added has to be decided about: masked, it is no data any more."""
    undecided = set()
    for file in (Path(__file__).parents[5] / "plugins" / "modules").glob("zq_*.py"):
        if file.stem not in NOT_MASKED:
            module = importlib.import_module(f"{MODULES}.{file.stem}")
            keys = set(texts_of(yaml.safe_load(module.RETURN)))
            undecided |= keys - KEPT - SAID
            assert not keys & KEPT & SAID
    assert undecided == set()


def test_no_field_that_holds_a_secret_is_left_out_of_masking() -> None:
    assert [key for key in KEPT if names_a_secret(key)] == []
    assert masked({"password": "p-1", "psk": "x p-1"}, "p-1") == {
        "password": MASK,
        "psk": f"x {HIDDEN}",
    }


def test_the_options_are_masked_by_field_and_by_value() -> None:
    params = {"name": "p-1", "password": "p-1", "url": "http://u:p-1@h", "config": "3 elements"}
    assert mask({}, params, {"p-1"})["invocation"]["module_args"] == {
        "name": "p-1",
        "password": MASK,
        "url": f"http://u:{HIDDEN}@h",
        "config": "3 elements",
    }


@given(VALUES, st.sets(st.text("ab1", min_size=1, max_size=4), min_size=1))
def test_secrets_looked_up_together_are_those_that_are_found_one_by_one(
    value: Any, secrets: set[str]
) -> None:
    together = secrets | {f"another-{number}" for number in range(MAX_ONE_BY_ONE)}
    assert Masker(together).value(value) == Masker(secrets).value(value)


@given(VALUES, st.text("ab1", min_size=1, max_size=4))
def test_what_is_masked_is_what_ansible_masks(value: Any, secret: str) -> None:
    # One secret: which of two that overlap is masked first is up to the order of Ansible's set.
    assert masked({"value": value}, secret) == remove_values({"value": value}, {secret})


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
    found = mask(result, {"config": config, "token": "t"}, secrets)
    assert "pw-0" not in repr(found)
    assert found["plan"][0] == {"name": "d0", "before": {"description": "x********y"}}
    assert found["invocation"]["module_args"]["config"][0] == {"name": "d0", "password": MASK}


def test_a_redactor_learns_many_secrets_quickly_and_takes_out_the_longest_first() -> None:
    redactor = Redactor(["token"])
    for number in range(20_000):
        redactor.learn_from({"password": f"pw-{number}"})
    assert redactor.text("pw-1 pw-19999 token") == "******** ******** ********"


@pytest.mark.parametrize("secrets", [{"ab", "abcd"}, {"abcd", "ab", ""}])
def test_the_longest_secret_goes_first(secrets: set[str]) -> None:
    assert Masker(secrets).text("xabcdy ab") == f"x{HIDDEN}y {HIDDEN}"


@given(VALUES, st.sets(st.text('ab1"\\\nü', min_size=1, max_size=3), min_size=1))
def test_what_is_left_as_it_is_holds_no_secret(value: Any, secrets: set[str]) -> None:
    found = masked({"value": value}, *secrets)
    assert found == {"value": Masker(secrets).value(value)}


@pytest.mark.parametrize("leaked", ["none", "pw-000009-x71271"])
def test_ten_thousand_secrets_in_ten_thousand_results_take_no_minute(leaked: str) -> None:
    secrets = {f"pw-{number:06}-x{number * 7919}" for number in range(10_000)}
    rows = [{"name": f"d{number}", "reason": "r" * 30 + str(number)} for number in range(10_000)]
    begun = time.process_time()
    found = mask({"results": rows, "leaked": leaked}, {}, secrets)
    assert time.process_time() - begun < 10
    assert found["results"] == rows
    assert "pw-" not in found["leaked"]


def test_ten_thousand_numbers_as_passwords_take_no_minute() -> None:
    secrets = {str(number) for number in range(10_000)}
    rows = [{"name": f"d{number}", "reason": f"refused: {number}"} for number in range(10_000)]
    begun = time.process_time()
    found = mask({"results": rows}, {}, secrets)
    assert time.process_time() - begun < 10
    assert {row["reason"] for row in found["results"]} == {f"refused: {HIDDEN}"}
    assert [row["name"] for row in found["results"]] == [row["name"] for row in rows]
