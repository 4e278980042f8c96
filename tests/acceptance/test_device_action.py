# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_device_action`, line by line. Time runs fast: a reboot takes a third of a second.

| line | tests |
|---|---|
| `name`, `filter`, or `all: true` | test_selected_*, and test_rules.py |
| `action`, sent as `factory`, `device_factory` for the resets | test_action_is_sent_as |
| `confirm` is required for the two resets | test_confirm_* |
| `wait`, `wait_timeout`, `wait_interval` | test_wait_* |
| `max_failures` | test_max_failures_* |
| `concurrency` | test_concurrency_* |
| devices that are down are sent to as well | test_devices_that_are_down_* |
| a named device that does not exist fails before anything is sent | test_a_named_device_that_does_not_exist_* |
| never sent twice; a lost answer is looked up; `unknown` | test_lost_answer_* |
| `changed` unless no device was selected | test_changed_* |
| returns `results` | test_returns_* |
| `failed` and `unknown` fail the task, at its end | test_failed_at_its_end_* |
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.acceptance.support import Platform, Playbook, sampled, task
from tests.acceptance.trouble import IN_FRONT

SENT_AS = {
    "reboot": "reboot",
    "factory_reset": "factory",
    "device_factory_reset": "device_factory",
    "sync": "sync",
    "reconf": "reconf",
}
RESETS = ("factory_reset", "device_factory_reset")
QUICK = {"boot_seconds": 40, "connection_request_delay": [1, 5], "update_frequency": 300}


def up(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"name": name, "status": "Up", **more} for name in names]


def confirmed(action: str) -> dict[str, Any]:
    return {"action": action, **({"confirm": True} if action in RESETS else {})}


def waiting(**more: Any) -> dict[str, Any]:
    return {"wait": True, "wait_interval": 0.1, "wait_timeout": 8, **more}


@pytest.fixture
def fast(platform: Platform) -> Platform:
    platform.seed(behaviours={"default": QUICK})
    platform.simulator.clock(speed=200)
    return platform


# ------------------------------------------------------------------------------------------------------------- sending


@pytest.mark.parametrize("action", SENT_AS)
def test_action_is_sent_as(platform: Platform, action: str) -> None:
    platform.seed(*up("a"))
    called = platform.ok("zq_device_action", name="a", **confirmed(action))
    assert [(request["method"], request["body"]) for request in platform.writes()] == [
        ("PATCH", {SENT_AS[action]: True})
    ]
    assert [operation["trigger"] for operation in platform.simulator.operations()] == [
        SENT_AS[action]
    ]
    assert called.statuses() == {"a": "accepted"}


def test_action_that_is_none_is_an_error(platform: Platform) -> None:
    platform.seed(*up("a"))
    assert "action" in platform.fails("zq_device_action", name="a").msg
    assert "action" in platform.fails("zq_device_action", name="a", action="factory").msg
    assert platform.writes() == []


def test_selected_by_name_in_the_order_asked(platform: Platform) -> None:
    platform.seed(*up("a", "b", "c"))
    called = platform.ok("zq_device_action", name=["c", "a", "c"], action="sync")
    assert [entry["name"] for entry in called["results"]] == ["c", "a"]
    assert len(platform.simulator.operations()) == 2


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("action", RESETS)
@pytest.mark.parametrize("confirm", [None, False])
def test_confirm_is_required_for_the_resets(
    platform: Platform, action: str, check: bool, confirm: Any
) -> None:
    platform.seed(*up("a"))
    failed = platform.fails(
        "zq_device_action", name="a", action=action, confirm=confirm, check=check
    )
    assert "confirm" in failed.msg
    assert platform.writes() == []


def test_confirm_is_not_needed_for_the_others(platform: Platform) -> None:
    platform.seed(*up("a"))
    for action in ("reboot", "sync", "reconf"):
        platform.ok("zq_device_action", name="a", action=action, confirm=False)


