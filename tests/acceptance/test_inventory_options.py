# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The section "Inventory" of interface.md, line by line, but for what has a file of its own.

| line | tests |
|---|---|
| any YAML file whose `plugin:` is ours is a source | test_source_*, test_inventory_unsafe.py |
| the connection table | test_connection_* |
| the `constructed` fragment | test_inventory_groups.py, unit/test_inventory_constructed.py |
| the `inventory_cache` fragment, `stale_cache_on_error` | test_inventory_cache.py |
| `filters` | test_filters_* |
| `pending`, `update_status` | test_pending_*, test_update_status_* |
| `group_by`, parent groups, `organization_names`, `group_prefix`, names | test_inventory_groups.py |
| `hostnames` | test_hostnames_* |
| `on_duplicate` | test_on_duplicate_* |
| `hostvars_prefix`, `ansible_host` | test_hostvars_*, test_ansible_host_* |
| `on_unsafe_name`, what no variable is made of | test_inventory_unsafe.py |
| `hosts`, `organizations` | test_inventory_organizations.py |
| `detail` | test_detail_* |
| `page_size`, `concurrency` | test_page_size_*, test_concurrency_* |
| `min_hosts` | test_min_hosts_* |
| any option may be a template | test_template_* |
| a failed or partial answer is an error | test_inventory_failures.py |
| what the API says is data | test_inventory_untrusted.py |
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.acceptance.inventory.programs import PLUGIN, Inventory
from tests.acceptance.support import Platform, Relay, closed, serving

LISTED = [
    "id",
    "uuid",
    "name",
    "customer_id",
    "is_active",
    "status",
    "status_change",
    "type",
    "type_short_name",
    "software_version",
    "hardware_version",
    "manufacturer",
    "serial_number",
    "description",
    "organization_id",
    "location_name",
    "location_short_name",
    "latitude",
    "longitude",
    "address",
    "last_connection",
    "last_configuration",
    "pending_settings",
]
DETAIL_ONLY = [
    "firmware_image",
    "firmware_image_is_pending",
    "username",
    "update_frequency",
    "debug",
    "location",
    "unique_identifier",
    "product_class",
    "serial_number_alt",
    "last_change",
    "created",
]


@pytest.fixture
def inventory(platform: Platform, tmp_path: Path) -> Inventory:
    return Inventory(platform, tmp_path)


