# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is stored of an answer, and to which query it is given again."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.cache import (
    CachedAnswer,
    cache_key,
    load,
    store,
)

DEVICES: list[dict[str, Any]] = [
    {"id": 1, "name": "ü {{ x }}", "latitude": None, "pending_settings": ["a"]}
]


def test_what_was_stored_comes_back_with_its_age(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    cache: dict[str, Any] = {}
    store(cache, "source", "key", DEVICES)
    monkeypatch.setattr(time, "time", lambda: 1042.5)
    found = load(json.loads(json.dumps(cache)), "source", "key")
    assert found == CachedAnswer(DEVICES, 42.5)
    monkeypatch.setattr(time, "time", lambda: 900.0)
    assert load(cache, "source", "key") == CachedAnswer(DEVICES, 0.0), (
        "a clock that was set back makes nothing younger than new"
    )


def test_another_query_gets_nothing() -> None:
    cache: dict[str, Any] = {}
    store(cache, "source", "key", DEVICES)
    assert load(cache, "source", "other") is None
    assert load(cache, "other", "key") is None


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        "text",
        {},
        {"key": "b"},
        {"key": "b", "devices": "{", "fetched": 1},
        {"key": "b", "devices": "[]", "fetched": "x"},
    ],
)
def test_what_is_broken_is_nothing(entry: Any) -> None:
    assert load({"source": entry}, "source", "b") is None


def test_a_cache_that_cannot_be_read_is_nothing() -> None:
    class Broken(dict):  # type: ignore[type-arg]
        def __getitem__(self, key: str) -> Any:
            raise AnsibleError("corrupt")

    assert load(Broken(), "source", "b") is None


def test_an_answer_belongs_to_all_that_makes_it() -> None:
    base = ("https://a/api", "token", {"organization": (1,), "detail": False})
    others = [
        ("https://b/api", *base[1:]),
        (base[0], "another", base[2]),
        (*base[:2], {"organization": (2,), "detail": False}),
        (*base[:2], {"organization": (1,), "detail": True}),
        (*base[:2], {"organization": (1,), "detail": False, "pending": "true"}),
    ]
    assert len({cache_key(*one) for one in (base, *others)}) == 6
    assert cache_key(*base) == cache_key(*base)
    assert "token" not in cache_key(*base)
