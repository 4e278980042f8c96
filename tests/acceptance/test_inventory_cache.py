# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cache: no request while it is fresh, nobody else's answer ever, no secret in it, and a stale one only with a loud warning."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.inventory.programs import Inventory
from tests.acceptance.support import Platform, Relay, leaks, serving


@pytest.fixture
def inventory(platform: Platform, tmp_path: Path) -> Inventory:
    platform.seed(count=12, organizations=[1, 2])
    return Inventory(platform, tmp_path)


def cached(inventory: Inventory, **more: Any) -> dict[str, Any]:
    """Options with which answers are kept in a folder."""
    return {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(inventory.folder / "cache"),
        **more,
    }


def files(inventory: Inventory) -> list[Path]:
    folder = inventory.folder / "cache"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_without_it_each_run_asks(inventory: Inventory) -> None:
    assert len(inventory().requests) == len(inventory.again().requests) == 1
    assert files(inventory) == []


def test_fresh_means_no_request(inventory: Inventory) -> None:
    options = cached(inventory, page_size=5)
    first = inventory(**options)
    second = inventory("-vvv", **options)
    assert (len(first.requests), len(second.requests)) == (3, 0)
    assert second.hostvars == first.hostvars
    assert second.groups == first.groups
    assert "12 devices from the cache" in second.said
    assert "no request" in second.said


def test_one_key_for_each_source(inventory: Inventory) -> None:
    options = cached(inventory)
    inventory(**options)
    assert len(files(inventory)) == 1
    for name, organization in (("a.zq.yml", 1), ("b.zq.yml", 2)):
        inventory.source(name, filters={"organization": organization}, **options)
    both = ("-i", inventory.folder / "a.zq.yml", "-i", inventory.folder / "b.zq.yml")
    assert len(inventory.again(*both).requests) == 2
    assert len(files(inventory)) == 3
    done = inventory.again(*both)
    assert done.requests == []
    assert {
        group: len(hosts) for group, hosts in done.groups.items() if group.startswith("org")
    } == {
        "organization_1": 6,
        "organization_2": 6,
    }


def test_no_secret_is_in_it(inventory: Inventory) -> None:
    token = "Gx5mD1Vy8pL6Wt2kJ9"
    inventory.platform.simulator.add_token(token)
    rows = [
        {"id": 1, "name": "one", "password": "Kq7vX2", "wifi_psk": "Zr9wT4", "organization_id": 1}
    ]
    inventory.platform.simulator.fault("shape", body={"count": 1, "results": rows}, times=1)
    done = inventory("-vvvvv", env={"ZQ_TOKEN": token}, **cached(inventory))
    assert list(done.hostvars) == ["one"]
    assert not leaks(done.text)
    (file,) = files(inventory)
    assert not leaks(file.read_bytes() + file.name.encode())
    assert token not in file.read_text(encoding="utf-8")
    assert inventory.platform.url not in file.name
    assert len(inventory.again(env={"ZQ_TOKEN": token}).requests) == 0


def test_only_its_owner_can_read_it(inventory: Inventory) -> None:
    options = cached(inventory)
    inventory(**options)
    (file,) = files(inventory)
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    assert inventory(**options).requests == []
    assert file.stat().st_mode & 0o777 == 0o600, "also one of an earlier version"


def test_another_query_never_gets_it(inventory: Inventory) -> None:
    options = cached(inventory)
    inventory(**options)
    asked: list[dict[str, Any]] = [
        {"filters": {"organization": 1}},
        {"filters": {"organization": 2}},
        {"filters": {"status": "up"}},
        {"pending": True},
        {"update_status": True},
        {"detail": True},
        {},
    ]
    for more in asked:
        assert len(inventory(**options, **more).requests) >= 1, more
        assert len(inventory(**options, **more).requests) == 0, more