def queries(requests: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What was asked of the list, without the paging, in no order."""
    found = []
    for request in requests:
        if request["path"].endswith("/inventory_device_name/"):
            asked = {key: values[0] for key, values in parse_qs(request["query"]).items()}
            found.append(
                {key: value for key, value in asked.items() if key not in ("limit", "offset")}
            )
    return sorted(found, key=json.dumps)


# -------------------------------------------------------------------------------------------------------------- source


@pytest.mark.parametrize(
    "name", ["zq.yml", "fleet.zq.yaml", "my-zequenze.yml", "dir.d/a.zequenze.yaml", "inventory.yml"]
)
def test_source_names(inventory: Inventory, name: str) -> None:
    inventory.platform.seed("one")
    assert inventory.again("-i", inventory.source(name)).groups["organization_1"] == ["one"]


@pytest.mark.parametrize("name", ["zq.json", "zq.yml.bak", "zequenze.ini"])
def test_source_of_another_name_is_none(inventory: Inventory, name: str) -> None:
    inventory.platform.seed("one")
    done = inventory.again("-i", inventory.source(name))
    assert done.requests == []
    assert "one" not in done.stdout


def test_source_of_another_plugin_is_left_to_it(inventory: Inventory) -> None:
    """Where ours is asked first, what is not for it fails as any plugin's does: another may take it, and nothing is fatal."""
    static = inventory.folder / "static.zq.yml"
    static.write_text("all: {hosts: {by-hand: {}}}\n", encoding="utf-8")
    other = inventory.folder / "broken.zq.yml"
    other.write_text("plugin: somebody.else.inventory\n", encoding="utf-8")
    inventory.platform.seed("one")
    env = {"ANSIBLE_INVENTORY_ENABLED": f"{PLUGIN},yaml"}
    done = inventory.run(
        "ansible-inventory",
        "-i",
        static,
        "-i",
        other,
        "-i",
        inventory.source(),
        "--list",
        env=env,
        alone=True,
    )
    assert set(done.listing["_meta"]["hostvars"]) >= {"one"}
    assert done.listing["ungrouped"]["hosts"] == ["by-hand"]


def test_source_beside_others(inventory: Inventory) -> None:
    inventory.platform.seed("one", "two")
    (inventory.folder / "static.ini").write_text("[core]\none\nby-hand\n", encoding="utf-8")
    done = inventory.again("-i", inventory.source(), "-i", inventory.folder / "static.ini")
    assert done.groups["core"] == ["one", "by-hand"]
    assert done.groups["organization_1"] == ["one", "two"]
    assert done.hostvars["one"]["zq_name"] == "one"


def test_every_field_is_a_variable(inventory: Inventory) -> None:
    inventory.platform.seed(
        {"name": "one", "address": "10.0.0.1", "description": "text", "latitude": "1.5"}
    )
    variables = inventory().hostvars["one"]
    assert set(variables) == {f"zq_{field}" for field in LISTED} | {"ansible_host"}
    device = inventory.platform.all()[0]
    assert {key: variables[f"zq_{key}"] for key in LISTED} == device


# ---------------------------------------------------------------------------------------------------------- connection


def test_connection_by_environment(inventory: Inventory) -> None:
    inventory.platform.seed("one")
    assert "one" in inventory().hostvars


def test_connection_by_options_wins(inventory: Inventory) -> None:
    inventory.platform.seed("one")
    done = inventory(
        url=inventory.platform.url + "/",
        token=inventory.platform.token,
        env={"ZQ_URL": closed(), "ZQ_TOKEN": "wrong"},
    )
    assert "one" in done.hostvars


def test_connection_types_by_environment(inventory: Inventory, tmp_path: Path) -> None:
    """What comes from the environment is text, and becomes what it is in the table."""
    inventory.platform.seed("one")
    env = {"ZQ_TIMEOUT": "2.5", "ZQ_RETRIES": "1", "ZQ_VALIDATE_CERTS": "no"}
    inventory.platform.simulator.fault("status", status=503, times=1)
    done = inventory(env=env)
    assert [request["status"] for request in done.requests] == [503, 200]


def test_connection_timeout_by_environment_holds(inventory: Inventory) -> None:
    inventory.platform.simulator.fault("latency", seconds=3)
    said = inventory.fails(env={"ZQ_TIMEOUT": "0.2"})
    assert "no answer within 0.2 seconds" in said
    inventory.platform.simulator.clear_faults()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ZQ_TIMEOUT", "soon"), ("ZQ_RETRIES", "many"), ("ZQ_TIMEOUT", "-1"), ("ZQ_RETRIES", "-1")],
)
def test_connection_wrong_values_of_the_environment_are_told(
    inventory: Inventory, variable: str, value: str
) -> None:
    assert variable.removeprefix("ZQ_").lower() in inventory.fails(env={variable: value})


def test_connection_empty_variables_count_as_not_set(inventory: Inventory) -> None:
    """As AWX sets those of a credential's empty fields."""
    inventory.platform.seed("one")
    empty = dict.fromkeys(
        ("VALIDATE_CERTS", "CA_PATH", "CLIENT_CERT", "CLIENT_KEY", "PROXY", "TIMEOUT", "RETRIES"),
        "",
    )
    assert "one" in inventory(env={f"ZQ_{name}": value for name, value in empty.items()}).hostvars
    said = inventory.fails(env={"ZQ_URL": "", "ZQ_PROXY": "http://127.0.0.1:9", "ZQ_TIMEOUT": "1"})
    assert "https://control.zequenze.com/api/v1" in said


@pytest.mark.parametrize("token", [None, ""])
def test_connection_without_a_token_is_an_error(inventory: Inventory, token: str | None) -> None:
    assert "token" in inventory.fails(env={"ZQ_TOKEN": token})


def test_connection_proxy_and_no_proxy(inventory: Inventory) -> None:
    inventory.platform.seed("one")
    with serving(Relay(inventory.platform.port)) as relay:
        inventory(env={"http_proxy": relay.address})
        assert len(relay.seen) == 1
        inventory(env={"http_proxy": relay.address, "no_proxy": "127.0.0.1"})
        assert len(relay.seen) == 1
        inventory(env={"no_proxy": "127.0.0.1"}, proxy=relay.address)
        inventory(env={"no_proxy": "127.0.0.1", "ZQ_PROXY": relay.address})
        assert len(relay.seen) == 3


