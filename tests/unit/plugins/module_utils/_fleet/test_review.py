# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The review of a plan: guards, the digest, what has become different since, the diff and the plan file."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._fleet import review as _review
from ansible_collections.zequenze.control.plugins.module_utils._fleet.plan import SUMMARY_KEYS
from ansible_collections.zequenze.control.plugins.module_utils._plan import MAX_DIFF_DEVICES
from ansible_collections.zequenze.control.plugins.modules import zq_fleet
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import (
    arguments,
    failure,
    fleet,
    listed,
    looked,
    run,
)

ONE = {"organization": 1}


# --------------------------------------------------------------------------------------------------------------- guards


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"max_changes": "4", "max_deletes": "2"}, {"max_changes": ["5 > 4"]}),
        ({"max_changes": "39%", "max_deletes": "20%"}, {"max_changes": ["5 > 4"]}),
        ({"max_deletes": "1"}, {"max_deletes": ["2 > 1"]}),
        ({"max_deletes": "10%"}, {"max_deletes": ["2 > 1"]}),
        ({}, {"max_deletes": ["2 > 1"]}),
        (
            {"max_changes": "0", "max_deletes": "0%"},
            {"max_changes": ["5 > 0"], "max_deletes": ["2 > 0"]},
        ),
    ],
)
def test_guards_refuse_also_in_check_mode(
    platform: Platform, limits: dict[str, Any], told: dict[str, Any]
) -> None:
    names = fleet(platform, 10)
    config: list[dict[str, Any]] = [{"name": name, "description": "old"} for name in names[:6]]
    config += [{"name": name, "description": "new"} for name in names[6:8]] + [
        {"name": "new", "type": 5, "organization_id": 1}
    ]
    given: dict[str, Any] = {"state": "overridden", "scope": ONE, "config": config}
    for check in (True, False):
        error = failure(zq_fleet, platform, check=check, **given, **limits)
        assert error.errors == told
        assert error.to_dict()["refused"] is True
        assert len(error.partial["plan_digest"]) == 64
    assert {call[0] for call in platform.sent()} == {"GET"}
    assert (
        run(zq_fleet, platform, **given, max_changes="50%", max_deletes="20%")["summary"]["deleted"]
        == 2
    )


def test_a_part_of_few_named_devices_is_counted_by_one_short_request(platform: Platform) -> None:
    fleet(platform, 20)
    platform.add("theirs", organization_id=2)
    given: dict[str, Any] = {
        "state": "deleted",
        "scope": ONE,
        "config": [{"name": "d0"}, {"name": "d1"}, {"name": "d2"}],
    }
    error = failure(zq_fleet, platform, **given, max_deletes="10%")
    assert error.message == (
        "max_deletes: the plan deletes 3 devices, and the limit is 2 (10% of the 20 devices in"
        " scope). Nothing was written. Look at the plan (give `plan_file`); if it is right, raise the"
        " limit."
    )
    assert platform.sent()[-1] == listed(0, 1, organization=1)
    run(zq_fleet, platform, **given, max_deletes="11%")


def test_parts_of_nothing(platform: Platform) -> None:
    given: dict[str, Any] = {"scope": ONE, "max_deletes": "10%"}
    assert run(zq_fleet, platform, state="overridden", config=[], **given)["changed"] is False
    assert (
        run(zq_fleet, platform, state="deleted", config=[{"name": "gone"}], **given)["changed"]
        is False
    )
    error = failure(
        zq_fleet,
        platform,
        config=[{"name": "n", "type": 5, "organization_id": 1}],
        max_changes="50%",
        scope=ONE,
    )
    assert error.message.startswith(
        "max_changes: the plan changes 1 device, and the limit is 0 (50% of the 0 devices in scope)"
    )


def test_the_devices_in_scope_are_counted_once_for_both_limits(platform: Platform) -> None:
    fleet(platform, 20)
    given: dict[str, Any] = {"state": "deleted", "config": [{"name": "d0"}, {"name": "d1"}]}
    error = failure(zq_fleet, platform, **given, max_changes="5%", max_deletes="5%")
    *each, counted = platform.sent()
    assert (sorted(each), counted) == ([looked("d0"), looked("d1")], listed(0, 1))
    assert error.message == (
        "max_changes: the plan changes 2 devices, and the limit is 1 (5% of the 20 devices in"
        " scope); max_deletes: the plan deletes 2 devices, and the limit is 1 (5% of the 20"
        " devices in scope). Nothing was written. Look at the plan (give `plan_file`); if it is"
        " right, raise the limit."
    )


