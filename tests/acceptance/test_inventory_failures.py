# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole or error: whatever goes wrong, the run ends, and no host of the source is in any inventory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.inventory.programs import Inventory
from tests.acceptance.support import TOKEN, Platform, Relay, closed, leaks, serving, silent


@pytest.fixture
def inventory(platform: Platform, tmp_path: Path) -> Inventory:
    platform.seed(count=30)
    return Inventory(platform, tmp_path)


LATE = "offset=18"
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "401": (
        {"kind": "status", "status": 401, "body": {"detail": "Invalid token."}},
        "answered 401 (Unauthorized): Invalid token",
    ),
    "403": (
        {"kind": "status", "status": 403, "body": {"detail": "No."}},
        "answered 403 (Forbidden): No",
    ),
    "403 late": ({"kind": "status", "status": 403, "path": LATE}, "answered 403"),
    "404": ({"kind": "status", "status": 404}, "answered 404"),
    "429": ({"kind": "status", "status": 429, "retry_after": 0}, "answered 429"),
    "500 for good": ({"kind": "status", "status": 500}, "answered 500"),
    "500 late": ({"kind": "status", "status": 500, "path": LATE}, "answered 500"),
    "502 html": ({"kind": "html", "status": 502}, "Something went wrong|Gateway"),
    "html": ({"kind": "html"}, "answered 200 with an HTML page"),
    "html late": ({"kind": "html", "path": LATE}, "answered 200 with an HTML page"),
    "redirect": (
        {"kind": "redirect", "location": "https://elsewhere.example.com/login"},
        "a redirect to https://elsewhere.example.com/login",
    ),
    "empty": ({"kind": "empty"}, "answered 200 with nothing"),
    "garbage": ({"kind": "garbage"}, "the answer was cut short|answered 200 with"),
    "cut": ({"kind": "truncate"}, "the answer was cut short|the connection was lost"),
    "reset": ({"kind": "reset_before"}, "the connection was lost"),
    "reset late": ({"kind": "reset_after", "path": LATE}, "the connection was lost"),
    "a list": (
        {"kind": "shape", "body": []},
        "expected a page with `count` and `results`, got list",
    ),
    "an error as 200": ({"kind": "shape", "body": {"detail": "no"}}, "got an object with detail"),
    "no count": (
        {"kind": "shape", "body": {"results": []}},
        "`count` is not a number of rows: None",
    ),
    "rows that are none": (
        {"kind": "shape", "body": {"count": 1, "results": ["one"]}},
        "a row is not an object with an `id`",
    ),
    "no name": (
        {"kind": "shape", "body": {"count": 1, "results": [{"id": 1}]}},
        "a device has no name",
    ),
    "an empty name": (
        {"kind": "shape", "body": {"count": 1, "results": [{"id": 1, "name": " "}]}},
        "' ' (id 1) has no host name",
    ),
    "no rows where some are counted": (
        {"kind": "shape", "body": {"count": 30, "results": []}},
        "did not hold still",
    ),
    "a shrunk list": (
        {"kind": "shape", "body": {"count": 10, "results": []}, "path": "offset=[1-9]"},
        "did not hold still",
    ),
    "a missing page": (
        {"kind": "shape", "body": {"count": 30, "results": []}, "path": "offset=1[0-9]"},
        "did not hold still",
    ),
    "a field of another shape": (
        {
            "kind": "shape",
            "body": {
                "count": 1,
                "results": [{"id": 1, "name": "one", "organization_id": {"id": 1}}],
            },
        },
        "the device 'one' cannot be used: `organization_id` is an object",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_no_host_of_a_failed_or_partial_answer(inventory: Inventory, case: str) -> None:
    fault, words = FAULTS[case]
    inventory.platform.simulator.fault(**fault)
    said = inventory.fails(page_size=10, env={"ZQ_RETRIES": "1"})
    inventory.platform.simulator.clear_faults()
    assert any(word in said for word in words.split("|")), said
    if case not in ("an empty name", "a field of another shape"):
        assert "inventory_device_name/" in said or "did not hold still" in said
    assert str(inventory.folder / "fleet.zq.yml") in said


def test_passing_failures_are_got_over(inventory: Inventory) -> None:
    for kind, more in (
        ("status", {"status": 503}),
        ("reset_after", {}),
        ("truncate", {}),
        ("status", {"status": 429, "retry_after": 0}),
    ):
        inventory.platform.simulator.fault(kind, times=1, **more)
    done = inventory(page_size=10, env={"ZQ_RETRIES": "4"})
    assert len(done.hostvars) == 30


@pytest.mark.parametrize("detail", [True, False])
def test_a_failure_in_the_details_is_one_too(inventory: Inventory, detail: bool) -> None:
    inventory.platform.simulator.fault("status", status=403, path="cpe-00017")
    if detail:
        assert "cpe-00017" in inventory.fails(detail=True)
    else:
        assert len(inventory(detail=False).hostvars) == 30
    inventory.platform.simulator.clear_faults()


def test_nothing_answers(inventory: Inventory) -> None:
    assert "cannot connect" in inventory.fails(url=closed())
    with silent() as url:
        assert "no answer within 0.3 seconds" in inventory.fails(url=url, timeout=0.3)
    assert "url" in inventory.fails(url="not an address")


def test_a_server_that_does_not_filter_is_refused(inventory: Inventory) -> None:
    rows = [{"id": 1, "name": "theirs", "organization_id": 2}]
    inventory.platform.simulator.fault("shape", body={"count": 1, "results": rows})
    assert "whose organization_id is 2" in inventory.fails(filters={"organization": 1})
    inventory.platform.simulator.clear_faults()


def test_the_hosts_of_other_sources_are_no_way_out(inventory: Inventory) -> None:
    """Ansible goes on with what other sources gave, for any plugin but this."""
    (inventory.folder / "static.ini").write_text("by-hand\n", encoding="utf-8")
    bad = inventory.source("bad.zq.yml", token="wrong")
    for order in (("static.ini", bad), (bad, "static.ini")):
        done = inventory.again(
            *(part for file in order for part in ("-i", inventory.folder / file))
        )
        assert done.code not in (0, 250), done.text
        assert "hostvars" not in done.stdout
        assert "answered 401" in done.said


def test_a_playbook_does_not_begin(inventory: Inventory) -> None:
    (inventory.folder / "static.ini").write_text(
        "by-hand ansible_connection=local\n", encoding="utf-8"
    )
    inventory.platform.simulator.fault("status", status=403)
    inventory.source()
    task = {"name": "begun", "ansible.builtin.debug": {"msg": "begun"}}
    done = inventory.play(task, options=("-i", "static.ini"))
    inventory.platform.simulator.clear_faults()
    assert done.code not in (0, 250)
    assert done.results == []
    assert "answered 403" in done.said


def test_a_refresh_that_fails_ends_the_play(inventory: Inventory) -> None:
    inventory.source(filters={"organization": 1}, page_size=100)
    tasks: list[dict[str, Any]] = [
        {
            "name": "before",
            "ansible.builtin.debug": {"msg": "{{ groups.all | length }}"},
            "run_once": True,
        },
        {"name": "again", "ansible.builtin.meta": "refresh_inventory"},
        {"name": "after", "ansible.builtin.debug": {"msg": "after"}},
    ]
    inventory.platform.simulator.fault("status", status=403, after=1)
    done = inventory.play(*tasks)
    inventory.platform.simulator.clear_faults()
    assert done.code not in (0, 250), done.text
    assert {entry["task"] for entry in done.results} == {"before"}
    assert "answered 403" in done.said


@pytest.mark.parametrize(
    "options",
    [
        {"strict": True, "compose": {"a": "nowhere"}},
        {"strict": True, "groups": {"a": "nowhere.at.all"}},
        {"strict": True, "keyed_groups": [{"key": "nowhere"}]},
        {"strict": True, "keyed_groups": [{"key": "zq_address_of_none"}]},
        {"keyed_groups": [{"key": "zq_id"}]},
        {"keyed_groups": [{"key": "zq_name", "default_value": "a", "trailing_separator": True}]},
    ],
)
def test_what_cannot_be_constructed_is_an_error(
    inventory: Inventory, options: dict[str, Any]
) -> None:
    inventory.fails(**options)


def test_an_error_holds_no_secret(inventory: Inventory) -> None:
    """Also where the server repeats the token, and at the highest verbosity."""
    answer = (
        400,
        {"Content-Type": "application/json"},
        json.dumps({"detail": f"no {TOKEN} here", "token": [TOKEN]}).encode(),
    )
    with serving(Relay(0, answer=answer)) as relay:
        said = inventory.fails("-vvvvv", url=f"{relay.address}/api/v1", env={"ZQ_TOKEN": TOKEN})
    assert "answered 400" in said
    assert not leaks(said)
    secret = "http://user:Pw9xQz@127.0.0.1:9"
    assert "Pw9xQz" not in inventory.fails("-vvvvv", proxy=secret)
    assert "Pw9xQz" not in inventory.fails("-vvvvv", url="http://user:Pw9xQz@127.0.0.1:9/api")


def test_without_requests_it_says_so(inventory: Inventory) -> None:
    (inventory.folder / "requests.py").write_text(
        "raise ImportError('none here')\n", encoding="utf-8"
    )
    env = {"PYTHONPATH": str(inventory.folder)}
    done = inventory.run(
        "ansible-inventory", "-i", inventory.source(), "--list", env=env, alone=True
    )
    assert done.code not in (0, 250)
    assert "pip install requests" in done.said