def test_devices_that_are_down_are_sent_to_as_well(platform: Platform) -> None:
    platform.seed({"name": "a", "status": "Down"}, *up("b"))
    assert platform.ok("zq_device_action", name=["a", "b"], action="reboot").statuses() == {
        "a": "accepted",
        "b": "accepted",
    }
    assert len(platform.simulator.operations()) == 2


@pytest.mark.parametrize("check", [True, False])
def test_a_named_device_that_does_not_exist_fails_before_anything_is_sent(
    platform: Platform, check: bool
) -> None:
    platform.seed(*up("a", "b"))
    failed = platform.fails(
        "zq_device_action", name=["a", "none-1", "b", "none-2"], action="sync", check=check
    )
    assert "none-1" in failed.msg
    assert "none-2" in failed.msg
    assert platform.writes() == []
    assert not failed.changed


def test_a_named_device_that_vanishes_meanwhile_is_failed(platform: Platform) -> None:
    platform.seed(*up("a", "b"))
    platform.simulator.fault("list_shift", methods=["GET"], path="a/|limit=", times=1, delete=["a"])
    failed = platform.fails("zq_device_action", name=["a", "b"], action="sync")
    assert {operation["name"] for operation in platform.simulator.operations()} <= {"b"}
    if "results" in failed.result:
        assert failed.statuses()["a"] == "failed"


def test_concurrency_is_how_many_are_sent_to_at_once(platform: Platform) -> None:
    platform.seed(*up(*(f"d{n}" for n in range(6))))
    platform.simulator.fault("latency", methods=["PATCH"], seconds=0.3)
    took = {}
    for concurrency in (1, 3):
        begun = time.monotonic()
        platform.ok("zq_device_action", all=True, action="sync", concurrency=concurrency)
        took[concurrency] = time.monotonic() - begun
    assert took[1] >= 1.8
    assert took[3] < 0.75 * took[1]


@pytest.mark.parametrize("value", [0, -1, "some"])
def test_concurrency_out_of_range_is_an_error(platform: Platform, value: Any) -> None:
    platform.seed(*up("a"))
    assert (
        "concurrency"
        in platform.fails("zq_device_action", name="a", action="sync", concurrency=value).msg
    )
    assert platform.writes() == []


@pytest.mark.parametrize(
    ("option", "value"),
    [("wait_timeout", -1), ("wait_interval", -1), ("max_failures", -1), ("wait_interval", 0)],
)
def test_numbers_out_of_range_are_errors(platform: Platform, option: str, value: Any) -> None:
    platform.seed(*up("a"))
    assert (
        option
        in platform.fails(
            "zq_device_action", name="a", action="sync", wait=True, **{option: value}
        ).msg
    )
    assert platform.writes() == []


# ------------------------------------------------------------------------------------------------------- changed, results


def test_changed_unless_no_device_was_selected(platform: Platform) -> None:
    platform.seed(*up("a"))
    assert platform.ok("zq_device_action", name="a", action="sync").changed
    nobody = platform.ok("zq_device_action", filter={"organization": 99}, action="sync")
    assert not nobody.changed
    assert nobody["results"] == []
    assert platform.ok("zq_device_action", name="a", action="sync", check=True).changed


def test_returns_results_for_each_device(platform: Platform) -> None:
    platform.seed(*up("a"))
    entry = platform.ok("zq_device_action", name="a", action="sync")["results"][0]
    assert set(entry) >= {"name", "status", "reason", "changed"}
    assert (entry["name"], entry["status"], entry["changed"]) == ("a", "accepted", True)


def test_returns_skipped_in_check_mode(platform: Platform) -> None:
    platform.seed(*up("a", "b"))
    called = platform.ok("zq_device_action", all=True, action="sync", check=True)
    assert called.statuses() == {"a": "skipped", "b": "skipped"}
    assert platform.writes() == []


