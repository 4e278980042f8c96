# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_fleet`, line by line.

| line | tests |
|---|---|
| `config` with the fields of `zq_device`, `new_name`, `update_password`, `sync` | test_config_* |
| `merged` | test_merged_* |
| `replaced` | test_replaced_* |
| `overridden` | test_overridden_* |
| `deleted` | test_deleted_* |
| `gathered` | test_gathered_* |
| `scope` | test_scope_*, and test_fleet_safety.py |
| `concurrency` | test_concurrency_is_the_most_that_is_under_way |
| guards | test_guards_* |
| returns `plan`, `plan_digest`, `results`, `summary`, `diff` | test_returns_* |
| `expected_plan_digest` | test_expected_plan_digest_*, and test_fleet_safety.py |
| `max_failures`, and failing at the end | test_failures_* |
| `journal_file`, `plan_file` | test_files_*, and test_fleet_safety.py |
| in the controller's process and as a module alike | test_both_ways_* |
| details only where needed, requests are pages and changes (issue 4) | test_requests_* |
"""

from __future__ import annotations

import json
import re
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.support import PASSWORD, Platform, Playbook, leaking_files, leaks, task

ONE = {"organization": 1}
PLAIN = "Kq7vX2-Hn3cB8"  # which no template is in
LIST = "/api/v1/inventory_device_name/"


def named(prefix: str, count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"name": f"{prefix}{number:03}", **fields} for number in range(count)]


def gets(platform: Platform) -> list[str]:
    return [request["path"].removeprefix(LIST) for request in platform.simulator.log(method="GET")]


def actions(result: Any) -> dict[str, str]:
    return {entry["name"]: entry["action"] for entry in result["plan"]}


# --------------------------------------------------------------------------------------------------------------- config


def test_config_takes_every_field(platform: Platform) -> None:
    device = {
        "name": "new",
        "customer_id": "C",
        "is_active": False,
        "type": "home-gateway",
        "serial_number": "S",
        "description": "D",
        "organization_id": 3,
        "location_name": "L",
        "latitude": "42.3601",
        "longitude": "-71.0589",
        "username": "u",
        "update_frequency": 900,
        "debug": True,
        "firmware_image": 7,
    }
    platform.ok("zq_fleet", config=[{**device, "password": PASSWORD}])
    made = platform.device("new")
    assert {key: made[key] for key in device} == {
        **device,
        "type": 6,
        "latitude": "42.360100",
        "longitude": "-71.058900",
    }
    assert platform.simulator.password_is("new", PASSWORD)
    assert not platform.ok("zq_fleet", config=[{**device, "password": PASSWORD}]).changed


def test_config_null_alias_and_text_are_taken_as_everywhere(platform: Platform) -> None:
    platform.seed({"name": "a", "description": "D", "is_active": True})
    platform.ok(
        "zq_fleet",
        config=[
            {"name": "a", "description": None, "organization": "2", "is_active": "no", "sync": None}
        ],
    )
    assert platform.bodies("PATCH") == [{"is_active": False, "organization_id": 2}]


def test_config_new_name_update_password_and_sync_of_one_device(platform: Platform) -> None:
    platform.seed("a", "b", "c")
    config = [
        {"name": "a", "new_name": "z"},
        {"name": "b", "password": PASSWORD, "update_password": "always"},
        {"name": "c", "description": "D", "sync": True},
    ]
    platform.ok("zq_fleet", config=config)
    assert sorted(device["name"] for device in platform.all()) == ["b", "c", "z"]
    assert platform.simulator.password_is("b", PASSWORD)
    assert [operation["name"] for operation in platform.simulator.operations()] == ["c"]
    again = platform.ok("zq_fleet", config=config, include_results="all")
    assert actions(again.result) == {
        "a": "unchanged",
        "b": "update",
        "c": "unchanged",
    }


def test_config_of_options_of_the_task(platform: Platform) -> None:
    platform.seed("a", "b")
    config = [
        {"name": "a", "password": PASSWORD},
        {"name": "b", "password": PASSWORD, "update_password": "on_create"},
    ]
    platform.ok("zq_fleet", config=config, update_password="always", sync=True)
    assert [request["path"] for request in platform.writes()] == [f"{LIST}a/"]
    assert [operation["name"] for operation in platform.simulator.operations()] == ["a"]


def test_config_says_all_that_is_wrong_at_once_and_writes_nothing(platform: Platform) -> None:
    platform.seed("a", {"name": "theirs", "organization_id": 2})
    wrong = [
        {"name": "a", "latitude": 91, "is_active": "perhaps"},
        {"name": "a"},
        {"name": "b", "colour": "red"},
        {"type": 5},
    ]
    failed = platform.fails("zq_fleet", config=wrong, scope={"type": []})
    assert sorted(failed["errors"]) == [
        "config[0].is_active",
        "config[0].latitude",
        "config[1].name",
        "config[2].colour",
        "config[3].name",
        "scope",
    ]
    failed = platform.fails(
        "zq_fleet",
        config=[{"name": "theirs"}, {"name": "new"}, {"name": "a", "type": "no-such"}],
        scope=ONE,
    )
    assert sorted(failed["errors"]) == ["config.a", "config.new", "config.theirs"]
    assert platform.writes() == []


# --------------------------------------------------------------------------------------------------------------- states


def test_merged_makes_what_is_declared_and_touches_nothing_else(platform: Platform) -> None:
    platform.seed({"name": "a", "description": "old", "customer_id": "C", "debug": True}, "b")
    called = platform.ok(
        "zq_fleet", config=[{"name": "a", "description": "new"}, {"name": "n", "type": 5}]
    )
    assert actions(called.result) == {"a": "update", "n": "create"}
    assert platform.bodies("PATCH") == [{"description": "new"}]
    assert platform.bodies("POST") == [{"name": "n", "type": 5}]
    assert len(platform.all()) == 3


def test_replaced_resets_what_is_not_declared_and_deletes_nothing(platform: Platform) -> None:
    seeded = {
        "description": "D",
        "customer_id": "C",
        "debug": True,
        "firmware_image": 7,
        "serial_number": "S",
        "update_frequency": 900,
    }
    platform.seed({"name": "a", "username": "u", **seeded}, "b")
    called = platform.ok("zq_fleet", state="replaced", config=[{"name": "a", "description": "D"}])
    made = platform.device("a")
    kept = {
        "firmware_image": 7,
        "serial_number": "S",
        "update_frequency": 900,
        "username": "u",
        "description": "D",
    }
    assert {key: made[key] for key in kept} == kept
    assert (made["customer_id"], made["debug"]) == ("", False)
    assert called["summary"]["deleted"] == 0
    assert platform.methods().count("PUT") == len(platform.writes()) == 1
    assert not platform.ok(
        "zq_fleet", state="replaced", config=[{"name": "a", "description": "D"}]
    ).changed


def test_overridden_deletes_what_is_in_scope_and_not_declared(platform: Platform) -> None:
    platform.seed("a", "b", {"name": "theirs", "organization_id": 2}, {"name": "other", "type": 6})
    given: dict[str, Any] = {
        "state": "overridden",
        "scope": {"organization": [1], "type": "enterprise-router"},
        "config": [{"name": "a"}],
    }
    assert actions(platform.ok("zq_fleet", **given).result) == {"b": "delete"}
    assert sorted(device["name"] for device in platform.all()) == ["a", "other", "theirs"]
    assert not platform.ok("zq_fleet", **given).changed


def test_overridden_needs_a_scope_and_deletes_no_more_than_a_tenth(platform: Platform) -> None:
    platform.seed(*named("d", 11))
    assert (
        "scope"
        in platform.fails("zq_fleet", state="overridden", config=[{"name": "d000"}])["errors"]
    )
    # A tenth of eleven, rounded up, is two.
    config = named("d", 11)
    assert (
        "max_deletes"
        in platform.fails("zq_fleet", state="overridden", scope=ONE, config=config[3:])["errors"]
    )
    assert platform.writes() == []
    assert (
        platform.ok("zq_fleet", state="overridden", scope=ONE, config=config[2:])["summary"][
            "deleted"
        ]
        == 2
    )


def test_overridden_with_an_empty_config_has_to_be_meant(platform: Platform) -> None:
    platform.seed("a", {"name": "theirs", "organization_id": 2})
    assert (
        "config" in platform.fails("zq_fleet", state="overridden", scope=ONE, config=[])["errors"]
    )
    assert platform.writes() == []
    platform.ok("zq_fleet", state="overridden", scope=ONE, config=[], max_deletes="100%")
    assert [device["name"] for device in platform.all()] == ["theirs"]


def test_overridden_while_the_list_shifts(platform: Platform) -> None:
    """Rows move between two pages: no declared device may be taken for a missing one, nor be deleted."""
    platform.seed(*named("d", 30), *named("x", 3))
    platform.simulator.fault(
        "list_shift",
        methods=["GET"],
        path="offset=",
        times=2,
        delete=["x000", "x001"],
        create=["late"],
    )
    platform.ok(
        "zq_fleet",
        state="overridden",
        scope=ONE,
        config=named("d", 30),
        page_size=10,
        concurrency=1,
        max_deletes=3,
    )
    left = {device["name"] for device in platform.all()}
    assert left >= {one["name"] for one in named("d", 30)}
    assert "x002" not in left
    assert [
        event["name"] for event in platform.simulator.events() if event["event"] == "created"
    ] == []


def test_deleted_deletes_what_is_named(platform: Platform) -> None:
    platform.seed("a", "b", "c")
    called = platform.ok(
        "zq_fleet",
        state="deleted",
        config=[{"name": "a", "description": "x"}, {"name": "gone"}, {"name": "b"}],
    )
    assert actions(called.result) == {"a": "delete", "b": "delete"}
    assert [device["name"] for device in platform.all()] == ["c"]
    assert not platform.ok("zq_fleet", state="deleted", config=[{"name": "a"}]).changed
    assert "config" in platform.fails("zq_fleet", state="deleted", config=[])["errors"]


def test_gathered_applies_back_in_every_state_without_a_change(platform: Platform) -> None:
    platform.seed(count=25, organizations=[1, 2], seed=1)
    platform.seed(
        {
            "name": "ü/1",
            "latitude": "1.5",
            "firmware_image": 7,
            "firmware_image_is_pending": True,
            "username": "u",
        }
    )
    gathered = platform.ok("zq_fleet", state="gathered", scope=ONE)["gathered"]
    assert [device["name"] for device in gathered] == [
        one["name"] for one in platform.all() if one["organization_id"] == 1
    ]
    assert all(
        set(device) >= {"name", "type", "organization_id", "is_active", "debug"}
        for device in gathered
    )
    for state in ("merged", "replaced", "overridden"):
        assert not platform.ok("zq_fleet", state=state, scope=ONE, config=gathered).changed
    assert platform.writes() == []
    again = platform.ok("zq_fleet", state="gathered", scope=ONE, check=True)["gathered"]
    assert again == gathered


# ---------------------------------------------------------------------------------------------------------------- scope


@pytest.mark.parametrize(
    "scope", [{}, {"organization": []}, {"type": None}, {"organization": None, "type": []}]
)
def test_scope_that_is_empty_is_an_error(platform: Platform, scope: dict[str, Any]) -> None:
    assert "scope" in platform.fails("zq_fleet", config=[{"name": "a"}], scope=scope)["errors"]
    assert platform.simulator.log() == []


@pytest.mark.parametrize(
    "declared",
    [
        {"name": "theirs", "description": "x"},
        {"name": "mine", "organization_id": 2},
        {"name": "mine", "type": "access-point"},
        {"name": "other", "description": "x"},
        {"name": "new", "type": 5},
        {"name": "new", "type": 5, "organization_id": 2},
        {"name": "mine", "new_name": "theirs"},
        {"name": "gone", "new_name": "theirs"},
    ],
)
@pytest.mark.parametrize("state", ["merged", "replaced", "overridden"])
def test_scope_is_left_neither_by_what_is_found_nor_by_what_is_declared(
    platform: Platform, declared: dict[str, Any], state: str
) -> None:
    platform.seed("mine", {"name": "theirs", "organization_id": 2}, {"name": "other", "type": 6})
    for check in (True, False):
        scope = {"organization": 1, "type": ["enterprise-router"]}
        failed = platform.fails(
            "zq_fleet", state=state, scope=scope, config=[declared], check=check, max_deletes=9
        )
        assert list(failed["errors"]) == [f"config.{declared['name']}"]
    assert platform.writes() == []


# ---------------------------------------------------------------------------------------------- guards, plan and results


@pytest.mark.parametrize("check", [True, False])
def test_guards_return_the_plan_and_write_nothing(platform: Platform, check: bool) -> None:
    platform.seed(*named("d", 10))
    config = named("d", 10, description="new")
    failed = platform.fails("zq_fleet", config=config, max_changes="90%", check=check)
    assert failed["errors"] == {"max_changes": ["10 > 9"]}
    assert len(failed["plan"]) == 10
    assert len(failed["plan_digest"]) == 64
    assert failed["refused"] is True
    # Nothing was done.
    assert failed["summary"]["updated"] == 0
    failed = platform.fails(
        "zq_fleet", state="deleted", config=config, max_deletes=9, max_changes=9, check=check
    )
    assert failed["errors"] == {"max_changes": ["10 > 9"], "max_deletes": ["10 > 9"]}
    assert platform.writes() == []


def test_returns_what_the_interface_names(platform: Platform) -> None:
    platform.seed({"name": "a", "description": "old"}, "b", "c")
    config = [
        {"name": "a", "description": "new"},
        {"name": "b"},
        {"name": "n", "type": 5, "organization_id": 1},
    ]
    given: dict[str, Any] = {
        "state": "overridden",
        "scope": ONE,
        "config": config,
        "max_deletes": 1,
    }
    predicted = platform.ok("zq_fleet", check=True, **given)
    called = platform.ok("zq_fleet", **given)
    own = {"organization_id": 1, "type_short_name": called["plan"][0]["type_short_name"]}
    # By action, whatever the order of the declarations.
    assert called["plan"][1:] == [
        {
            "name": "n",
            "action": "create",
            "before": {},
            "after": {"name": "n", "type": 5, "organization_id": 1},
            **own,
        },
        {
            "name": "a",
            "action": "update",
            "before": {"description": "old"},
            "after": {"description": "new"},
            **own,
        },
    ]
    assert (called["plan"][0]["name"], called["plan"][0]["action"], called["plan"][0]["after"]) == (
        "c",
        "delete",
        {},
    )
    assert re.fullmatch("[0-9a-f]{64}", called["plan_digest"])
    assert called.statuses() == {"a": "done", "n": "done", "c": "done"}
    assert all(one.keys() == {"name", "status", "reason", "changed"} for one in called["results"])
    counts = dict.fromkeys(("created", "updated", "deleted", "unchanged"), 1)
    counts.update(dict.fromkeys(("failed", "unknown"), 0))
    assert called["summary"] == {**counts, "requests": called["summary"]["requests"]}
    assert called["diff"].keys() == {"before", "after"}
    assert list(called["diff"]["before"]) == ["a", "c"]
    assert list(called["diff"]["after"]) == ["a", "n"]
    assert predicted["summary"] == {**counts, "requests": called["summary"]["requests"] - 3}
    assert set(predicted.statuses().values()) == {"skipped"}
    for key in ("plan", "plan_digest", "diff", "changed"):
        assert predicted[key] == called[key]


def test_expected_plan_digest_applies_that_plan_or_nothing(platform: Platform) -> None:
    platform.seed("a", "b")
    given: dict[str, Any] = {
        "config": [{"name": "a", "description": "new"}, {"name": "b", "customer_id": "C"}]
    }
    reviewed = platform.ok("zq_fleet", check=True, **given)["plan_digest"]
    other = {"config": [{"name": "a", "description": "newer"}, given["config"][1]]}
    platform.fails("zq_fleet", **other, expected_plan_digest=reviewed)
    assert platform.writes() == []
    # What the platform and the devices change by themselves is not looked at.
    platform.simulator.device("a", status="Up", software_version="9", address="10.0.0.1")
    assert platform.ok("zq_fleet", **given, expected_plan_digest=reviewed).changed
    assert len(platform.writes()) == 2


# ------------------------------------------------------------------------------------------------------------- failures


def test_failures_do_not_stop_the_others_and_fail_the_task_at_its_end(platform: Platform) -> None:
    platform.seed(*named("d", 8))
    platform.simulator.fault(
        "status", status=400, body={"description": ["Too dull."]}, methods=["PATCH"], path="d00[25]"
    )
    failed = platform.fails("zq_fleet", config=named("d", 8, description="new"))
    assert {name for name, status in failed.statuses().items() if status == "failed"} == {
        "d002",
        "d005",
    }
    assert failed["summary"]["updated"] == 6
    assert failed["summary"]["failed"] == 2
    assert "d002" in failed.msg
    assert "d005" in failed.msg
    assert "Too dull." in failed.msg
    assert failed.changed


def test_failures_end_it_where_there_are_more_than_allowed(platform: Platform) -> None:
    platform.seed(*named("d", 40))
    platform.simulator.fault("status", status=403, methods=["PATCH"])
    failed = platform.fails(
        "zq_fleet", config=named("d", 40, description="new"), max_failures=2, concurrency=4
    )
    counts = list(failed.statuses().values())
    # Those that were under way when the third failed.
    assert 3 <= counts.count("failed") == len(platform.writes()) <= 6
    assert counts.count("skipped") == 40 - counts.count("failed")


# ---------------------------------------------------------------------------------------------------------------- files


def test_files_are_for_the_user_alone_and_hold_no_secret(
    platform: Platform, tmp_path: Path
) -> None:
    platform.seed("a")
    config = [
        {"name": "a", "password": PASSWORD, "update_password": "always", "description": "new"},
        {"name": "n", "type": 5, "password": PASSWORD},
    ]
    folder = tmp_path / "files"
    folder.mkdir()
    called = platform.ok(
        "zq_fleet",
        config=config,
        plan_file=str(folder / "plan"),
        journal_file=str(folder / "journal"),
    )
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o600, 0o600]
    plan = json.loads((folder / "plan").read_text(encoding="utf-8"))
    assert plan["plan"] == called["plan"]
    assert plan["plan_digest"] == called["plan_digest"]
    lines = [
        json.loads(line) for line in (folder / "journal").read_text(encoding="utf-8").splitlines()
    ]
    assert sorted((line["name"], line["status"]) for line in lines) == [
        ("a", "begun"),
        ("a", "done"),
        ("n", "begun"),
        ("n", "done"),
    ]
    assert leaking_files(folder) == []
    assert leaks(json.dumps(called.result), "Zw8") == []
    assert leaks(called.log) == []


@pytest.mark.parametrize("option", ["plan_file", "journal_file"])
@pytest.mark.parametrize("place", ["file/below", "/dev/full", "folder", "/proc/plan.json"])
def test_files_that_cannot_be_written_end_it_before_the_first_request(
    platform: Platform, tmp_path: Path, option: str, place: str
) -> None:
    platform.seed("a")
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    for check in (True, False):
        config = [{"name": "a", "description": "new"}]
        failed = platform.fails(
            "zq_fleet",
            config=config,
            check=check,
            **{option: str(tmp_path / place)},
        )
        assert list(failed["errors"]) == [option]
    assert platform.methods() == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


# ------------------------------------------------------------------------------------------------------------- requests


def test_requests_are_the_pages_where_nothing_changes(platform: Platform) -> None:
    platform.simulator.seed(count=350, organizations=[1], seed=1)
    config = [
        {
            key: device[key]
            for key in (
                "name",
                "type",
                "serial_number",
                "organization_id",
                "is_active",
                "description",
                "latitude",
            )
        }
        for device in platform.all()
    ]
    platform.simulator.clear_log()
    called = platform.ok("zq_fleet", config=config)
    assert not called.changed
    assert gets(platform) == [""] * 4
    assert called["summary"]["requests"] == len(platform.simulator.log()) == 4


def test_requests_are_pages_and_changes(platform: Platform) -> None:
    platform.seed(*named("d", 150))
    config = [*named("d", 140), *named("n", 10, type=5)]
    for index in range(0, 140, 7):
        config[index]["description"] = "new"
    called = platform.ok("zq_fleet", config=config)
    log = platform.simulator.log()
    assert called["summary"]["requests"] == len(log) == 2 + 20 + 10
    assert [request["method"] for request in log].count("GET") == 2


def test_requests_for_details_are_for_who_declares_them(platform: Platform) -> None:
    platform.seed(*named("d", 20))
    config = named("d", 20)
    for index in (3, 17):
        config[index]["debug"] = False
    platform.ok("zq_fleet", config=config)
    assert sorted(gets(platform)) == ["", "d003/", "d017/"]


def test_concurrency_is_the_most_that_is_under_way(platform: Platform) -> None:
    """Twelve changes of a fifth of a second each, four at a time, take three fifths."""
    platform.seed(*named("d", 12))
    platform.simulator.fault("latency", seconds=0.2, methods=["PATCH"])
    begun = time.monotonic()
    platform.ok("zq_fleet", config=named("d", 12, description="new"), concurrency=3)
    assert time.monotonic() - begun >= 0.8


# ------------------------------------------------------------------------------------------------------------ both ways


@pytest.mark.parametrize("in_process", [True, False])
def test_both_ways_through_ansible_playbook(
    playbook: Playbook, platform: Platform, in_process: bool
) -> None:
    platform.seed({"name": "a", "description": "old"}, "b", "c")
    config = [
        {"name": "a", "description": "new", "password": PLAIN, "update_password": "always"},
        {"name": "b", "description": None},
        {"name": "n", "type": 5, "organization": "1", "is_active": "no", "password": 87654321},
    ]
    given: dict[str, Any] = {
        "config": config,
        "state": "overridden",
        "scope": ONE,
        "max_deletes": 1,
    }
    folder = playbook.folder.parent
    played = playbook(
        task("zq_fleet", "check", **given, plan_file=str(folder / "plan"), check_mode_=True),
        task("zq_fleet", "refused", ignore=True, **given, max_changes=1),
        task(
            "zq_fleet",
            "wrong",
            ignore=True,
            config=[{"name": "x", "latitude": 91, "debug": "perhaps", "password": PLAIN}, {}],
        ),
        task("zq_fleet", "wrong option", ignore=True, config=config, concurrency="many"),
        task("zq_fleet", "apply", **given, journal_file=str(folder / "journal")),
        task("zq_fleet", "gather", state="gathered", scope=ONE),
        options=["--diff", "-vvv"],
        in_process=in_process,
    )
    check, apply = played["check"], played["apply"]
    for key in ("plan", "plan_digest", "diff"):
        assert check[key] == apply[key]
    assert actions(apply) == {"a": "update", "n": "create", "c": "delete"}
    assert played["refused"]["errors"] == {"max_changes": ["3 > 1"]}
    assert len(played["refused"]["plan"]) == 3
    assert sorted(played["wrong"]["errors"]) == [
        "config[0].debug",
        "config[0].latitude",
        "config[1].name",
    ]
    assert "concurrency" in played["wrong option"]["msg"]
    assert [device["name"] for device in played["gather"]["gathered"]] == ["a", "b", "n"]
    assert platform.simulator.password_is("n", "87654321")
    assert leaks(played.text(), "87654321") == []
    assert leaks(json.dumps(played.results), "87654321") == []
    written = [folder / "plan", folder / "journal", played.folder / "ansible.log"]
    assert [file for file in written if leaks(file.read_bytes(), "87654321")] == []


def test_both_ways_words_of_options_are_not_masked(playbook: Playbook, platform: Platform) -> None:
    """`update_password` holds no secret, although its name has the word."""
    platform.seed("a")
    for in_process in (True, False):
        config = [
            {
                "name": "a",
                "description": f"always on_create {in_process}",
                "update_password": "always",
            }
        ]
        played = playbook(task("zq_fleet", "apply", config=config), in_process=in_process)
        assert played["apply"]["plan"][0]["after"] == {
            "description": f"always on_create {in_process}"
        }


@pytest.mark.thorough
def test_both_ways_ten_thousand_entries_through_a_playbook(
    playbook: Playbook, platform: Platform
) -> None:
    platform.simulator.settings(max_limit=1000)
    platform.simulator.seed(
        count=10_000, organizations=[1], name="d{n:05}", start=0, device={"description": "same"}
    )
    devices = [{"name": f"d{number:05}", "description": "same"} for number in range(10_000)]
    devices[4711]["description"] = "other"
    (playbook.folder.parent / "devices.json").write_text(
        json.dumps({"devices": devices}), encoding="utf-8"
    )
    platform.simulator.clear_log()
    played = playbook(
        task("zq_fleet", "apply", config="{{ devices }}", page_size=1000, diff_=True),
        play={"vars_files": [str(playbook.folder.parent / "devices.json")]},
        in_process=True,
    )
    assert played["apply"]["summary"] == {
        "created": 0,
        "updated": 1,
        "deleted": 0,
        "unchanged": 9999,
        "failed": 0,
        "unknown": 0,
        "requests": 12,
    }
    assert "d04711" in played.stdout
    assert "apply: 1 updated, 9999 unchanged" in played.stdout
    assert len(platform.simulator.log()) == 12