def test_a_limit_that_is_a_number_needs_no_count(platform: Platform) -> None:
    fleet(platform, 20)
    given: dict[str, Any] = {"state": "deleted", "config": [{"name": "d0"}, {"name": "d1"}]}
    error = failure(zq_fleet, platform, **given, max_deletes=1)
    assert sorted(platform.sent()) == [looked("d0"), looked("d1")]
    assert error.message == (
        "max_deletes: the plan deletes 2 devices, and the limit is 1."
        " Nothing was written. Look at the plan (give `plan_file`); if it is right, raise the"
        " limit."
    )
    # Nor is one made where nothing is changed.
    run(zq_fleet, platform, config=[{"name": "d0"}], max_changes="0%", max_deletes="0%")
    assert platform.sent() == [looked("d0")]


@pytest.mark.parametrize("limits", [{"max_changes": 2}, {"max_deletes": 2}, {"max_deletes": "10%"}])
def test_as_many_as_the_limit_are_allowed(platform: Platform, limits: dict[str, Any]) -> None:
    fleet(platform, 20)
    given: dict[str, Any] = {"state": "deleted", "config": [{"name": "d0"}, {"name": "d1"}]}
    run(zq_fleet, platform, **given, **limits)
    assert sorted(platform.deleted) == ["d0", "d1"]


def test_changes_are_no_deletions(platform: Platform) -> None:
    fleet(platform, 2)
    given: dict[str, Any] = {"config": [{"name": "d0", "description": "new"}]}
    assert run(zq_fleet, platform, **given, max_deletes=0)["changed"] is True


@pytest.mark.parametrize("count", [10, 11])
def test_a_refusal_returns_a_short_plan_and_where_it_is(
    platform: Platform, tmp_path: Path, count: int
) -> None:
    config = [{"name": name, "description": "new"} for name in fleet(platform, count)]
    place = str(tmp_path / "plan.json")
    error = failure(zq_fleet, platform, config=config, max_changes=0, plan_file=place)
    assert error.message.endswith(f"Look at the plan in {place}; if it is right, raise the limit.")
    nothing = dict.fromkeys((*SUMMARY_KEYS.values(), "failed", "unknown"), 0)
    written = json.loads(Path(place).read_text(encoding="utf-8"))["plan"]
    assert len(written) == count
    assert error.partial == {
        "changed": False,
        "plan_digest": digest(platform, config=config),
        "plan_file": place,
        "summary": {**nothing, "requests": 1},
        **({"plan": written} if count == 10 else {}),
    }


@pytest.mark.thorough
def test_a_refusal_does_not_grow_with_the_fleet(platform: Platform, tmp_path: Path) -> None:
    """Of 5,000 devices that all differ: what is printed, stored by AWX and sent to callbacks."""
    names = fleet(platform, 5000)
    config = [{"name": name, "description": "new"} for name in names]
    given: dict[str, Any] = {"config": config, "plan_file": str(tmp_path / "plan.json")}
    reviewed = digest(platform, **given)
    for name in names:
        platform.devices[name]["description"] = "by hand"
    outside = [{"name": name, "organization_id": 2} for name in names]
    platform.sent()
    for more in (
        {"expected_plan_digest": reviewed},
        {"expected_plan_digest": "0" * 64},
        {"max_changes": 10},
        {"config": outside, "scope": ONE},
        {"config": [*config, *config]},
    ):
        error = failure(zq_fleet, platform, **{**given, **more})
        told = error.to_dict()
        assert told["refused"] is True
        assert len(json.dumps(told)) < 9000
        assert len(json.dumps(told, indent=4).splitlines()) < 100
    assert {call[0] for call in platform.sent()} == {"GET"}


def test_what_was_applied_already_is_refused_in_a_word(platform: Platform, tmp_path: Path) -> None:
    fleet(platform, 6)
    config = [{"name": f"d{number}", "description": "new"} for number in range(6)]
    given: dict[str, Any] = {"config": config, "plan_file": str(tmp_path / "plan.json")}
    reviewed = digest(platform, **given)
    run(zq_fleet, platform, **given, expected_plan_digest=reviewed)
    error = failure(zq_fleet, platform, **given, expected_plan_digest=reviewed)
    assert error.message == (
        "expected_plan_digest: the plan is not the one that was reviewed: there is nothing left to"
        " do. Nothing was written. The platform is as declared: the plan was applied already, or"
        " by hand."
    )