def test_failed_at_its_end_fails_the_task(platform: Platform) -> None:
    platform.seed(*up("a", "b", "c"))
    platform.simulator.fault(
        "status", methods=["PATCH"], path="/b/", status=400, body={"sync": ["Not now."]}
    )
    failed = platform.fails("zq_device_action", name=["a", "b", "c"], action="sync")
    assert failed.statuses() == {"a": "accepted", "b": "failed", "c": "accepted"}
    assert {entry["name"]: entry["changed"] for entry in failed["results"]} == {
        "a": True,
        "b": False,
        "c": True,
    }
    assert "Not now." in failed["results"][1]["reason"]
    assert "b" in failed.msg
    assert failed.changed
    assert len(platform.simulator.operations()) == 2


# --------------------------------------------------------------------------------------------------------- max_failures


@pytest.mark.parametrize(("most", "sent"), [(0, 1), (2, 3)])
def test_max_failures_stops_sending_after_more_than_that(
    platform: Platform, most: int, sent: int
) -> None:
    platform.seed(*up(*(f"d{n}" for n in range(8))))
    platform.simulator.fault("status", methods=["PATCH"], status=400)
    failed = platform.fails(
        "zq_device_action", all=True, action="reboot", max_failures=most, concurrency=1
    )
    assert list(failed.statuses().values()) == ["failed"] * sent + ["skipped"] * (8 - sent)
    assert len(platform.writes()) == sent
    assert [entry["changed"] for entry in failed["results"]] == [False] * 8


def test_max_failures_is_not_reached(platform: Platform) -> None:
    platform.seed(*up(*(f"d{n}" for n in range(5))))
    platform.simulator.fault("status", methods=["PATCH"], path="d[01]/", status=400)
    failed = platform.fails("zq_device_action", all=True, action="reboot", max_failures=2)
    assert sorted(failed.statuses().values()) == ["accepted"] * 3 + ["failed"] * 2


def test_max_failures_not_given_does_not_stop(platform: Platform) -> None:
    platform.seed(*up(*(f"d{n}" for n in range(20))))
    platform.simulator.fault("status", methods=["PATCH"], status=400)
    failed = platform.fails("zq_device_action", all=True, action="reboot")
    assert set(failed.statuses().values()) == {"failed"}
    assert len(platform.writes()) == 20


# ---------------------------------------------------------------------------------------------------------------- wait


@pytest.mark.parametrize("action", SENT_AS)
def test_wait_until_it_is_done(fast: Platform, action: str) -> None:
    fast.seed(*up("a", "b"))
    called = fast.ok("zq_device_action", name=["a", "b"], **confirmed(action), **waiting())
    assert called.statuses() == {"a": "done", "b": "done"}
    operations = fast.simulator.operations()
    assert [operation["outcome"] for operation in operations] == ["done", "done"]
    assert fast.device("a")["pending_settings"] is None
    assert fast.device("a")["status"] == "Up"


def test_wait_is_off_by_default(platform: Platform) -> None:
    platform.seed(*up("a"))
    assert platform.ok("zq_device_action", name="a", action="reboot").statuses() == {
        "a": "accepted"
    }
    assert platform.device("a")["pending_settings"] == "reboot_pending"


def test_wait_for_a_device_that_is_down_and_comes_up(fast: Platform) -> None:
    fast.seed({"name": "a", "status": "Down", "behaviour": {"first_connect_after": 60}})
    assert fast.ok("zq_device_action", name="a", action="reboot", **waiting()).statuses() == {
        "a": "done"
    }


def test_wait_timeout_fails_the_device(fast: Platform) -> None:
    fast.seed(*up("a", "b"), behaviours={"devices": {"a": {"never_return": ["reboot"]}}})
    begun = time.monotonic()
    failed = fast.fails(
        "zq_device_action", name=["a", "b"], action="reboot", **waiting(wait_timeout=1.5)
    )
    assert 1.4 <= time.monotonic() - begun < 4
    assert failed.statuses() == {"a": "failed", "b": "done"}
    assert {entry["name"]: entry["changed"] for entry in failed["results"]} == {
        "a": True,
        "b": True,
    }
    assert failed["results"][0]["reason"]


