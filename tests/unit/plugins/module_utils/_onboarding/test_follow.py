# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New devices, followed: what is sent to whom and when, and what is made of what the platform shows."""

from __future__ import annotations

from typing import Any, Callable

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._onboarding import (
    follow as _onboarding_follow,
)
from ansible_collections.zequenze.control.plugins.module_utils._plan import plan_device
from ansible_collections.zequenze.control.plugins.modules import zq_onboarding_follow
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    Fault,
    Platform,
    detail,
    reset,
)
from ansible_collections.zequenze.control.tests.unit.support import (
    LIST,
    failure,
    listed,
    looked,
    path,
    run,
)

NOW = "2026-01-01T00:00:00Z"
UP = {"status": "Up", "last_connection": NOW}
QUICK: dict[str, Any] = {"wait_timeout": 5, "wait_interval": 0.02}
PENDING = {"pending": "true"}


def statuses(result: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["status"] for one in result["results"]}


def on_look(platform: Platform, *steps: Callable[[], object]) -> None:
    """Each step before one more look at the platform, which begins with any GET."""
    left = list(steps)

    def look(method: str, _path: str) -> None:
        if method == "GET" and left:
            left.pop(0)()

    platform.on_request = look


def nothing() -> None:
    """A look at which nothing has changed."""


def test_each_is_configured_as_it_connects_and_its_sync_is_seen_through(platform: Platform) -> None:
    device = platform.add("one")
    on_look(
        platform,
        nothing,
        lambda: device.update(UP),
        nothing,
        lambda: device.update(pending_settings=None),
    )
    result = run(
        zq_onboarding_follow,
        platform,
        name="one",
        configuration={"description": "new", "organization": "3"},
        **QUICK,
    )
    assert statuses(result) == {"one": "configured"}
    assert result["changed"] is True
    assert result["diff"] == {
        "before": {"one": {"description": None, "organization_id": 1}},
        "after": {"one": {"description": "new", "organization_id": 3}},
    }
    patch = ("PATCH", path("one"), {"description": "new", "organization_id": 3, "sync": True})
    assert (
        platform.sent()
        == [looked("one", pending="true")] * 2 + [patch] + [looked("one", pending="true")] * 2
    )


def test_what_is_right_already_gets_nothing(platform: Platform) -> None:
    platform.add("one", **UP, description="new")
    device = platform.add("two", **UP, description="new", pending_settings="configuration_sync")
    platform.add("down", status="Down", last_connection=NOW, description="new")
    names = ["one", "two", "down"]
    on_look(platform, *[nothing] * 4, lambda: device.update(pending_settings=None))
    result = run(
        zq_onboarding_follow, platform, name=names, configuration={"description": "new"}, **QUICK
    )
    assert statuses(result) == dict.fromkeys(names, "connected")
    assert result["changed"] is False
    assert {method for method, _path, _body in platform.sent()} == {"GET"}


def test_without_a_configuration_they_are_only_followed(platform: Platform) -> None:
    device = platform.add("one")
    on_look(platform, nothing, lambda: device.update(UP))
    assert statuses(run(zq_onboarding_follow, platform, name="one", **QUICK)) == {
        "one": "connected"
    }
    assert platform.triggers == []


def test_one_that_is_down_is_configured_when_it_is_up(platform: Platform) -> None:
    device = platform.add("one", status="Down", last_connection=NOW)
    # A field that a list does not show costs one more look, once.
    on_look(
        platform,
        *[nothing] * 3,
        lambda: device.update(UP),
        *[nothing] * 2,
        lambda: device.update(pending_settings=None),
    )
    result = run(
        zq_onboarding_follow, platform, name=["one"], configuration={"debug": True}, **QUICK
    )
    assert statuses(result) == {"one": "configured"}
    assert platform.triggers == [("one", "sync")]