def test_an_empty_config_overrides_only_where_that_is_said(platform: Platform) -> None:
    fleet(platform, 1)
    assert "config" in failure(zq_fleet, platform, state="overridden", scope=ONE, config=[]).errors
    assert platform.sent() == []
    run(zq_fleet, platform, state="overridden", scope=ONE, config=[], max_deletes="100%")
    assert platform.devices == {}


# --------------------------------------------------------------------------------------------------------------- digest


def digest(platform: Platform, **given: Any) -> str:
    return str(run(zq_fleet, platform, check=True, **given)["plan_digest"])


def test_the_digest_is_the_same_in_check_mode_and_of_config_in_any_order(
    platform: Platform,
) -> None:
    fleet(platform, 6)
    config: list[dict[str, Any]] = [
        {"name": f"d{number}", "description": "new", "debug": True} for number in range(6)
    ]
    backwards = [dict(reversed(one.items())) for one in reversed(config)]
    planned = digest(platform, config=config)
    assert (
        planned
        == digest(platform, config=backwards)
        == digest(platform, config=config, concurrency=1, page_size=3)
    )
    assert len(planned) == 64
    assert planned == planned.lower()
    assert run(zq_fleet, platform, config=config)["plan_digest"] == planned


def test_the_digest_of_a_plan_is_the_one_that_it_always_was(platform: Platform) -> None:
    """A digest is kept in tickets and pipelines: a new version of the collection may not change it."""
    fleet(platform, 4, update_frequency=300)
    config: list[dict[str, Any]] = [
        {"name": "d0", "description": "new", "is_active": "yes", "sync": True},
        {"name": "d1", "new_name": "e1", "update_frequency": 60, "password": "pw-Zk81"},
        {"name": "d2", "organization_id": 1, "description": "old", "debug": False},
        {"name": "n", "type": "ont", "organization_id": 1, "password": "pw-Zk81", "debug": True},
    ]
    given: dict[str, Any] = {"state": "overridden", "scope": ONE, "max_deletes": 1}
    given["update_password"] = "always"
    assert digest(platform, **given, config=config) == (
        "64fbc52a7b7de9a948b9a8176fde2814d2e2ed48ee93697f96f72f303904ab4f"
    )
    assert digest(platform, config=[{"name": "d0"}]) == (
        "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
    )


def test_the_digest_leaves_volatile_and_undeclared_fields_out(platform: Platform) -> None:
    fleet(platform, 6)
    given: dict[str, Any] = {
        "config": [{"name": f"d{number}", "description": "new"} for number in range(6)]
    }
    planned = digest(platform, **given)
    platform.devices["d1"].update(
        status="Up",
        status_change="2026-01-01T00:00:00Z",
        last_connection="x",
        pending_settings="y",
        software_version="2",
        address="1.2.3.4",
    )
    platform.devices["d2"].update(customer_id="not declared")
    platform.add("another")
    assert digest(platform, **given) == planned


def test_the_digest_is_one_however_the_devices_were_read(platform: Platform) -> None:
    fleet(platform, 3, update_frequency=300)
    given: dict[str, Any] = {
        "state": "deleted",
        "config": [{"name": f"d{number}"} for number in range(3)],
    }
    by_name = run(zq_fleet, platform, check=True, **given)
    given["config"] += [{"name": "gone1"}, {"name": "gone2"}]
    by_list = run(zq_fleet, platform, check=True, **given)
    assert by_name["plan_digest"] == by_list["plan_digest"]
    assert by_name["plan"] == by_list["plan"][:3]


def another_declaration(platform: Platform, given: dict[str, Any]) -> None:
    given["config"][0]["description"] = "newer"


def a_field_by_hand(platform: Platform, given: dict[str, Any]) -> None:
    platform.devices["d1"]["description"] = "by hand"


def a_matching_field_by_hand(platform: Platform, given: dict[str, Any]) -> None:
    platform.devices["d1"]["is_active"] = False


def a_detail_field_by_hand(platform: Platform, given: dict[str, Any]) -> None:
    platform.devices["d3"]["update_frequency"] = 60


def a_device_made_anew(platform: Platform, given: dict[str, Any]) -> None:
    platform.devices["d1"]["id"] = 4711