@pytest.mark.parametrize("action", ["reboot", "factory_reset"])
def test_wait_is_not_deceived_by_a_device_that_never_went_down(fast: Platform, action: str) -> None:
    """Nothing pending is not enough: for a restart the device must have connected again since."""
    fast.simulator.clock(speed=0)
    fast.seed(*up("a"))
    fast.simulator.device("a", pending_settings="")
    taken = fast.device("a")
    fast.simulator.fault("status", methods=["PATCH"], status=200, body=taken, times=1)
    failed = fast.fails(
        "zq_device_action", name="a", **confirmed(action), **waiting(wait_timeout=0.6)
    )
    assert failed.statuses() == {"a": "failed"}


@pytest.mark.parametrize("body", [{}, [], None, {"detail": "Log in first"}])
def test_an_answer_that_is_not_the_devices_says_nothing(fast: Platform, body: object) -> None:
    fast.simulator.clock(speed=0)
    fast.seed(*up("a"))
    fast.simulator.fault("status", methods=["PATCH"], status=200, body=body, times=1)
    failed = fast.fails("zq_device_action", name="a", action="reboot")
    assert failed.statuses() == {"a": "unknown"}
    assert failed.changed
    assert len(fast.writes()) == 1


def test_wait_ignores_what_else_is_pending(fast: Platform) -> None:
    """Only what belongs to the operation is waited for."""
    fast.seed(*up("a"), behaviours={"default": {"download_seconds": 100000}})
    fast.ok("zq_device", name="a", firmware_image=7, firmware_image_is_pending=True)
    called = fast.ok("zq_device_action", name="a", action="sync", **waiting())
    assert called.statuses() == {"a": "done"}
    assert "firmware_update" in fast.device("a")["pending_settings"]


@pytest.mark.parametrize("form", ["text", "empty", "array"])
def test_wait_in_every_form_of_pending_settings(fast: Platform, form: str) -> None:
    fast.seed(*up("a"), settings={"pending_form": form})
    assert fast.ok("zq_device_action", name="a", action="reboot", **waiting()).statuses() == {
        "a": "done"
    }


def test_wait_interval_is_between_two_looks(fast: Platform) -> None:
    fast.seed(*up("a"), behaviours={"devices": {"a": {"never_return": ["reboot"]}}})
    fast.fails(
        "zq_device_action", name="a", action="reboot", **waiting(wait_interval=0.5, wait_timeout=2)
    )
    log = fast.simulator.log()
    sent = next(index for index, request in enumerate(log) if request["method"] == "PATCH")
    assert 2 <= len(log[sent + 1 :]) <= 7


def test_wait_for_many_reads_the_list(fast: Platform) -> None:
    """Polls of many devices are pages, not one request for each."""
    fast.seed(*up(*(f"d{n}" for n in range(60))))
    called = fast.ok("zq_device_action", all=True, action="sync", **waiting(wait_interval=0.3))
    assert set(called.statuses().values()) == {"done"}
    assert len([request for request in fast.simulator.log() if request["method"] == "GET"]) < 60


def test_wait_survives_failures_of_the_polls(fast: Platform) -> None:
    fast.seed(*up("a", "b", "c"))
    fast.simulator.fault("status", methods=["GET"], status=502, every=3)
    called = fast.ok("zq_device_action", name=["a", "b", "c"], action="reboot", **waiting())
    assert set(called.statuses().values()) == {"done"}
    assert len(fast.simulator.operations()) == 3