def test_check_mode_predicts_and_waits_for_nothing(platform: Platform) -> None:
    platform.add("right", **UP, description="new")
    platform.add("due", **UP)
    platform.add("down", status="Down", last_connection=NOW)
    platform.add("never")
    names = ["right", "due", "down", "never"]
    result = run(
        zq_onboarding_follow,
        platform,
        check=True,
        name=names,
        configuration={"description": "new"},
        wait_timeout=3600,
    )
    assert statuses(result) == {
        "right": "connected",
        "due": "configured",
        "down": "waiting",
        "never": "waiting",
    }
    assert result["changed"] is True
    assert result["diff"]["after"] == {"due": {"description": "new"}}
    assert len(platform.sent()) == 4
    missing = run(zq_onboarding_follow, platform, check=True, name="none")
    assert missing["results"] == [
        {
            "name": "none",
            "status": "waiting",
            "reason": "is not on the platform yet",
            "changed": False,
        }
    ]


def test_time_is_up(platform: Platform) -> None:
    platform.add("never")
    platform.add("slow", **UP)
    result = run(
        zq_onboarding_follow,
        platform,
        name=["never", "slow"],
        configuration={"description": "new"},
        wait_timeout=20,
        wait_interval=2,
        speed=100,
    )
    assert statuses(result) == {"never": "waiting", "slow": "waiting"}
    reasons = [one["reason"] for one in result["results"]]
    assert reasons[0] == "has not connected yet"
    assert reasons[1].startswith("is configured, and its sync is not over")
    assert result["changed"] is True
    assert result["summary"] == {
        "connected": 0,
        "configured": 0,
        "waiting": 2,
        "failed": 0,
        "unknown": 0,
    }


def test_one_that_fails_does_not_stop_the_others(platform: Platform) -> None:
    platform.add("one", **UP)
    device = platform.add("two", **UP)
    platform.fail("PATCH", detail(400, "No."))
    on_look(platform, *[nothing] * 6, lambda: device.update(pending_settings=None))
    error = failure(
        zq_onboarding_follow,
        platform,
        name=["one", "two", "none"],
        configuration={"description": "x"},
        concurrency=1,
        **QUICK,
    )
    result = error.to_dict()
    assert statuses(result) == {"one": "failed", "two": "configured", "none": "failed"}
    assert "one: failed" in result["msg"]
    assert "No." in result["msg"]
    assert "none: failed, does not exist" in result["msg"]
    assert result["changed"] is True


def test_one_that_is_deleted_meanwhile_or_made_again(platform: Platform) -> None:
    platform.add("one")
    other = platform.add("two")
    on_look(
        platform, *[nothing] * 2, lambda: platform.devices.pop("one"), lambda: other.update(id=99)
    )
    error = failure(zq_onboarding_follow, platform, name=["one", "two"], **QUICK)
    assert {one["reason"] for one in error.partial["results"]} == {"does not exist any more"}


def test_a_lost_answer_is_looked_up(platform: Platform) -> None:
    device = platform.add("one", **UP)
    platform.fail("PATCH", reset(after=True))
    on_look(platform, *[nothing] * 3, lambda: device.update(pending_settings=None))
    result = run(
        zq_onboarding_follow, platform, name="one", configuration={"description": "x"}, **QUICK
    )
    assert statuses(result) == {"one": "configured"}
    assert platform.triggers == [("one", "sync")]


def test_a_platform_that_is_away_for_a_while(platform: Platform) -> None:
    device = platform.add("one")
    on_look(platform, *[nothing] * 6, lambda: device.update(UP))
    platform.fail("GET", None, *[detail(503, "Later.")] * 5)
    # The client waits between its tries, too.
    result = run(zq_onboarding_follow, platform, name="one", wait_timeout=60, wait_interval=1)
    assert statuses(result) == {"one": "connected"}


def test_a_platform_that_is_away_for_good(platform: Platform) -> None:
    platform.add("one")
    platform.fail("GET", None, *[detail(503, "Later.")] * 5000)
    error = failure(
        zq_onboarding_follow, platform, name="one", wait_timeout=0.1, wait_interval=0.02
    )
    (one,) = error.partial["results"]
    assert one["status"] == "unknown"
    assert "could not be followed" in one["reason"]


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_token_that_is_refused_ends_it(platform: Platform, method: str) -> None:
    platform.add("one", **UP)
    platform.add("two")
    platform.fail(method, *([None] * 2 if method == "GET" else []), *[detail(401, "Expired.")] * 50)
    configuration = {"description": "x"} if method == "PATCH" else {}
    names = ["one", "two"] if method == "PATCH" else ["two", "two", "one"]
    error = failure(
        zq_onboarding_follow,
        platform,
        name=names,
        configuration=configuration,
        wait_timeout=60,
        wait_interval=0.02,
    )
    assert "unknown" in statuses(error.partial).values()
    assert "Expired." in error.message
    assert len(platform.sent()) < 10