def a_device_gone(platform: Platform, given: dict[str, Any]) -> None:
    del platform.devices["z"]


def a_device_to_go_changed(platform: Platform, given: dict[str, Any]) -> None:
    platform.devices["z"]["customer_id"] = "it is somebody's after all"


def a_device_created(platform: Platform, given: dict[str, Any]) -> None:
    platform.add("new")


def a_device_created_otherwise(platform: Platform, given: dict[str, Any]) -> None:
    platform.add("new", type=6)


def another_password(platform: Platform, given: dict[str, Any]) -> None:
    given["config"][-1]["password"] = "pw-Zk82"


def a_sync(platform: Platform, given: dict[str, Any]) -> None:
    given["sync"] = True


OTHERWISE = "is another device now, or its password or sync is declared otherwise"
KEYED_OTHERWISE = f"{OTHERWISE}, or this run has another token, or another `digest_key`"
CHANGES = [
    (another_declaration, "d0: has changed since in description"),
    (a_field_by_hand, "d1: has changed since in description"),
    (a_matching_field_by_hand, "d1: has changed since in is_active"),
    (
        a_detail_field_by_hand,
        "d3: was not to be touched, and is now to be updated (update_frequency)",
    ),
    (a_device_made_anew, f"d1: {OTHERWISE}"),
    (
        a_device_gone,
        "z: was to be deleted, and there is nothing left to do",
    ),
    (a_device_to_go_changed, "z: has changed since in customer_id"),
    (
        a_device_created,
        "new: was to be created, and there is nothing left to do",
    ),
    (
        a_device_created_otherwise,
        "new: was to be created, and is now to be updated (type)",
    ),
    (another_password, f"new: {KEYED_OTHERWISE}"),
    (
        a_sync,
        "; ".join(
            [*(f"{name}: {OTHERWISE}" for name in ("d0", "d1", "d2")), f"new: {KEYED_OTHERWISE}"]
        ),
    ),
]


@pytest.mark.parametrize(
    ("change", "told"), CHANGES, ids=[change.__name__ for change, _told in CHANGES]
)
def test_a_plan_that_is_not_the_reviewed_one_is_refused_and_it_is_told_why(
    platform: Platform,
    tmp_path: Path,
    change: Callable[[Platform, dict[str, Any]], None],
    told: str,
) -> None:
    fleet(platform, 4, update_frequency=300)
    platform.add("z", customer_id="nobody")
    config: list[dict[str, Any]] = [
        {"name": f"d{number}", "description": "new", "is_active": True} for number in range(3)
    ]
    config += [{"name": "d3", "description": "old", "update_frequency": 300, "serial_number": "S3"}]
    config += [{"name": "new", "type": 5, "organization_id": 1, "password": "pw-Zk81"}]
    given: dict[str, Any] = {
        "state": "overridden",
        "scope": ONE,
        "max_deletes": 1,
        "config": config,
        "plan_file": str(tmp_path / "plan"),
    }
    reviewed = digest(platform, **given)
    assert digest(platform, **given) == reviewed
    reviewed_text = (tmp_path / "plan").read_text(encoding="utf-8")
    change(platform, given)
    platform.sent()
    for check in (True, False):
        error = failure(zq_fleet, platform, check=check, **given, expected_plan_digest=reviewed)
        now = error.partial["plan_digest"]
        assert now != reviewed
        assert error.message == (
            f"expected_plan_digest: the plan is not the one that was reviewed: {told}. Nothing was"
            f" written. Review the plan as it is now, in {tmp_path / 'plan.new.json'}, and give"
            " its digest."
        )
        assert error.errors == {"expected_plan_digest": told.split("; ")}
        as_it_is = json.loads((tmp_path / "plan.new.json").read_text(encoding="utf-8"))
        assert as_it_is["plan_digest"] == now
        assert "pw-Zk8" not in error.message
    assert {call[0] for call in platform.sent()} == {"GET"}
    # The reviewed plan is still there to be compared with.
    assert (tmp_path / "plan").read_text(encoding="utf-8") == reviewed_text


