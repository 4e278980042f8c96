# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets in every form in which a server may repeat them."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._redact import HIDDEN, Redactor
from ansible_collections.zequenze.control.plugins.module_utils._secret_forms import (
    MIN_BASE64,
    MIN_ENCODED,
    forms_of,
)
from hypothesis import given
from hypothesis import strategies as st

SECRETS = [
    "tok-5f2c9e7b1a",
    "p&w \"ä\\ß<x>'%/+ Zk81",
    "8J1m?>~~zzZ?",
    "日本語のパスワード",
    "with\nlines\tand \x1b",
    "🙂🙃",
]


def as_go_has_it(text: str) -> str:
    encoded = json.dumps(text, ensure_ascii=False)
    for char in "<>&":
        encoded = encoded.replace(char, f"\\u{ord(char):04x}")
    return encoded


AROUND = [("", ""), ("a", "b"), ("user:", ""), ("Bearer ", "\n"), ("xy", "z" * 7)]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "encode",
    [
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        repr,
        quote,
        lambda text: quote(text, safe=""),
        quote_plus,
        lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
        lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
        lambda text: json.dumps(text).replace("/", "\\/"),  # as PHP has it
        as_go_has_it,
        html.escape,
        lambda text: html.escape(text, quote=False),
        lambda text: html.escape(text, quote=False).replace('"', "&quot;"),
        lambda text: html.escape(text).replace("&#x27;", "&apos;"),
        lambda text: html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        lambda text: "".join(f"&#{ord(char)};" for char in text),
        lambda text: "".join(f"&#x{ord(char):x};" for char in text),
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex().upper(),
    ],
)
@pytest.mark.parametrize(("before", "after"), AROUND)
def test_no_form_of_a_secret_is_left(secret: str, encode: object, before: str, after: str) -> None:
    assert callable(encode)
    form = encode(secret).strip("\"'")
    text = Redactor([secret]).text(f"{before}{form}{after}")
    assert text == f"{before}{HIDDEN}{after}"


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(("before", "after"), AROUND)
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_nor_in_base64_within_something_longer(
    secret: str, before: str, after: str, encode: object
) -> None:
    assert callable(encode)
    encoded = encode(f"{before}{secret}{after}".encode()).decode()
    shown = Redactor([secret]).text(f"Basic {encoded}.")
    assert HIDDEN in shown
    # What is left is what its neighbours share, no more than a character at either side.
    left = shown.removeprefix("Basic ").replace(HIDDEN, "")
    own = len(base64.b64encode(secret.encode()).decode().rstrip("="))
    assert len(left) <= len(encoded) - own + 4


@given(secret=st.text(min_size=1, max_size=20), before=st.text(max_size=5))
def test_no_secret_is_left_whatever_it_is(secret: str, before: str) -> None:
    shown = Redactor([secret]).text(f"{before}{secret}")
    assert HIDDEN in shown
    assert secret not in shown.replace(HIDDEN, "\0")


@pytest.mark.parametrize("secret", ["2", "ab", "abc"])
def test_what_is_short_is_not_looked_for_in_forms_that_any_text_holds(secret: str) -> None:
    assert len(secret) < MIN_ENCODED
    encoded = {secret.encode().hex(), base64.b64encode(secret.encode()).decode().rstrip("=")}
    assert not encoded & forms_of(secret)


def test_base64_of_a_few_characters_is_none() -> None:
    for form in forms_of("abcd") - {"abcd"}:
        assert len(form) >= MIN_BASE64, form