def test_the_part_of_the_list_in_which_they_are(platform: Platform) -> None:
    """The whole list once; then only the organization and type of those that are waited for."""
    for number in range(350):
        platform.add(f"d{number}", organization_id=1 if number < 10 else 2)
    names = [f"d{number}" for number in range(10)]
    run(zq_onboarding_follow, platform, name=names, wait_timeout=0.1, wait_interval=0.04)
    sent = platform.sent()
    assert sent[0] == listed(pending="true")
    # The other pages are asked for at once, and come as they come.
    others = [listed(offset, pending="true") for offset in (198, 297, 99)]
    assert sorted(sent[1:4], key=str) == others
    assert set(map(str, sent[4:])) == {str(listed(organization=1, type=5, pending="true"))}
    assert all(path == LIST for _method, path, _query in sent)


def test_one_that_moves_is_found_again(platform: Platform) -> None:
    for number in range(350):
        platform.add(f"d{number}", organization_id=1 if number < 10 else 2)
    names = [f"d{number}" for number in range(10)]
    moved = platform.devices["d3"]
    on_look(platform, *[nothing] * 4, lambda: moved.update(organization_id=2, **UP))
    result = run(zq_onboarding_follow, platform, name=names, wait_timeout=0.2, wait_interval=0.04)
    assert statuses(result)["d3"] == "connected"


def test_where_narrowing_costs_more_all_is_read(platform: Platform) -> None:
    for number in range(150):
        platform.add(f"d{number}", organization_id=number % 30)
    names = [f"d{number}" for number in range(100)]
    run(zq_onboarding_follow, platform, name=names, wait_timeout=0.1, wait_interval=0.04)
    whole = [listed(offset, pending="true") for offset in (0, 99)]
    of_their_type = [listed(offset, type=5, pending="true") for offset in (0, 99)]
    assert {str(sent) for sent in platform.sent()} == set(map(str, whole + of_their_type))


def test_progress_is_told(platform: Platform) -> None:
    platform.add("one", **UP)
    platform.add("two")
    seen: list[dict[str, int]] = []
    with platform.client() as client:
        client.watching = lambda make: seen.append(make().counts)
        params = {name: row.get("default") for name, row in zq_onboarding_follow.SPEC.items()}
        zq_onboarding_follow.run(
            {**params, "name": ["one", "two"], "wait_timeout": 0.1, "wait_interval": 0.02}, client
        )
    assert seen[-1] == {"not connected": 1, "connected": 1, "failed": 0}


def registered(*outcomes: tuple[str, str, str]) -> dict[str, Any]:
    """What `zq_fleet` returns. outcomes: action, status and reason of d0, d1 and so on."""
    plan = []
    results = []
    for number, (action, status, reason) in enumerate(outcomes):
        name = f"d{number}"
        plan.append({"name": name, "action": action})
        if action != "unchanged":
            predicted = reason == "check mode"
            # The reason is free text, which may be masked.
            shown = reason.replace("check mode", "che********k mode")
            results.append({"name": name, "status": status, "reason": shown, "changed": predicted})
    return {"plan": plan, "results": results}


REGISTERED = registered(
    ("create", "done", ""),
    ("create", "failed", "refused"),
    ("unchanged", "", ""),
    ("update", "unknown", "lost"),
    ("update", "skipped", "more than 1 device had failed"),
    ("create", "skipped", "check mode"),
    ("update", "done", ""),
)