def test_without_the_reviewed_plan_at_hand_it_is_told_how_to_learn_more(
    platform: Platform, tmp_path: Path
) -> None:
    fleet(platform, 1)
    config = [{"name": "d0", "description": "new"}]
    (tmp_path / "other").write_text('{"plan_digest": "of another"}', encoding="utf-8")
    (tmp_path / "broken").write_text("[1", encoding="utf-8")
    for plan_file in (None, tmp_path / "none", tmp_path / "other", tmp_path / "broken"):
        error = failure(
            zq_fleet,
            platform,
            config=config,
            expected_plan_digest="0" * 64,
            plan_file=None if plan_file is None else str(plan_file),
        )
        now = error.partial["plan_digest"]
        remedy = "Review the new plan, and give its digest. With `plan_file` naming the reviewed"
        remedy += " plan, it is told which devices differ."
        if plan_file is not None:
            remedy = f"Review the plan as it is now, in {plan_file}.new.json, and give its digest."
        assert error.message == (
            "expected_plan_digest: the plan is not the one that was reviewed: the plan is now"
            f" {now}. Nothing was written. {remedy}"
        )
        assert error.errors == {"expected_plan_digest": [f"the plan is now {now}"]}
    assert {call[0] for call in platform.sent()} == {"GET"}


def entry(action: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {"name": "r1", "action": action, "before": before, "after": after}


NOTHING = entry("unchanged", {}, {})


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (
            entry("update", {"a": 1}, {"a": 2}),
            NOTHING,
            "was to be updated, and there is nothing left to do (a)",
        ),
        (
            NOTHING,
            entry("create", {}, {"a": 2}),
            "was not to be touched, and is now to be created",
        ),
        (
            NOTHING,
            entry("delete", {"a": 2}, {}),
            "was not to be touched, and is now to be deleted",
        ),
        # A password or a sync alone.
        (NOTHING, entry("update", {}, {}), "was not to be touched, and is now to be updated"),
        (
            entry("create", {}, {"b": 1, "a": 1}),
            entry("update", {"a": 0}, {"a": 1}),
            "was to be created, and is now to be updated (a)",
        ),
        (
            entry("delete", {"a": 1}, {}),
            entry("update", {"a": 1}, {"a": 2}),
            "was to be deleted, and is now to be updated (a)",
        ),
        (
            entry("update", {"a": 1, "b": 1}, {"a": 2, "b": 2}),
            entry("update", {"a": 0, "b": 1}, {"a": 2, "b": 3}),
            "has changed since in a, b",
        ),
        (
            entry("update", {"a": 1}, {"a": 2}),
            entry("update", {"a": 1}, {"a": 2}),
            "is another device now, or its password or sync is declared otherwise",
        ),
    ],
)
def test_a_difference_in_words(old: dict[str, Any], new: dict[str, Any], text: str) -> None:
    assert _review._difference(old, new) == text


@pytest.mark.parametrize(("count", "named", "more"), [(10, 10, ""), (11, 10, "and 1 more device")])
def test_a_refusal_names_no_more_than_ten_devices(
    platform: Platform, tmp_path: Path, count: int, named: int, more: str
) -> None:
    names = fleet(platform, count)
    given: dict[str, Any] = {"plan_file": str(tmp_path / "plan")}
    reviewed = digest(platform, **given, config=[{"name": name, "debug": True} for name in names])
    config = [{"name": name, "description": "new"} for name in names]
    error = failure(zq_fleet, platform, **given, config=config, expected_plan_digest=reviewed)
    told = [f"{name}: has changed since in debug, description" for name in names]
    if more:
        told = [*told[:named], more]
    assert f"reviewed: {'; '.join(told)}. Nothing was written" in error.message
    assert error.errors["expected_plan_digest"] == told


def test_differences_are_named_in_the_order_of_the_reviewed_plan_then_of_the_new_one(
    platform: Platform, tmp_path: Path
) -> None:
    fleet(platform, 3)
    given: dict[str, Any] = {"plan_file": str(tmp_path / "plan")}
    changed: dict[str, Any] = {"description": "new"}
    config = [{"name": "d1", **changed}, {"name": "d0", **changed}]
    reviewed = digest(platform, **given, config=config)
    config = [{"name": "d2", **changed}, {"name": "d0"}, {"name": "d1", "debug": True}]
    error = failure(zq_fleet, platform, **given, config=config, expected_plan_digest=reviewed)
    assert [one.partition(":")[0] for one in error.errors["expected_plan_digest"]] == [
        "d1",
        "d0",
        "d2",
    ]