def test_connection_ca_path_that_is_not_there(inventory: Inventory) -> None:
    assert "ca_path" in inventory.fails(env={"ZQ_CA_PATH": "/nowhere/ca.pem"})


def test_connection_is_that_of_the_documentation(inventory: Inventory) -> None:
    done = inventory.run("ansible-doc", "--json", "-t", "inventory", PLUGIN, alone=True)
    options = json.loads(done.stdout)[PLUGIN]["doc"]["options"]
    names = (
        "url",
        "token",
        "validate_certs",
        "ca_path",
        "client_cert",
        "client_key",
        "proxy",
        "timeout",
        "retries",
    )
    assert {name: options[name]["env"][0]["name"] for name in names} == {
        name: f"ZQ_{name.upper()}" for name in names
    }
    assert (
        options["url"]["default"],
        options["timeout"]["default"],
        options["retries"]["default"],
    ) == (
        "https://control.zequenze.com/api/v1",
        30.0,
        4,
    )


# ------------------------------------------------------------------------------------------------------------- filters


@pytest.fixture
def mixed(inventory: Inventory) -> Inventory:
    """Devices of three organizations, three types, up and down."""
    old, new = "2024-01-01T00:00:00Z", "2026-06-01T00:00:00Z"
    inventory.platform.seed(
        {
            "name": "a",
            "type": 5,
            "organization_id": 1,
            "status": "Up",
            "status_change": old,
            "last_connection": new,
        },
        {"name": "b", "type": 6, "organization_id": 2, "status": "Down", "status_change": new},
        {
            "name": "c",
            "type": 7,
            "organization_id": 3,
            "status": "Up",
            "status_change": new,
            "last_connection": new,
        },
        {"name": "d", "type": 5, "organization_id": 2, "status": "Down", "status_change": old},
    )
    return inventory


@pytest.mark.parametrize(
    ("filters", "hosts", "asked"),
    [
        ({}, "abcd", [{}]),
        ({"organization": 2}, "bd", [{"organization": "2"}]),
        ({"organization": "2"}, "bd", [{"organization": "2"}]),
        ({"organization": [1, 3]}, "ac", [{"organization": "1"}, {"organization": "3"}]),
        ({"type": 5}, "ad", [{"type": "5"}]),
        ({"type": "access-point"}, "c", [{"type": "7"}]),
        ({"type": [6, "access-point"]}, "bc", [{"type": "6"}, {"type": "7"}]),
        ({"status": "up"}, "ac", [{"status": "true"}]),
        ({"status": ["Down"]}, "bd", [{"status": "false"}]),
        ({"status": ["up", "down"]}, "abcd", [{}]),
        (
            {"last_status_change_from": "2026-01-01"},
            "bc",
            [{"last_status_change_from": "2026-01-01"}],
        ),
        (
            {"organization": [1, 2], "type": [5, 6]},
            "abd",
            [{"organization": o, "type": t} for o in "12" for t in "56"],
        ),
        ({"organization": []}, "", []),
        ({"organization": None, "status": "up"}, "ac", [{"status": "true"}]),
    ],
)
def test_filters_are_asked_of_the_server_one_query_for_each_value(
    mixed: Inventory, filters: dict[str, Any], hosts: str, asked: list[dict[str, str]]
) -> None:
    done = mixed(filters=filters)
    assert sorted(done.hostvars) == list(hosts)
    assert queries(done.requests) == sorted(asked, key=json.dumps)


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"status": "sideways"}, "filters.status"),
        ({"organization": "acme"}, "filters.organization"),
        ({"type": "toaster"}, "toaster"),
        ({"last_status_change_from": "yesterday"}, "filters.last_status_change_from"),
        ({"organisation": 1}, "filters.organisation"),
    ],
)
def test_filters_that_are_none_are_errors(
    mixed: Inventory, filters: dict[str, Any], words: str
) -> None:
    assert words in mixed.fails(filters=filters)


def test_pending_and_update_status_are_asked_for(mixed: Inventory) -> None:
    assert queries(mixed(pending=True, filters={"organization": 1}).requests) == [
        {"organization": "1", "pending": "true"}
    ]
    assert queries(mixed(update_status=True).requests) == [{"update_status": "true"}]
    assert queries(mixed(pending=False, update_status=False).requests) == [{}]
    done = mixed(pending=True, update_status=True, detail=True, filters={"organization": 1})
    assert {request["query"] for request in done.requests if request["path"].endswith("/a/")} == {
        "pending=true&update_status=true"
    }


