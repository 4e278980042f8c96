# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the two firmware modules may be asked for."""

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._limit import Limit
from ansible_collections.zequenze.control.plugins.module_utils._rollout.request import (
    WAVE_SPEC,
    PlanRequest,
    UpgradeRequest,
)
from ansible_collections.zequenze.control.plugins.module_utils._rollout.target import Target
from ansible_collections.zequenze.control.plugins.module_utils._selection import Filter
from ansible_collections.zequenze.control.plugins.modules import zq_firmware, zq_firmware_plan
from ansible_collections.zequenze.control.tests.unit.rollouts import TARGET
from ansible_collections.zequenze.control.tests.unit.support import arguments

WAVE: dict[str, Any] = {
    "number": 1,
    "kind": "wave",
    "names": ["r1", "r2"],
    "failed": ["r2"],
    "to_do": 1,
    "max_failures": 2,
    "timeout": 60.0,
    "soak": 5.0,
    "duration": 65.0,
    "estimated": True,
    "remaining": 90.0,
    "steps": ["upgrade"],
    "about": {"label": "wave 1"},
}


def upgrade_request(**given: Any) -> UpgradeRequest:
    return UpgradeRequest.from_params(arguments(zq_firmware, **TARGET, **given))


def plan_request(**given: Any) -> PlanRequest:
    return PlanRequest.from_params(arguments(zq_firmware_plan, **{**TARGET, **given}))


def problem(make: Any, **given: Any) -> str:
    with pytest.raises(InputError) as raised:
        make(**given)
    return raised.value.message


def test_a_single_upgrade() -> None:
    assert upgrade_request(name="r1") == UpgradeRequest(
        target=Target(18, "2.0"),
        names=["r1"],
        timeout=None,
        interval=None,
        soak=0.0,
        max_failures=Limit(0),
        rollback_image=None,
        concurrency=8,
        speed=1.0,
        failed_before=frozenset(),
        missing_is_error=True,
        soak_again=False,
    )
    given = {"wait_timeout": 60.0, "soak": 5.0, "max_failures": "5%", "rollback_image": 1}
    request = upgrade_request(name=["r1", "r2"], **given, wait_interval=2.0, speed=9.0)
    assert (request.timeout, request.interval, request.soak) == (60.0, 2.0, 5.0)
    assert (request.names, request.max_failures) == (["r1", "r2"], Limit(5, percent=True))
    assert (request.rollback_image, request.speed) == (1, 9.0)


def test_a_wave_of_a_plan() -> None:
    request = upgrade_request(wave=WAVE, concurrency=3)
    assert request == UpgradeRequest(
        target=Target(18, "2.0"),
        names=["r1", "r2"],
        timeout=60.0,
        interval=None,
        soak=5.0,
        max_failures=Limit(2),
        rollback_image=None,
        concurrency=3,
        speed=1.0,
        failed_before=frozenset({"r2"}),
        missing_is_error=False,
        soak_again=True,
        estimated=True,
        remaining=90.0,
    )
    assert upgrade_request(wave={**WAVE, "to_do": 0}).soak_again is False


