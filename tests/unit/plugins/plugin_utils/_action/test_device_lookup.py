# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup `zq_device`: what `zq_device_info` returns, and nothing selected by accident."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleLookupError
from ansible_collections.zequenze.control.plugins.lookup import zq_device
from ansible_collections.zequenze.control.plugins.modules import zq_device_info
from ansible_collections.zequenze.control.plugins.plugin_utils._action import (
    device_lookup as _device_lookup,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import TOKEN, URL, Platform
from ansible_collections.zequenze.control.tests.unit.support import run


@pytest.fixture(autouse=True)
def network(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three devices, and clients whose network is the platform in memory."""

    def client(connection: Any, *, read_only: bool) -> Any:
        assert read_only
        made = platform.client(read_only=True, token=connection.token)
        made.connection = connection
        return made

    monkeypatch.setattr(_device_lookup, "Client", client)
    monkeypatch.setenv("ZQ_URL", URL)
    monkeypatch.setenv("ZQ_TOKEN", TOKEN)
    platform.add("a, b", organization_id=1, status="Up")
    platform.add("c", organization_id=2, status="Up")
    platform.add("d", organization_id=2, status="Down")


def look_up(*terms: Any, **options: Any) -> list[Any]:
    return zq_device.LookupModule().run(list(terms), {}, **options)


def names(*terms: Any, **options: Any) -> list[str]:
    return [device["name"] for device in look_up(*terms, **options)]


@pytest.mark.parametrize(
    ("terms", "options", "found"),
    [
        (["c"], {}, ["c"]),
        (["d", "c"], {}, ["d", "c"]),
        ([["d", "c"]], {}, ["d", "c"]),
        ([["d"], "c", "c"], {}, ["d", "c"]),
        (["a, b"], {}, ["a, b"]),
        (["not there", "c"], {}, ["c"]),
        ([[]], {}, []),
        ([], {"organization": 2}, ["c", "d"]),
        ([], {"organization_id": [2, 1], "status": "up"}, ["a, b", "c"]),
        ([], {"status": "down", "type": None}, ["d"]),
        ([], {"all": True}, ["a, b", "c", "d"]),
        ([], {"all": "yes", "max_results": "2"}, ["a, b", "c"]),
    ],
)
def test_what_is_found(terms: list[Any], options: dict[str, Any], found: list[str]) -> None:
    assert names(*terms, **options) == found


def test_it_is_what_the_module_returns(platform: Platform) -> None:
    whole: dict[str, Any] = {"organization": 2, "detail": True}
    for given in ({"organization": 2}, whole):
        assert look_up(**given) == run(zq_device_info, platform, **given)["devices"]


@pytest.mark.parametrize(
    ("terms", "options", "words"),
    [
        ([], {}, "no name is given"),
        ([], {"organization": None}, "no name is given"),
        ([], {"organization": []}, "no name is given"),
        ([], {"all": False}, "no name is given"),
        (["c"], {"organization": 2}, "name: .*is given together with a filter"),
        (["c"], {"all": True}, "all: True is given together with names"),
        ([], {"all": True, "status": "up"}, "all: True is given together with a filter"),
        ([], {"status": "left"}, "status: 'left' is neither up nor down"),
        ([], {"organisation": 2}, "organisation"),
        (["c"], {"name": "d"}, "name"),
        ([], {"all": "perhaps"}, "perhaps"),
        ([""], {}, "is empty, and so is no device name"),
        ([None], {}, "is not a device name"),
        (["c"], {"url": "control.example.com"}, "url: .*is not an http or https address"),
        (["c"], {"timeout": 0}, "timeout: .*is out of range"),
        (["c"], {"page_size": 0}, "page_size: 0 is less than 1"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_asked(
    platform: Platform, terms: list[Any], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(AnsibleLookupError, match=f"zq_device: .*{words}"):
        look_up(*terms, **options)
    assert not platform.seen


def test_the_environment_is_read_and_what_is_wrong_in_it_names_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ZQ_TIMEOUT", "abc")
    with pytest.raises(AnsibleLookupError, match=r"ZQ_TIMEOUT.*'abc'|'abc'.*ZQ_TIMEOUT"):
        look_up("c")
    assert names("c", timeout=5) == ["c"]
    monkeypatch.setenv("ZQ_TOKEN", " ")
    with pytest.raises(AnsibleLookupError, match="token: is not given"):
        look_up("c", timeout=5)


def test_no_token_is_shown(platform: Platform) -> None:
    platform.add("e", description=f"my token is {TOKEN}")
    (device,) = look_up("e")
    assert TOKEN not in str(device)


def test_what_the_platform_says_of_an_error_is_escaped(platform: Platform) -> None:
    with pytest.raises(AnsibleLookupError) as caught:
        look_up("c", token="wrong\x1btoken")
    assert "\x1b" not in str(caught.value)