# ----------------------------------------------------------------------------------------------------------- hostnames


@pytest.fixture
def two(inventory: Inventory) -> Inventory:
    inventory.platform.seed(
        {"name": "one", "serial_number": "S1", "address": "10.0.0.1"}, {"name": "two"}
    )
    return inventory


@pytest.mark.parametrize(
    ("hostnames", "hosts"),
    [
        ([], ["one", "two"]),
        (["zq_name"], ["one", "two"]),
        (["zq_serial_number", "zq_name"], ["S1", "two"]),
        (["zq_nope", "zq_address", "zq_id"], ["10.0.0.1", "2"]),
        (["ansible_host", "zq_name ~ '.lan'"], ["10.0.0.1", "two.lan"]),
        (["{{ zq_name }}.example.com"], ["one.example.com", "two.example.com"]),
        (["{{ zq_serial_number }}", "{{ zq_nope }}", "{{ zq_name | upper }}"], ["S1", "TWO"]),
        (["{{ zq_organization_id }}-{{ zq_id }}"], ["1-1", "1-2"]),
    ],
)
def test_hostnames_in_order_of_preference(
    two: Inventory, hostnames: list[str], hosts: list[str]
) -> None:
    assert sorted(two(hostnames=hostnames).hostvars) == sorted(hosts)


def test_hostnames_of_which_none_is_left_are_an_error(two: Inventory) -> None:
    said = two.fails(hostnames=["zq_serial_number", "{{ zq_nope }}"])
    assert "'two' (id 2) has no host name" in said


def test_on_duplicate_fails_and_names_both(two: Inventory) -> None:
    asked: list[dict[str, Any]] = [{}, {"on_duplicate": "fail"}]
    for more in asked:
        said = two.fails(hostnames=["zq_organization_id"], **more)
        assert "'one' (id 1) and 'two' (id 2)" in said
        assert "host name '1'" in said


def test_on_duplicate_warns_and_keeps_the_first(two: Inventory) -> None:
    done = two.run(
        "ansible-inventory",
        "-i",
        two.source(hostnames=["zq_organization_id"], on_duplicate="warn"),
        "--list",
    )
    assert done.hostvars["1"]["zq_name"] == "one"
    assert list(done.hostvars) == ["1"]
    assert "WARNING" in done.stderr
    assert "'one' (id 1) and 'two' (id 2); the first is kept" in done.said


# ------------------------------------------------------------------------------------------------------------ hostvars


@pytest.mark.parametrize("prefix", ["x", "device_", "Zq", "ü_"])
def test_hostvars_prefix(two: Inventory, prefix: str) -> None:
    two.source(hostvars_prefix=prefix, hostnames=[f"{prefix}name"])
    variables = two.again().hostvars["one"]
    assert set(variables) == {prefix + field for field in LISTED} | {"ansible_host"}
    assert variables[f"{prefix}serial_number"] == "S1"


@pytest.mark.parametrize("prefix", ["zq-", "9", "{{ 'a b' }}"])
def test_hostvars_prefix_that_makes_no_variables(two: Inventory, prefix: str) -> None:
    assert "hostvars_prefix" in two.fails(hostvars_prefix=prefix)


def test_ansible_host_is_the_address_where_there_is_one(two: Inventory) -> None:
    found = two().hostvars
    assert found["one"]["ansible_host"] == "10.0.0.1"
    assert "ansible_host" not in found["two"]
    assert found["two"]["zq_address"] is None


def test_detail_is_all_fields_for_one_more_request_each(two: Inventory) -> None:
    done = two(detail=True)
    assert set(done.hostvars["two"]) == {f"zq_{field}" for field in (*LISTED, *DETAIL_ONLY)}
    assert len(done.requests) == 1 + 2
    assert "zq_password" not in done.text


# --------------------------------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize(
    ("count", "size", "pages"),
    [(0, 10, 1), (10, 10, 1), (11, 10, 2), (95, 10, 11), (250, 100, 3), (250, 5000, 3)],
)
def test_page_size_and_requests_equal_pages_exactly(
    inventory: Inventory, count: int, size: int, pages: int
) -> None:
    inventory.platform.seed(count=count) if count else None
    done = inventory(page_size=size, min_hosts=count)
    assert len(done.hostvars) == count
    assert len(done.requests) == pages == done.pages()
    assert {request["method"] for request in done.requests} == {"GET"}