def test_another_tenant_or_server_never_gets_it(inventory: Inventory) -> None:
    options = cached(inventory)
    inventory.platform.simulator.add_token("of-one", [1])
    inventory.platform.simulator.add_token("of-two", [2])
    for token, organization in (("of-one", 1), ("of-two", 2)):
        done = inventory(env={"ZQ_TOKEN": token}, **options)
        assert len(done.requests) == 1
        assert set(done.groups) >= {f"organization_{organization}"}
        assert {variables["zq_organization_id"] for variables in done.hostvars.values()} == {
            organization
        }
    with serving(Relay(inventory.platform.port)) as relay:
        url = inventory.platform.url.replace(f":{inventory.platform.port}", f":{relay.port}")
        assert len(inventory(env={"ZQ_TOKEN": "of-two", "ZQ_URL": url}, **options).requests) == 1
    said = inventory.fails(env={"ZQ_TOKEN": "revoked"}, **options)
    assert "answered 401" in said


def test_grouping_and_naming_take_effect_at_once(inventory: Inventory) -> None:
    options = cached(inventory)
    first = inventory(**options)
    changed: dict[str, Any] = {
        "group_by": ["status"],
        "group_prefix": "g_",
        "hostnames": ["zq_serial_number"],
        "hostvars_prefix": "zq_",
        "compose": {"a": "zq_id"},
        "keyed_groups": [{"key": "zq_manufacturer", "prefix": "m"}],
        "page_size": 7,
        "concurrency": 2,
        "timeout": 5,
        "min_hosts": 1,
    }
    second = inventory(**options, **changed)
    assert second.requests == []
    assert "g_statuses" in second.children
    assert all(name.startswith("SN") for name in second.hostvars)
    assert all(variables["a"] == variables["zq_id"] for variables in second.hostvars.values())
    assert len(first.hostvars) == len(second.hostvars)
    assert "min_hosts" in inventory.fails(**options, min_hosts=100)


def test_flush_cache_asks_and_keeps_anew(inventory: Inventory) -> None:
    options = cached(inventory)
    inventory(**options)
    inventory.platform.seed("new")
    assert "new" not in inventory(**options).hostvars
    done = inventory.play(options=("--flush-cache",))
    assert len(done.requests) == 1
    after = inventory.again()
    assert after.requests == []
    assert "new" in after.hostvars


def test_refresh_inventory_asks_and_keeps_anew(inventory: Inventory) -> None:
    options = cached(inventory)
    inventory(**options)
    count: dict[str, Any] = {
        "ansible.builtin.debug": {"msg": "{{ groups.all | length }}"},
        "run_once": True,
    }
    add = {
        "zequenze.control.zq_device": {"name": "new", "type": 5, "organization_id": 1},
        "run_once": True,
    }
    tasks: list[dict[str, Any]] = [
        {"name": "before", **count},
        {"name": "add", **add},
        {"ansible.builtin.meta": "refresh_inventory"},
        {"name": "after", **count},
    ]
    done = inventory.play(*tasks)
    assert done.code == 0, done.text
    assert [entry["result"]["msg"] for entry in done.results if entry["task"] != "add"] in (
        [12, 13],
        ["12", "13"],
    )
    assert (
        sum(
            request["path"].endswith("/inventory_device_name/") and request["method"] == "GET"
            for request in done.requests
        )
        == 1
    )
    after = inventory.again()
    assert after.requests == []
    assert "new" in after.hostvars


def test_time_runs_from_when_it_was_fetched_however_often_it_is_read(inventory: Inventory) -> None:
    options = cached(inventory, cache_timeout=600)
    inventory(**options)
    (file,) = files(inventory)
    for seconds in (200, 200, 100):
        age(inventory, seconds)
        before = (file.read_bytes(), file.stat().st_mtime_ns)
        assert inventory(**options).requests == []
        assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    age(inventory, 150)
    assert len(inventory(**options).requests) == 1
    assert file.read_bytes() != before[0]


def test_a_timeout_of_nought_is_for_ever(inventory: Inventory) -> None:
    options = cached(inventory, cache_timeout=0)
    inventory(**options)
    age(inventory, 10 * 86400)
    assert inventory(**options).requests == []


def test_memory_is_no_cache_between_runs_but_one_within(inventory: Inventory) -> None:
    options: dict[str, Any] = {"cache": True, "cache_plugin": "memory"}
    assert len(inventory(**options).requests) == len(inventory(**options).requests) == 1
    done = inventory.play({"name": "one", "ansible.builtin.debug": {"msg": "ok"}, "run_once": True})
    assert len(done.requests) == 1