def test_of_a_reviewed_plan_without_seals_all_devices_differ(
    platform: Platform, tmp_path: Path
) -> None:
    fleet(platform, 1)
    (tmp_path / "plan").write_text(f'{{"plan_digest": "{"0" * 64}", "plan": []}}', encoding="utf-8")
    error = failure(
        zq_fleet,
        platform,
        config=[{"name": "d0", "description": "new"}],
        expected_plan_digest="0" * 64,
        plan_file=str(tmp_path / "plan"),
    )
    assert error.errors["expected_plan_digest"] == [
        "d0: was not to be touched, and is now to be updated (description)"
    ]


def test_a_reviewed_plan_is_applied_once(platform: Platform) -> None:
    fleet(platform, 2)
    given: dict[str, Any] = {"config": [{"name": "d0", "description": "new"}]}
    reviewed = digest(platform, **given)
    assert run(zq_fleet, platform, **given, expected_plan_digest=reviewed)["changed"]
    platform.sent()
    assert (
        "the plan is not the one that was reviewed"
        in failure(zq_fleet, platform, **given, expected_plan_digest=reviewed).message
    )
    assert platform.sent() == [looked("d0")]
    nothing = digest(platform, **given)
    assert run(zq_fleet, platform, **given, expected_plan_digest=nothing)["changed"] is False


def test_secrets_are_in_the_digest_keyed_with_the_token(platform: Platform) -> None:
    def planned(password: str, token: str) -> str:
        given = {name: row.get("default") for name, row in zq_fleet.SPEC.items()}
        with platform.client(read_only=True, token=token) as client:
            config = [{"name": "n", "type": 5, "password": password}]
            return str(zq_fleet.run({**given, "config": config}, client)["plan_digest"])

    digests = {
        planned(password, token) for password in ("one", "two") for token in ("first", "second")
    }
    assert len(digests) == 4
    assert planned("one", "first") in digests


# --------------------------------------------------------------------------------------------------- diff and plan_file


def test_the_diff_has_one_entry_a_device_with_what_differs(platform: Platform) -> None:
    fleet(platform, 3)
    config = [
        {"name": "d0", "description": "new", "is_active": True},
        {"name": "d1", "description": "old"},
    ]
    config += [{"name": "n", "type": 5, "organization_id": 1, "password": "pw-Zk81"}]
    result = run(
        zq_fleet, platform, check=True, state="overridden", scope=ONE, max_deletes=1, config=config
    )
    gone = {
        "name": "d2",
        "is_active": True,
        "type": 5,
        "serial_number": "S2",
        "description": "old",
        "organization_id": 1,
    }
    assert result["diff"] == {
        "before": {"d0": {"description": "old"}, "d2": gone},
        "after": {
            "d0": {"description": "new"},
            "n": {"name": "n", "type": 5, "organization_id": 1, "password": "(sensitive)"},
        },
    }


def test_a_long_diff_is_cut_with_a_count_and_the_plan_file_has_all_of_it(
    platform: Platform, tmp_path: Path
) -> None:
    names = fleet(platform, MAX_DIFF_DEVICES + 7)
    file = tmp_path / "plan.json"
    result = run(
        zq_fleet,
        platform,
        check=True,
        config=[{"name": name, "description": "new"} for name in names],
        plan_file=str(file),
    )
    assert list(result["diff"]["before"]) == names[:MAX_DIFF_DEVICES]
    assert list(result["diff"]["after"]) == [*names[:MAX_DIFF_DEVICES], "... and 7 more devices"]
    assert result["diff"]["after"]["... and 7 more devices"] == "see plan, or plan_file"
    text = file.read_text(encoding="utf-8")
    written = json.loads(text)
    assert text == json.dumps(written, indent=1) + "\n"
    assert list(written) == ["plan_digest", "summary", "plan", "seals"]
    assert written["plan"] == result["plan"]
    assert written["plan_digest"] == result["plan_digest"]
    assert written["summary"] == {
        "created": 0,
        "updated": len(names),
        "deleted": 0,
        "unchanged": 0,
    }
    assert list(written["seals"]) == names
    assert {len(seal) for seal in written["seals"].values()} == {64}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_the_plan_file_is_written_for_who_is_to_look_why_a_guard_refused(
    platform: Platform, tmp_path: Path
) -> None:
    fleet(platform, 2)
    file = tmp_path / "plan.json"
    file.write_text("old and for all to see", encoding="utf-8")
    file.chmod(0o644)
    failure(
        zq_fleet,
        platform,
        config=[{"name": "d0", "description": "new"}],
        max_changes=0,
        plan_file=str(file),
    )
    assert json.loads(file.read_text(encoding="utf-8"))["plan"][0]["name"] == "d0"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


