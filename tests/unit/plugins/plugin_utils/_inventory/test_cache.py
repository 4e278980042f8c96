# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is stored of an answer, and to which query it is given again."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.cache import BaseFileCacheModule
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.cache import (
    CachedAnswer,
    cache_key,
    keep_private,
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


class FileCache(BaseFileCacheModule):  # type: ignore[misc, unused-ignore]
    """A cache plugin that writes files, as far as it is asked where they are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _get_cache_file_name(self, key: str) -> str:
        return str(self._folder / f"prefix_{key}")

    def _load(self, filepath: str) -> object:
        raise NotImplementedError

    def _dump(self, value: object, filepath: str) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o664, 0o777, 0o600, 0o400])
def test_only_its_owner_can_read_the_file_of_a_cache(tmp_path: Path, mode: int) -> None:
    other = tmp_path / "prefix_other"
    files = [tmp_path / "prefix_source", tmp_path / "prefix_s1_source"]
    for file in (*files, other):
        file.write_text("names of customers", encoding="utf-8")
        file.chmod(mode)
    assert keep_private(SimpleNamespace(_plugin=FileCache(tmp_path)), "source") is None
    assert [file.stat().st_mode & 0o7777 for file in files] == [mode & 0o600] * 2
    assert other.stat().st_mode & 0o7777 == mode, "what belongs to another source is left alone"


def test_a_cache_without_a_file_is_left_alone(tmp_path: Path) -> None:
    caches: list[Any] = [{}, SimpleNamespace(_plugin=object()), SimpleNamespace(_plugin=None)]
    for cache in caches:
        assert keep_private(cache, "source") is None
    assert keep_private(SimpleNamespace(_plugin=FileCache(tmp_path)), "source") is None


def test_a_file_of_another_user_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "prefix_source"
    file.write_text("names of customers", encoding="utf-8")
    file.chmod(0o644)

    def refuse(_self: Path, _mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    warning = keep_private(SimpleNamespace(_plugin=FileCache(tmp_path)), "source")
    assert warning == f"others may read the cache, {file}: Operation not permitted"