def test_options_of_the_cache_by_their_variables(inventory: Inventory) -> None:
    """As Ansible's documentation of `inventory_cache` gives them."""
    env = {
        "ANSIBLE_INVENTORY_CACHE": "true",
        "ANSIBLE_INVENTORY_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_INVENTORY_CACHE_CONNECTION": str(inventory.folder / "cache"),
        "ANSIBLE_INVENTORY_CACHE_PLUGIN_PREFIX": "mine_",
    }
    assert [len(inventory(env=env, alone=True).requests) for _time in range(2)] == [1, 0]
    assert [file.name.startswith("mine_") for file in files(inventory)] == [True]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"key": 1}', '{"key": "x", "fetched": "y", "devices": "z"}'],
)
def test_a_broken_cache_is_none(inventory: Inventory, content: str) -> None:
    options = cached(inventory)
    inventory(**options)
    (file,) = files(inventory)
    file.write_text(content, encoding="utf-8")
    source = inventory.source(**options)
    done = inventory.run("ansible-inventory", "-i", source, "--list")
    assert len(done.hostvars) == 12
    assert len(done.requests) == 1


def test_a_failed_answer_is_not_kept(inventory: Inventory) -> None:
    options = cached(inventory)
    inventory.platform.simulator.fault("status", status=403)
    inventory.fails(**options)
    inventory.platform.simulator.clear_faults()
    assert len(inventory(**options).requests) == 1


def age(inventory: Inventory, seconds: float) -> None:
    """Make the cached answers older by so much, in the files and in their own time."""
    for file in files(inventory):
        written = file.stat().st_mtime
        text = file.read_text(encoding="utf-8")
        entry = json.loads(text)
        inner = entry.get("__payload__", entry)
        inner = json.loads(inner) if isinstance(inner, str) else inner
        file.write_text(
            text.replace(str(inner["fetched"]), str(inner["fetched"] - seconds)), encoding="utf-8"
        )
        os.utime(file, (written - seconds,) * 2)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (90, "90 seconds ago"),
        (150, "2 minutes ago"),
        (10000, "3 hours ago"),
        (400000, "5 days ago"),
    ],
)
def test_a_stale_answer_is_used_with_its_age(inventory: Inventory, seconds: int, told: str) -> None:
    options = cached(inventory, cache_timeout=60, stale_cache_on_error=True)
    first = inventory(**options)
    age(inventory, seconds)
    inventory.platform.simulator.fault("status", status=500)
    done = inventory.again()
    inventory.platform.simulator.clear_faults()
    assert done.hostvars == first.hostvars
    assert done.requests
    assert "[WARNING]" in done.stderr
    assert "THE INVENTORY IS STALE" in done.said
    number, unit, _ago = told.split()
    used = re.search(rf"the answer of (\d+) {unit} ago is used", done.said)
    assert used
    assert 0 <= int(used.group(1)) - int(number) < (60 if unit == "seconds" else 2)
    assert "answered 500" in done.said
    assert len(inventory(**options).requests) == 1, (
        "it is asked again as soon as the platform answers"
    )


def test_a_stale_answer_is_not_used_unasked_nor_where_there_is_none(inventory: Inventory) -> None:
    options = cached(inventory, cache_timeout=60)
    inventory(**options)
    age(inventory, 90)
    inventory.platform.simulator.fault("status", status=500)
    inventory.fails(**options)
    inventory.fails(**options, stale_cache_on_error=True, filters={"organization": 1})
    inventory.fails(**options, stale_cache_on_error=True, env={"ZQ_TOKEN": "of-somebody-else"})
    inventory.fails(stale_cache_on_error=True)
    inventory.platform.simulator.clear_faults()


def test_a_fresh_answer_is_still_no_request_with_it(inventory: Inventory) -> None:
    options = cached(inventory, stale_cache_on_error=True, cache_timeout=600)
    inventory(**options)
    assert inventory(**options).requests == []
    age(inventory, 700)
    assert len(inventory(**options).requests) == 1
