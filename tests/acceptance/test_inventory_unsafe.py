# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API says drives nothing: no name of it is a group or the controller, no address an option
of ssh, no field a variable that is obeyed.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.inventory.programs import Inventory
from tests.acceptance.support import Platform

NAMED = {"name": "who", "ansible.builtin.debug": {"msg": "{{ zq_name }}"}}


@pytest.fixture
def inventory(platform: Platform, tmp_path: Path) -> Inventory:
    return Inventory(platform, tmp_path)


def fleet(inventory: Inventory, *names: str) -> None:
    """Two devices of organization 100, and others of organization 200 with these names."""
    inventory.platform.seed(
        {"name": "one", "organization_id": 100},
        {"name": "two", "organization_id": 100},
        *({"name": name, "organization_id": 200, "address": "10.0.0.9"} for name in names),
    )


UNSAFE = (
    "all",
    "ungrouped",
    "organization_100",
    "organizations",
    "types",
    "mine",
    "organization_*",
    "~organization_.*",
    "localhost",
    "\uff11\uff12\uff17.0.0.1",
    "127.0.0.1",
    "::1",
    "127.1",
    "-oProxyCommand=touch PWNED",
    "../up",
    "/root",
    "a\nok: [one]",
    "a\x1b[2J",
)


def test_one_error_names_all_unsafe_names(inventory: Inventory) -> None:
    fleet(inventory, "fine", *UNSAFE)
    said = inventory.fails(groups={"mine": "zq_name == 'one'"})
    assert f"{len(UNSAFE)} host names cannot be used" in said
    for number, name in enumerate(UNSAFE, 4):
        assert f"{' '.join(repr(name).split())} (id {number})" in said
    assert "'fine'" not in said
    assert "on_unsafe_name" in said
    assert "device-<id>" in said
    assert "\x1b" not in said


def test_renamed_they_take_no_place(inventory: Inventory) -> None:
    fleet(inventory, "fine", *UNSAFE)
    done = inventory(on_unsafe_name="rename", groups={"mine": "zq_name == 'one'"})
    expected = {f"device-{number}": name for number, name in enumerate(UNSAFE, 4)}
    names = {host: variables["zq_name"] for host, variables in done.hostvars.items()}
    assert names == {"one": "one", "two": "two", "fine": "fine", **expected}
    assert done.groups["organization_100"] == ["one", "two"]
    assert done.groups["organization_200"] == ["fine", *expected]


@pytest.mark.parametrize(
    "limit", ["organization_100", "organization_1*", "~organization_1.*", "all:!organization_200"]
)
def test_a_limit_selects_its_group(inventory: Inventory, limit: str) -> None:
    fleet(inventory, limit.rpartition(":")[2], "other")
    inventory.source()
    refused = inventory.play(NAMED, options=("--limit", limit))
    assert refused.code != 0
    assert refused.results == []
    inventory.source(on_unsafe_name="rename")
    done = inventory.play(NAMED, options=("--limit", limit))
    assert set(done.of("who")) == {"one", "two"}


def test_all_is_all_and_localhost_the_controller(inventory: Inventory) -> None:
    fleet(inventory, "all", "localhost")
    inventory.source(on_unsafe_name="rename")
    done = inventory.play(NAMED)
    assert {host: result["msg"] for host, result in done.of("who").items()} == {
        "one": "one",
        "two": "two",
        "device-3": "all",
        "device-4": "localhost",
    }
    where = {
        "name": "where",
        "ansible.builtin.debug": {"msg": "{{ ansible_host | default('the controller') }}"},
    }
    done = inventory.play(where, hosts="localhost")
    assert done.of("where")["localhost"]["msg"] in ("the controller", "127.0.0.1", "localhost")


@pytest.mark.parametrize(
    ("static", "options", "members"),
    [
        ("[core]\nby-hand\n", {}, ["by-hand"]),
        (
            "by-hand\n",
            {"keyed_groups": [{"key": "zq_customer_id", "separator": ""}]},
            ["three"],
        ),
    ],
    ids=["groups of a source before", "groups made of values"],
)
def test_groups_that_are_not_of_group_by(
    inventory: Inventory, static: str, options: dict[str, Any], members: list[str]
) -> None:
    fleet(inventory, "core")
    inventory.platform.seed({"name": "three", "customer_id": "core"})
    file = inventory.folder / "static.ini"
    file.write_text(static, encoding="utf-8")
    sources = ("-i", file, "-i", inventory.source(**options))
    done = inventory.again(*sources)
    assert done.code != 0
    assert "'core' (id 3) is the name of a group" in done.said
    inventory.source(on_unsafe_name="rename", **options)
    done = inventory.again(*sources)
    assert set(done.hostvars) == {"one", "two", "three", "device-3"}
    assert done.groups["core"] == members
    assert "Found both group and host" not in done.said


def test_a_name_of_hostnames_is_looked_at_too(inventory: Inventory) -> None:
    inventory.platform.seed({"name": "one", "serial_number": "-oProxyCommand=x"})
    said = inventory.fails(hostnames=["zq_serial_number"])
    assert "'-oProxyCommand=x' (id 1) begins with a hyphen" in said
    done = inventory(hostnames=["zq_serial_number"], on_unsafe_name="rename")
    assert list(done.hostvars) == ["device-1"]


