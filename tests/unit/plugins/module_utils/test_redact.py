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


def test_longer_secrets_go_first() -> None:
    redactor = Redactor(["abc"])
    redactor.learn("abcdef", "")
    assert redactor.text("abcdef abc") == f"{HIDDEN} {HIDDEN}"


def test_values_of_a_body_are_learnt_by_their_names() -> None:
    redactor = Redactor()
    redactor.learn_from({"password": "pw-Zk81", "username": "device", "token": 5, "psk": ""})
    redactor.learn_from(None)
    assert redactor.text("pw-Zk81 device 5") == f"{HIDDEN} device 5"


def test_messages_of_a_secret_field_are_not_repeated() -> None:
    redactor = Redactor(["pw-Zk81"])
    errors = redactor.errors(
        {"password": ["81kZ-wp is pw-Zk81 backwards"], "name": ["pw-Zk81 is bad", "x"]}
    )
    assert errors == {
        "password": ["The platform does not accept this value."],
        "name": [f"{HIDDEN} is bad", "x"],
    }