def test_requests_equal_pages_of_each_query(inventory: Inventory) -> None:
    inventory.platform.seed(count=60, organizations=[1, 2, 3])
    done = inventory(filters={"organization": [1, 2]}, page_size=8)
    assert len(done.hostvars) == 40
    assert len(done.requests) == 6


def test_a_list_that_shifts_is_read_whole(inventory: Inventory) -> None:
    inventory.platform.seed(count=60)
    inventory.platform.simulator.fault("list_shift", delete=["cpe-00001"], path="offset=0", times=1)
    done = inventory(page_size=10)
    # The first one was still there when its page was read.
    assert {f"cpe-{number:05d}" for number in range(1, 61)} == set(done.hostvars)
    # Seven pages, and what lies around the seam that did not fit.
    assert len(done.requests) == 7 + 1


def test_min_hosts_is_not_reached_by_one_that_comes_for_one_that_is_lost(
    inventory: Inventory,
) -> None:
    """One goes at the front and another comes at the end: the count stays, and a third may be lost."""
    inventory.platform.seed(count=60)
    new = {"name": "new", "type": 5, "organization_id": 1}
    inventory.platform.simulator.fault(
        "list_shift", delete=["cpe-00001"], create=[new], path="offset=0", times=1
    )
    done = inventory(page_size=10, min_hosts=60)
    assert {f"cpe-{number:05d}" for number in range(2, 61)} <= set(done.hostvars)


@pytest.mark.parametrize("option", ["page_size", "concurrency"])
@pytest.mark.parametrize("value", [0, -1, "few"])
def test_page_size_and_concurrency_that_are_none(
    inventory: Inventory, option: str, value: Any
) -> None:
    assert option in inventory.fails(**{option: value})


class Gauge(Relay):
    """Counts the connections that are made: a client has one for each request that it has under way."""

    connections = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)


def test_concurrency_bounds_what_is_under_way(inventory: Inventory) -> None:
    inventory.platform.seed(count=60)
    inventory.platform.simulator.fault("latency", seconds=0.1)
    made = {}
    for concurrency in (1, 3):
        gauge = Gauge(inventory.platform.port)
        with serving(gauge):
            done = inventory(page_size=5, concurrency=concurrency, url=f"{gauge.address}/api/v1")
        made[concurrency] = gauge.connections
        assert len(done.requests) == 15
    inventory.platform.simulator.clear_faults()
    assert made[1] == 1
    assert 1 < made[3] <= 3


def test_min_hosts(two: Inventory) -> None:
    assert len(two(min_hosts=2).hostvars) == 2
    assert "min_hosts: 3 is not reached: there are 2 hosts" in two.fails(min_hosts=3)
    assert "min_hosts" in two.fails(min_hosts=1, filters={"organization": []})


def test_vvv_tells_requests_pages_seconds_and_hosts(inventory: Inventory) -> None:
    inventory.platform.seed(count=25)
    done = inventory("-vvv", page_size=10, detail=True)
    assert "25 devices by 28 requests (3 for pages) in " in done.said
    assert "25 hosts from" in done.said
    assert inventory.platform.token not in done.text
    assert "zq_inventory:" not in inventory("-v").said


# ----------------------------------------------------------------------------------------------------------- templates


def test_template_in_any_option_of_any_type(inventory: Inventory) -> None:
    inventory.platform.seed(count=30, organizations=[1, 2])
    done = inventory(
        "-e",
        json.dumps(
            {
                "orgs": [1, 2],
                "org": 2,
                "size": 5,
                "names": {"2": "acme"},
                "yes_": True,
                "kinds": ["organization", "status"],
            }
        ),
        url="{{ lookup('env', 'THE_URL') }}",
        token="{{ lookup('ansible.builtin.env', 'THE_TOKEN') }}",
        timeout="{{ 10 + 10.5 }}",
        retries="{{ 2 }}",
        validate_certs="{{ not yes_ }}",
        filters={"organization": "{{ org }}", "status": ["{{ 'up' }}", "{{ 'down' }}"]},
        pending="{{ yes_ }}",
        page_size="{{ size }}",
        concurrency="{{ 2 }}",
        group_by="{{ kinds }}",
        organization_names={2: "{{ 'ac' ~ 'me' }}"},
        group_prefix="{{ 'p_' }}",
        hostvars_prefix="{{ 'v' ~ '_' }}",
        min_hosts="{{ 15 }}",
        detail="{{ false }}",
        on_duplicate="{{ 'fail' }}",
        env={
            "ZQ_URL": None,
            "ZQ_TOKEN": None,
            "THE_URL": inventory.platform.url,
            "THE_TOKEN": inventory.platform.token,
        },
    )
    assert len(done.requests) == 4
    assert queries(done.requests) == [{"organization": "2", "pending": "true"}] * 4
    assert len(done.groups["p_organization_acme"]) == 15
    assert "p_statuses" in done.children
    assert next(iter(done.hostvars.values()))["v_organization_id"] == 2