UNWRITABLE = {
    "": "is a folder, and no file",
    "file/below": "cannot be written: Not a directory",
    "pipe": "is a named pipe, and no regular file",
    "/dev/full": "is a device, and no regular file",
    "/proc/file": "cannot be written: No such file or directory",
}


@pytest.mark.parametrize("option", ["plan_file", "journal_file"])
@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(("where", "why"), UNWRITABLE.items(), ids=UNWRITABLE)
def test_a_file_that_cannot_be_written_ends_the_task_before_the_platform_is_read(
    platform: Platform, tmp_path: Path, where: str, why: str, check: bool, option: str
) -> None:
    fleet(platform, 1)
    (tmp_path / "file").write_text("old", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    path = tmp_path / where
    config = [{"name": "d0", "description": "new"}]
    error = failure(zq_fleet, platform, check=check, config=config, **{option: str(path)})
    assert error.message == f"{option}: '{path}' {why}. Nothing was written to the platform."
    assert error.errors == {option: [why]}
    assert platform.sent() == []
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "pipe"]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize("check", [True, False])
def test_the_plan_file_is_written_through_a_link_and_in_a_folder_that_is_made(
    platform: Platform, tmp_path: Path, check: bool
) -> None:
    fleet(platform, 1)
    link = tmp_path / "plan.json"
    link.symlink_to("new/folder/plan.json")
    run(zq_fleet, platform, check=check, config=[{"name": "d0"}], plan_file=str(link))
    assert link.is_symlink()
    assert json.loads(link.read_text(encoding="utf-8"))["plan"][0]["name"] == "d0"
    assert stat.S_IMODE(link.stat().st_mode) == 0o600


def test_files_are_nobodys_business_where_devices_are_only_gathered(
    platform: Platform, tmp_path: Path
) -> None:
    fleet(platform, 1)
    run(zq_fleet, platform, state="gathered", config=None, plan_file=str(tmp_path))


# ----------------------------------------------------------------------------------------------------------- digest_key

KEY = "dk-7Xw2vQ9r"
WITH_A_PASSWORD = {"config": [{"name": "n", "type": 5, "password": "pw-Zk81"}]}


def digest_with(platform: Platform, token: str, **given: Any) -> str:
    with platform.client(read_only=True, token=token) as client:
        return str(zq_fleet.run(arguments(zq_fleet, **given), client)["plan_digest"])


def test_with_a_key_a_plan_is_applied_with_another_token(platform: Platform) -> None:
    reviewed = digest_with(platform, "tok-reads", **WITH_A_PASSWORD, digest_key=KEY)
    given = {**WITH_A_PASSWORD, "expected_plan_digest": reviewed, "digest_key": f" {KEY}\n"}
    with platform.client(token="tok-writes") as client:
        result = zq_fleet.run(arguments(zq_fleet, **given), client)
    assert result["summary"]["created"] == 1
    assert KEY not in str(result)


def test_without_a_key_or_with_another_it_is_refused(platform: Platform, tmp_path: Path) -> None:
    plan_file = str(tmp_path / "plan")
    given: dict[str, Any] = {**WITH_A_PASSWORD, "plan_file": plan_file}
    reviewed = digest_with(platform, "tok-reads", **given, digest_key=KEY)
    for key in (None, " ", "dk-another"):
        error = failure(zq_fleet, platform, **given, digest_key=key, expected_plan_digest=reviewed)
        assert error.errors == {"expected_plan_digest": [f"n: {KEYED_OTHERWISE}"]}
    assert KEY not in (tmp_path / "plan").read_text(encoding="utf-8")
    assert platform.created == []


def test_the_key_is_as_good_as_the_token_where_it_is_the_same(platform: Platform) -> None:
    by_token = digest_with(platform, KEY, **WITH_A_PASSWORD)
    assert digest_with(platform, "tok-reads", **WITH_A_PASSWORD, digest_key=KEY) == by_token
    assert digest_with(platform, "tok-reads", **WITH_A_PASSWORD) != by_token


def test_a_plan_without_a_password_needs_no_key(platform: Platform) -> None:
    config = [{"name": "n", "type": 5}]
    assert digest_with(platform, "tok-reads", config=config) == digest_with(
        platform, "tok-writes", config=config, digest_key=KEY
    )
