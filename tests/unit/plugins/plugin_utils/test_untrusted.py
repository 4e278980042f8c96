# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of the API is marked where a core would take it for a template."""

from __future__ import annotations

import pytest
from ansible import context
from ansible_collections.zequenze.control.plugins.plugin_utils import _untrusted
from ansible_collections.zequenze.control.plugins.plugin_utils._untrusted import (
    as_str,
    listed_only,
    may_be_template,
    printable,
    untrusted,
)

INERT = ("plain", "", "ü", "}}", "a #jinja2: b")
EVIL = ("{{ 1 }}", "{% x %}", "{# y #}", "a { b", "#jinja2: variable_start_string:'<<'\n<< x >>")


@pytest.mark.parametrize("text", EVIL)
def test_what_may_be_a_template(text: str) -> None:
    assert may_be_template(text)
    marked = untrusted({"a": [text, 1, None, True], "b": text})
    assert marked == {"a": [text, 1, None, True], "b": text}
    if _untrusted._wrap:
        assert all(
            type(one).__name__ == "AnsibleUnsafeText" for one in (marked["b"], marked["a"][0])
        )
    assert printable(text).__class__ is str
    name = as_str(untrusted(text))
    assert name == text
    assert name.__class__ is str


@pytest.mark.parametrize("text", INERT)
def test_what_cannot_be_one_stays_as_it_is(text: str) -> None:
    assert not may_be_template(text)
    assert untrusted(text) is text
    assert printable([text, {"a": text}, 1]) == [text, {"a": text}, 1]


def test_only_ansible_inventory_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "CLIARGS", {})
    assert not listed_only()
    monkeypatch.setattr(context, "CLIARGS", {"export": False})
    assert listed_only()