@pytest.mark.parametrize(
    ("result", "followed"),
    [
        (REGISTERED, ["d0", "d2", "d5", "d6"]),
        # Of a plan that was refused as a whole, nothing was done.
        ({**REGISTERED, "results": []}, ["d2"]),
        ({"plan": REGISTERED["plan"]}, ["d2"]),
        # It came to no plan.
        ({"msg": "No answer.", "failed": True}, []),
        ({}, []),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_those_that_could_not_be_registered_are_not_followed(
    platform: Platform, check: bool, result: dict[str, Any], followed: list[str]
) -> None:
    names = [f"d{number}" for number in range(7)]
    for name in names:
        platform.add(name, **UP)
    found = run(zq_onboarding_follow, platform, check=check, name=names, registered=result, **QUICK)
    assert [one["name"] for one in found["results"]] == followed
    assert set(statuses(found).values()) <= {"connected"}
    assert bool(platform.sent()) is bool(followed)


def test_an_empty_list_that_was_registered_is_followed(platform: Platform) -> None:
    result = run(zq_onboarding_follow, platform, name=[], registered={"plan": [], "results": []})
    assert result["results"] == []
    assert set(result["summary"].values()) == {0}
    assert platform.sent() == []


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"name": []}, "name"),
        ({"name": [""]}, "name"),
        ({"wait_timeout": 0}, "wait_timeout"),
        ({"wait_interval": float("nan")}, "wait_interval"),
        ({"speed": float("inf")}, "speed"),
        ({"concurrency": 0}, "concurrency"),
        ({"configuration": {"latitude": "north"}}, "configuration.latitude"),
    ],
)
def test_options_that_are_wrong(platform: Platform, given: dict[str, Any], wrong: str) -> None:
    assert list(failure(zq_onboarding_follow, platform, **{"name": "one", **given}).errors) == [
        wrong
    ]
    assert platform.sent() == []


def test_an_error_of_our_own_at_one_device_leaves_the_others(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.add("one", **UP)
    two = platform.add("two", **UP)

    def broken(declaration: Any, actual: Any) -> Any:
        if declaration.name == "one":
            raise TypeError("'int' object is not iterable")
        return plan_device(declaration, actual)

    monkeypatch.setattr(_onboarding_follow, "plan_device", broken)
    on_look(platform, *[nothing] * 2, lambda: two.update(pending_settings=None))
    given = {"name": ["one", "two"], "configuration": {"description": "new"}, **QUICK}
    error = failure(zq_onboarding_follow, platform, **given)
    assert statuses(error.partial) == {"one": "failed", "two": "configured"}
    assert "one: failed, internal error: TypeError: 'int' object is not iterable" in error.message


def test_an_error_of_our_own_in_the_midst_returns_what_was_done(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.add("one", **UP)
    platform.add("two")

    def broken(_run: Any) -> None:
        raise IndexError("list index out of range")

    monkeypatch.setattr(_onboarding_follow.FollowRun, "_collect_all", broken)
    given = {"name": ["one", "two"], "configuration": {"description": "new"}, **QUICK}
    error = failure(zq_onboarding_follow, platform, **{**given, "wait_timeout": 0.1})
    assert error.message.startswith("internal error: IndexError: ")
    assert error.partial["changed"] is True
    assert [one["changed"] for one in error.partial["results"]] == [True, False]
    assert set(statuses(error.partial).values()) == {"unknown"}
    assert error.partial["diff"]["after"] == {"one": {"description": "new"}}


def test_a_sync_is_asked_for_once_where_a_proxy_says_come_back(platform: Platform) -> None:
    device = platform.add("one", **UP)
    platform.fail("PATCH", Fault(503, b"", {"Retry-After": "1"}, after=True))
    on_look(platform, *[nothing] * 3, lambda: device.update(pending_settings=None))
    given = {"name": "one", "configuration": {"description": "x"}, **QUICK}
    assert statuses(run(zq_onboarding_follow, platform, **given)) == {"one": "configured"}
    assert platform.triggers == [("one", "sync")]


@pytest.mark.parametrize("fault", [Fault(200, b'{"detail": "Log in first"}'), Fault(202)])
def test_a_foreign_answer_configures_nothing(platform: Platform, fault: Fault) -> None:
    platform.add("one", **UP)
    platform.fail("PATCH", *[fault] * 9)
    given = {"name": "one", "configuration": {"description": "x"}, **QUICK}
    error = failure(zq_onboarding_follow, platform, **given)
    assert statuses(error.partial) == {"one": "unknown"}
    assert len([call for call in platform.sent() if call[0] == "PATCH"]) == 1


def test_statuses_are_documented() -> None:
    assert all(
        f"V({status})" in zq_onboarding_follow.RETURN for status in _onboarding_follow.STATUSES
    )