def test_awkward_names_are_told_in_one_warning(inventory: Inventory) -> None:
    fleet(inventory, "a/b", "c/d", "{{ x }}", "g*", "00:11:22:33:44:55")
    done = inventory.run("ansible-inventory", "-i", inventory.source(), "--list")
    assert set(done.hostvars) >= {"one", "two", "a/b", "c/d", "{{ x }}", "g*"}
    assert done.stderr.count("[WARNING]") == 1
    for text in ("5 host names", "2 with /", "1 with {{", "2 with * ?"):
        assert text in done.said


def test_an_address_that_is_none_is_not_connected_to(inventory: Inventory) -> None:
    evil = "-oProxyCommand=touch${IFS}PWNED"
    addresses = ["10.0.0.1", "2001:db8::7", "127.0.0.1", "cpe.example.com"]
    usable = len(addresses)
    addresses += [evil, "a b", "root@10.0.0.1", "[::1]%eth0", "fe80::1%eth0", "127.1"]
    addresses += ["\u0661\u0660.0.0.1", "{{ 7 * 7 }}"]
    inventory.platform.seed(
        *({"name": f"d{number}", "address": address} for number, address in enumerate(addresses))
    )
    done = inventory.run("ansible-inventory", "-i", inventory.source(), "--list")
    found = done.hostvars
    variables = [found[f"d{number}"] for number in range(len(addresses))]
    hosts = [own.get("ansible_host") for own in variables]
    assert hosts == [*addresses[:usable], *[None] * (len(addresses) - usable)]
    assert [own["zq_address"] for own in variables] == addresses
    assert done.stderr.count("[WARNING]") == 1
    assert "ansible_host is not set for 8 devices" in done.said
    inventory.source(compose={"ansible_host": "zq_address"})
    done = inventory.again()
    assert "ansible_host" not in done.hostvars["d4"]
    assert done.hostvars["d5"]["ansible_host"] == "a b"
    assert "begins with a hyphen for 1 host" in done.said


@pytest.mark.skipif(shutil.which("ssh") is None, reason="no ssh")
def test_ssh_gets_no_option_of_the_platform(inventory: Inventory) -> None:
    inventory.platform.seed(
        {"name": "192.0.2.1", "address": "-oProxyCommand=touch${IFS}PWNED"},
    )
    inventory.source(compose={"ansible_ssh_host": "zq_address"})
    done = inventory.play(
        {"name": "raw", "ansible.builtin.raw": "id"},
        env={"ANSIBLE_SSH_ARGS": "-oConnectTimeout=1", "ANSIBLE_TIMEOUT": "1"},
        alone=True,
    )
    assert done.code != 0
    assert not list(inventory.folder.rglob("PWNED"))


def test_a_field_of_the_platform_moves_no_task(inventory: Inventory) -> None:
    row = {"id": 1, "name": "one", "organization_id": 1, "address": "192.0.2.1"}
    fields = {"in_process": False, "ansible_connection": "ssh", "new": 1, "a b": 2}
    body = {"count": 1, "results": [{**row, **fields}]}
    inventory.platform.seed("one")
    inventory.platform.simulator.fault("shape", body=body, times=2)
    done = inventory.run("ansible-inventory", "-i", inventory.source(), "--list")
    variables = set(done.hostvars["one"])
    assert variables >= {"zq_name", "zq_new", "zq_ansible_connection", "ansible_host"}
    assert not variables & {"zq_in_process", "ansible_connection", "zq_a b"}
    assert done.stderr.count("[WARNING]") == 1
    assert "2 fields of the platform became no host variable" in done.said
    assert "'zq_a b', 'zq_in_process'" in done.said
    done = inventory.play({"name": "read", "zequenze.control.zq_device_info": {"name": "one"}})
    assert done.of("read")["one"]["count"] == 1, done.text


@pytest.mark.parametrize(
    "prefix", ["", "ansible_", "onboarding_", "firmware_rollout_", "maintenance_"]
)
def test_a_prefix_that_makes_obeyed_variables_is_an_error(
    inventory: Inventory, prefix: str
) -> None:
    inventory.platform.seed("one")
    assert "hostvars_prefix" in inventory.fails(hostvars_prefix=prefix)


@pytest.mark.parametrize("name", ["zq_inventory.yml", "fleet.yml", "hosts.yaml", "50-cpe.yml"])
def test_a_source_of_any_name_is_whole_or_an_error(inventory: Inventory, name: str) -> None:
    inventory.platform.seed("one", "two")
    static = inventory.folder / "static.ini"
    static.write_text("by-hand\n", encoding="utf-8")
    sources = ("-i", static, "-i", inventory.source(name))
    done = inventory.again(*sources)
    assert set(done.hostvars) >= {"one", "two"}
    assert "WARNING" not in done.stderr
    inventory.platform.simulator.fault("status", status=500)
    done = inventory.again(*sources)
    inventory.platform.simulator.clear_faults()
    assert done.code not in (0, 250)
    assert "hostvars" not in done.stdout
