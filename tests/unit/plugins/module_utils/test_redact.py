# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are taken out by the names of fields, and by their values in every form."""

from __future__ import annotations

import html
import json
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._redact import (
    HIDDEN,
    SECRET_NAME,
    Redactor,
    names_a_secret,
    secrets_in,
    without_secrets,
)
from hypothesis import given
from hypothesis import strategies as st

SECRETS = [
    "password",
    "Password",
    "wifi_password",
    "passwd",
    "passphrase",
    "psk",
    "client_secret",
    "api_key",
    "apikey",
    "wpa2_key",
    "wpa_key",
    "pre_shared_key",
    "private_key",
    "auth_token",
    "credentials",
    "Authorization",
]
INNOCENT = [
    "name",
    "username",
    "description",
    "serial_number",
    "passive",
    "key",
    "location_short_name",
    "monkey",
    "unique_identifier",
]


@pytest.mark.parametrize("name", SECRETS)
def test_names_of_secrets(name: str) -> None:
    assert SECRET_NAME.search(name)
    assert without_secrets({name: "x", "name": "r1"}) == {"name": "r1"}


@pytest.mark.parametrize("name", INNOCENT)
def test_innocent_names(name: str) -> None:
    assert without_secrets({name: "x"}) == {name: "x"}


@given(st.text(min_size=1, max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_every_form_is_taken_out(secret: str, before: str, after: str) -> None:
    forms = [
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
    ]
    redactor = Redactor([secret])
    for form in forms:
        assert redactor.text(form).strip("*") == ""
        # One left to itself, whatever is around it, unless the secret is made of what hides it.
        if not set(secret) & set(HIDDEN) and form not in before + after:
            assert form not in redactor.text(f"{before} {form} {after}") or form == " "


SECRET = "p&w \"ä\\ß<x>'%/+\n Zk81"


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        r"""p&w \"\u00e4\\\u00df<x>'%/+\n Zk81""",
        r"""p&w \"ä\\ß<x>'%/+\n Zk81""",
        r"""p&w "ä\\ß<x>\'%/+\n Zk81""",
        "p%26w%20%22%C3%A4%5C%C3%9F%3Cx%3E%27%25/%2B%0A%20Zk81",
        "p%26w%20%22%C3%A4%5C%C3%9F%3Cx%3E%27%25%2F%2B%0A%20Zk81",
        "p%26w+%22%C3%A4%5C%C3%9F%3Cx%3E%27%25%2F%2B%0A+Zk81",
        "p&amp;w &quot;ä\\ß&lt;x&gt;&#x27;%/+\n Zk81",
    ],
    ids=["as it is", "JSON, ASCII", "JSON", "Python", "path", "URL", "form", "HTML"],
)
def test_a_secret_is_taken_out_in_each_of_its_forms(form: str) -> None:
    redactor = Redactor([SECRET])
    assert redactor.text(f"before {form} after {form}") == f"before {HIDDEN} after {HIDDEN}"


def test_what_hides_a_secret_tells_nothing_of_it() -> None:
    assert HIDDEN == "********"
    assert Redactor(["ab", "a-much-longer-one"]).text("ab, a-much-longer-one") == (
        "********, ********"
    )


@pytest.mark.parametrize("secrets", [("abc", "abcdef"), ("abcdef", "abc")])
def test_longer_secrets_go_first_whenever_they_were_learnt(secrets: tuple[str, str]) -> None:
    together = Redactor(secrets)
    one_by_one = Redactor()
    for secret in secrets:
        one_by_one.learn(secret)
        one_by_one.text("")
    for redactor in (together, one_by_one):
        assert redactor.text("abcdef abc") == f"{HIDDEN} {HIDDEN}"


def test_of_secrets_that_overlap_no_end_is_left() -> None:
    assert Redactor(["bcd", "abc", "cde"]).text("xabcdex") == f"x{HIDDEN}x"