def test_wait_for_a_device_that_is_deleted_meanwhile(fast: Platform) -> None:
    fast.seed(*up("a"), behaviours={"devices": {"a": {"never_return": ["reboot"]}}})
    fast.simulator.fault("list_shift", methods=["GET"], after=2, times=1, delete=["a"])
    failed = fast.fails("zq_device_action", name="a", action="reboot", **waiting(wait_timeout=2))
    assert failed.statuses()["a"] in ("failed", "unknown")


# --------------------------------------------------------------------------------------------------------- lost answers


@pytest.mark.parametrize("action", SENT_AS)
@pytest.mark.parametrize(
    "kind",
    sampled(
        ["reset_before", "reset_after", "truncate", "html", "502 before", "502 after", "500 after"],
        3,
    ),
)
@pytest.mark.parametrize("wait", [False, True])
def test_lost_answer_is_never_sent_twice_and_never_guessed(
    fast: Platform, action: str, kind: str, wait: bool
) -> None:
    """With the clock stopped the platform can tell: what it accepted is pending."""
    if not wait:
        fast.simulator.clock(speed=0)
    fast.seed(*up("a"))
    number, _, place = kind.partition(" ")
    if place:
        fast.simulator.fault(
            "status", methods=["PATCH"], status=int(number), after_work=place == "after", times=1
        )
    else:
        fast.simulator.fault(
            kind, methods=["PATCH"], times=1, **({"status": 502} if kind == "html" else {})
        )
    called = fast.call(
        "zq_device_action",
        name="a",
        **confirmed(action),
        **(waiting(wait_timeout=2) if wait else {}),
    )
    operations = fast.simulator.operations()
    status = called.statuses()["a"]
    assert len(fast.writes()) == 1
    assert len(operations) <= 1
    if operations:
        assert status in ("accepted", "done", "unknown")
        if not wait:
            assert status == "accepted"
    else:
        assert status in ("failed", "unknown")
    assert called.failed is (status in ("failed", "unknown"))


@pytest.mark.parametrize("kind", sampled(IN_FRONT, 4), ids=str)
@pytest.mark.parametrize("after_work", [True, False])
def test_an_answer_of_what_stands_in_front_is_no_proof_of_anything(
    platform: Platform, kind: dict[str, Any], after_work: bool
) -> None:
    """Sent once: taken where the platform shows that it was, else unknown."""
    platform.seed(*up("a"))
    platform.simulator.clock(speed=0)
    platform.simulator.fault(**kind, after_work=after_work, methods=["PATCH"], times=1)
    called = platform.call("zq_device_action", name="a", action="reboot")
    assert called.statuses() == {"a": "accepted" if after_work else "unknown"}
    assert called.changed
    assert called.failed is not after_work
    assert len(platform.writes()) == 1
    assert len(platform.simulator.operations()) == after_work


@pytest.mark.parametrize("after_work", [True, False])
def test_a_503_that_says_when_to_come_back_is_a_lost_answer(
    platform: Platform, after_work: bool
) -> None:
    """A proxy answers so after the work as well."""
    platform.seed(*up("a"))
    platform.simulator.clock(speed=0)
    fault = {"status": 503, "retry_after": 1, "after_work": after_work, "times": 1}
    platform.simulator.fault("status", methods=["PATCH"], **fault)
    called = platform.call("zq_device_action", name="a", action="reboot")
    assert called.statuses() == {"a": "accepted" if after_work else "unknown"}
    assert called.changed
    assert len(platform.writes()) == 1
    assert len(platform.simulator.operations()) == after_work


def test_lost_answer_is_none_where_the_server_throttles(platform: Platform) -> None:
    platform.seed(*up("a"))
    platform.simulator.fault("status", methods=["PATCH"], status=429, retry_after=0, times=1)
    assert platform.ok("zq_device_action", name="a", action="reboot").statuses() == {
        "a": "accepted"
    }
    assert len(platform.simulator.operations()) == 1