def validated(wave: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The wave as Ansible hands it on, and what it says is wrong with it."""
    checked = ArgumentSpecValidator(WAVE_SPEC).validate(wave)
    return checked.validated_parameters, checked.error_messages


def test_a_wave_that_has_been_text_is_read_as_numbers() -> None:
    kept = {key: WAVE[key] for key in ("names", "failed", "steps", "about")}
    text = {key: str(value) for key, value in WAVE.items()}
    assert validated({**text, **kept}) == (WAVE, [])
    read, _errors = validated({**WAVE, "names": [7], "failed": [7]})
    assert (read["names"], read["failed"]) == (["7"], ["7"])


def test_what_a_wave_cannot_do_without() -> None:
    assert validated({}) == (
        dict.fromkeys(WAVE),
        ["missing required arguments: failed, max_failures, names, soak, timeout, to_do"],
    )
    assert "size" in validated({**WAVE, "size": 3})[1][0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {},
            (
                "name: is not given, and neither is wave: no device is selected."
                " Give one of `name` and `wave`."
            ),
        ),
        ({"name": []}, "name: [] selects nothing. Give at least one name."),
        (
            {"name": "r1", "wave": WAVE},
            "wave: is given together with name. Leave out what the wave says already.",
        ),
        (
            {"wave": WAVE, "soak": 0.0, "max_failures": "0", "wait_timeout": 1.0},
            (
                "wave: is given together with max_failures, wait_timeout, soak."
                " Leave out what the wave says already."
            ),
        ),
        (
            {"wave": {**WAVE, "names": []}},
            "wave.names: [] selects nothing. Give at least one name.",
        ),
        (
            {"wave": {**WAVE, "timeout": 0.0}},
            "wave.timeout: 0.0 is out of range. Give more than 0.",
        ),
        ({"wave": {**WAVE, "soak": -1.0}}, "wave.soak: -1.0 is out of range. Give 0 or more."),
        (
            {"wave": {**WAVE, "max_failures": -1}},
            "wave.max_failures: -1 is out of range. Give 0 or more.",
        ),
        ({"wave": {**WAVE, "to_do": -1}}, "wave.to_do: -1 is out of range. Give 0 or more."),
        (
            {"name": "r1", "rollback_image": 18},
            "rollback_image: 18 is the image of the rollout itself. Give the id of another one.",
        ),
        (
            {"name": "r1", "max_failures": "some"},
            (
                "max_failures: 'some' is neither a number nor a percentage."
                " Give a number such as 5, or a part such as 10%."
            ),
        ),
    ],
)
def test_an_upgrade_that_cannot_be(given: dict[str, Any], message: str) -> None:
    assert problem(upgrade_request, **given) == message


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("wait_timeout", 0.0),
        ("wait_timeout", math.inf),
        ("wait_timeout", math.nan),
        ("wait_interval", 0.0),
        ("concurrency", 0),
        ("speed", 0.0),
        ("speed", math.inf),
        ("rollback_image", 0),
    ],
)
def test_what_must_be_more_than_nothing(option: str, value: float) -> None:
    message = f"{option}: {value} is out of range. Give more than 0."
    assert problem(upgrade_request, name="r1", **{option: value}) == message
    if option == "wait_timeout":
        assert problem(plan_request, name="r1", **{option: value}) == message


@pytest.mark.parametrize("value", [-0.5, math.inf, math.nan])
def test_a_soak_is_no_less_than_nothing(value: float) -> None:
    message = f"soak: {value} is out of range. Give 0 or more."
    assert problem(upgrade_request, name="r1", soak=value) == message
    assert problem(plan_request, name="r1", soak=value) == message


def test_a_plan_of_names() -> None:
    request = plan_request(
        name="r1",
        type=["router", 5],
        canaries=["r1"],
        waves=["1", "50%"],
        max_failures="2",
        wait_timeout=60.0,
        soak=5.0,
        earlier=[{"name": "r1", "wave": 1}],
        **{"from": ["1.0"]},
    )
    assert request == PlanRequest(
        target=Target(18, "2.0", sources=("1.0",)),
        types=("router", 5),
        names=["r1"],
        selection=None,
        canaries=["r1"],
        sizes=[Limit(1), Limit(50, percent=True)],
        max_failures=Limit(2),
        timeout=60.0,
        soak=5.0,
        earlier={"r1": {"name": "r1", "wave": 1}},
    )


def test_a_plan_of_a_filter() -> None:
    request = plan_request(filter={"type": "router"}, canaries=None, soak=None)
    assert (request.names, request.selection) == (None, Filter(type=("router",)))
    assert (request.timeout, request.soak, request.canaries) == (None, 0.0, [])
    assert (request.max_failures, request.earlier, request.types) == (Limit(0), {}, ())
    assert [str(size) for size in request.sizes] == ["1", "10%", "50%", "100%"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {},
            (
                "name: is not given, and neither is filter: no device is selected."
                " Give one of `name` and `filter`."
            ),
        ),
        (
            {"name": "r1", "filter": {"type": 5}},
            "name: is given together with filter. Give one of `name` and `filter`.",
        ),
        ({"name": []}, "name: [] selects nothing. Give at least one name."),
        (
            {"name": "r1", "waves": []},
            "waves: [] holds no wave. Give at least one, such as 100%.",
        ),
    ],
)
def test_a_plan_that_cannot_be(given: dict[str, Any], message: str) -> None:
    assert problem(plan_request, **given) == message