def test_an_empty_secret_hides_nothing() -> None:
    redactor = Redactor([""])
    redactor.learn("", "abc")
    assert redactor.text("x abc y") == f"x {HIDDEN} y"


def test_a_secret_that_is_the_form_of_another_is_learnt_with_its_own_forms() -> None:
    redactor = Redactor(["pw/Zk81"])
    redactor.learn("pw%2FZk81")
    assert redactor.text("pw%252FZk81") == HIDDEN


def test_what_is_learnt_later_is_taken_out_from_then_on() -> None:
    redactor = Redactor()
    assert redactor.text("abc def") == "abc def"
    redactor.learn("abc")
    assert redactor.text("abc def") == f"{HIDDEN} def"
    redactor.learn("abc", "def")
    assert redactor.text("abc def") == f"{HIDDEN} {HIDDEN}"


def test_a_structure_loses_its_secrets_in_keys_and_values_however_deep() -> None:
    redactor = Redactor(["Zk81"])
    data = {"a Zk81": ["Zk81 b", {"c": {"Zk81": "Zk81"}}, 81, None, True, 1.5], 7: ["x"]}
    assert redactor.data(data) == {
        f"a {HIDDEN}": [f"{HIDDEN} b", {"c": {HIDDEN: HIDDEN}}, 81, None, True, 1.5],
        "7": ["x"],
    }
    assert redactor.data([["Zk81"]]) == [[HIDDEN]]


def test_values_of_a_body_are_learnt_by_their_names() -> None:
    redactor = Redactor()
    redactor.learn_from({"password": "pw-Zk81", "username": "device", "token": 5, "psk": ""})
    redactor.learn_from(None)
    assert redactor.text("pw-Zk81 device 5") == f"{HIDDEN} device 5"


def test_messages_of_a_secret_field_are_not_repeated() -> None:
    redactor = Redactor(["pw-Zk81", "value"])
    errors = redactor.errors(
        {
            "password": ["81kZ-wp is pw-Zk81 backwards", "x"],
            "name": ["pw-Zk81 is bad", "x"],
            "of pw-Zk81": [],
            "token of pw-Zk81": ["x"],
        }
    )
    assert errors == {
        "password": ["The platform does not accept this value."],
        "name": [f"{HIDDEN} is bad", "x"],
        f"of {HIDDEN}": [],
        f"token of {HIDDEN}": ["The platform does not accept this value."],
    }


def test_an_option_that_says_when_a_password_is_sent_is_no_secret() -> None:
    assert names_a_secret("password") is True
    assert names_a_secret("update_password") is False
    assert names_a_secret("name") is False
    row = {"name": "r1", "update_password": "always"}
    assert without_secrets(row) is row


def test_a_row_without_secrets_is_given_back_and_one_with_secrets_is_left_as_it_was() -> None:
    row = {"name": "r1", "type": 5}
    assert without_secrets(row) is row
    with_secrets = {"name": "r1", "password": "x", "wifi_key": "y"}
    assert without_secrets(with_secrets) == {"name": "r1"}
    assert with_secrets == {"name": "r1", "password": "x", "wifi_key": "y"}


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        ({"password": "a", "name": "b"}, ["a"]),
        ([{"token": "a"}, {"token": "b"}, "c", None], ["a", "b"]),
        ({"deep": {"deeper": [{"psk": "a"}]}, "list": [["b", {"psk": "c"}]]}, ["a", "c"]),
        ({"credentials": {"user": "a", "list": ["b", {"c": "d"}], "n": 5}}, ["a", "b", "d", "5"]),
        ({"password": None, "psk": "", "token": True, "secret": False, "api_key": 0}, ["0"]),
        ({"update_password": "always"}, []),
        ("password", []),
        (None, []),
    ],
)
def test_secrets_of_a_structure(value: object, secrets: list[str]) -> None:
    assert list(secrets_in(value)) == secrets