def test_lost_answer_where_the_same_was_pending_before_is_unknown(platform: Platform) -> None:
    """The platform cannot tell the earlier operation from this one."""
    platform.seed(*up("a"))
    platform.simulator.clock(speed=0)
    platform.ok("zq_device_action", name="a", action="reboot")
    platform.simulator.fault("reset_before", methods=["PATCH"], times=1)
    failed = platform.fails("zq_device_action", name="a", action="reboot")
    assert failed.statuses() == {"a": "unknown"}
    assert len(platform.simulator.operations()) == 1


def test_lost_answer_and_no_platform_afterwards_is_unknown(platform: Platform) -> None:
    platform.seed(*up("a"))
    platform.simulator.fault("reset_after", methods=["PATCH"], times=1)
    platform.simulator.fault("status", methods=["GET"], after=1, status=502)
    failed = platform.fails("zq_device_action", name="a", action="reboot", retries=1)
    assert failed.statuses() == {"a": "unknown"}
    assert failed["results"][0]["reason"]
    assert len(platform.writes()) == 1


# ------------------------------------------------------------------------------------------------------------ throttling


@pytest.mark.thorough
def test_a_throttled_fleet_of_1000_is_operated_and_each_device_once(platform: Platform) -> None:
    """What is answered with a 429 is sent again, however often, and nothing else."""
    names = [f"d{number:04d}" for number in range(1000)]
    platform.seed(*up(*names))
    platform.simulator.clock(speed=0)
    patches: dict[str, Any] = {"methods": ["PATCH"], "status": 429}
    platform.simulator.fault("status", **patches, retry_after=1, every=300)
    platform.simulator.fault("status", **patches, retry_after=0, every=3)
    # As many as there may be refusals: which device meets how many of them is up to the threads.
    called = platform.threaded("zq_device_action", all=True, action="reboot", retries=1000)
    assert not called.failed, called.msg
    assert set(called.statuses().values()) == {"accepted"}
    assert sorted(one["name"] for one in platform.simulator.operations()) == names
    assert len(platform.writes()) > 1400


# ------------------------------------------------------------------------------------------------------ ansible-playbook


def test_through_ansible_playbook(playbook: Playbook, fast: Platform) -> None:
    fast.seed(
        *up("a", "b", "c"),
        {"name": "d", "status": "Down", "organization_id": 2},
        behaviours={"devices": {"c": {"never_return": ["reboot"]}}},
    )
    quick = {"wait": True, "wait_interval": 0.2, "wait_timeout": 3}
    played = playbook(
        task("zq_device_action", "check mode", all=True, action="reboot", check_mode_=True),
        task(
            "zq_device_action",
            "reset without confirm",
            ignore=True,
            name="a",
            action="factory_reset",
        ),
        task("zq_device_action", "reset", name="a", action="factory_reset", confirm=True, **quick),
        task("zq_device_action", "sync", name=["a", "b"], action="sync", **quick),
        task("zq_device_action", "down", filter={"organization": 2}, action="reconf"),
        task("zq_device_action", "nobody", filter={"organization": 3}, action="reconf"),
        task(
            "zq_device_action",
            "one never returns",
            ignore=True,
            name=["b", "c"],
            action="reboot",
            **quick,
        ),
        task("zq_device_action", "missing", ignore=True, name=["a", "none"], action="sync"),
    )
    assert {entry["status"] for entry in played["check mode"]["results"]} == {"skipped"}
    assert "confirm" in played["reset without confirm"]["msg"]
    assert [entry["status"] for entry in played["reset"]["results"]] == ["done"]
    assert [entry["status"] for entry in played["sync"]["results"]] == ["done", "done"]
    assert [entry["status"] for entry in played["down"]["results"]] == ["accepted"]
    assert played["nobody"]["changed"] is False
    assert [entry["status"] for entry in played["one never returns"]["results"]] == [
        "done",
        "failed",
    ]
    assert "c" in played["one never returns"]["msg"]
    assert "none" in played["missing"]["msg"]
    assert len(fast.simulator.operations()) == 6