def test_template_of_whole_structures(inventory: Inventory) -> None:
    inventory.platform.seed(count=4, organizations=[1, 2])
    extra = json.dumps(
        {"chosen": {"organization": [1, 2]}, "names": {"1": "acme", "2": "borealis"}}
    )
    done = inventory("-e", extra, filters="{{ chosen }}", organization_names="{{ names }}")
    assert {"organization_acme", "organization_borealis"} <= set(done.groups)
    assert len(done.requests) == 2


def test_template_that_is_undefined_is_an_error(inventory: Inventory) -> None:
    assert "nowhere" in inventory.fails(page_size="{{ nowhere }}")
    assert "nowhere" in inventory.fails(filters={"organization": ["{{ nowhere }}"]})


def test_template_per_host_is_left_for_each_host(inventory: Inventory) -> None:
    inventory.platform.seed(
        {"name": "one", "description": "d1"}, {"name": "two", "description": "d2"}
    )
    done = inventory(
        hostnames=["{{ zq_name }}-x"],
        compose={"said": "zq_description ~ '!'"},
        groups={"first": "zq_name == 'one'"},
        keyed_groups=[
            {"key": "zq_description", "prefix": "d", "parent_group": "{{ zq_name }}_parent"}
        ],
    )
    assert {name: variables["said"] for name, variables in done.hostvars.items()} == {
        "one-x": "d1!",
        "two-x": "d2!",
    }
    assert done.groups["first"] == ["one-x"]
    assert done.children["one_parent"] == ["d_d1"]
    assert done.children["two_parent"] == ["d_d2"]


@pytest.mark.parametrize(
    "slip", [{"fitler": {"status": "up"}}, {"min_host": 3}, {"Filters": {}}, {"password": "x"}]
)
def test_a_slip_in_an_option_is_an_error(inventory: Inventory, slip: dict[str, Any]) -> None:
    """A filter or a guard that is not in force would go unseen."""
    inventory.platform.seed("one")
    assert f"{next(iter(slip))}: is not an option" in inventory.fails(**slip)


def test_wrong_choices_and_types_are_errors(inventory: Inventory) -> None:
    assert "group_by" in inventory.fails(group_by=["colour"])
    assert "on_duplicate" in inventory.fails(on_duplicate="ignore")
    assert "min_hosts" in inventory.fails(min_hosts="few")


def test_the_documented_examples_are_read(inventory: Inventory) -> None:
    """Each of the plugin's EXAMPLES, less the address and the cache's folder."""
    import yaml

    inventory.platform.seed(count=200, organizations=[123, 124], up=1.0)
    done = inventory.run("ansible-doc", "--json", "-t", "inventory", PLUGIN, alone=True)
    # All but the first are commented out, as YAML wants one document in a file: their lines are read without the mark.
    paragraphs = json.loads(done.stdout)[PLUGIN]["examples"].strip().split("\n\n")
    examples = [
        yaml.safe_load("\n".join(line.removeprefix("# ") for line in one.splitlines()[1:]))
        for one in paragraphs
    ]
    # The last one is a play over the one before it.
    *sources, play = examples
    assert len(sources) == 4
    assert play[0]["hosts"] == "zq_organizations"
    for example in sources:
        example.pop("url", None)
        example.pop("plugin")
        if "cache_connection" in example:
            example["cache_connection"] = str(inventory.folder / "cache")
        done = inventory(**example)
        assert len(done.hostvars) == (2 if example.get("hosts") == "organizations" else 200)
