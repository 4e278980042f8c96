# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `zq_firmware_plan` and `zq_firmware` are asked for, validated before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._digest import digest_from
from .._errors import InputError
from .._limit import Limit
from .._selection import Filter, names_from
from .._waves.options import (
    acting_names,
    check_above,
    check_not_negative,
    max_failures_from,
    selected_by,
)
from .._waves.order import SPREAD, sizes_from
from .approval import StoredPlan
from .approved import approved_plan
from .arrivals import Awaited
from .memory import Memory
from .steps import Hooks, Pauses
from .target import Target

Report = Mapping[str, Mapping[str, Any]]

# A wave of a plan, as `zq_firmware` takes it.
WAVE_SPEC: dict[str, Any] = {
    "names": {"type": "list", "elements": "str", "required": True},
    "failed": {"type": "list", "elements": "str", "required": True},
    "to_do": {"type": "int", "required": True},
    "max_failures": {"type": "int", "required": True},
    "timeout": {"type": "float", "required": True},
    "soak": {"type": "float", "required": True},
    "duration": {"type": "float"},
    "estimated": {"type": "bool"},
    "remaining": {"type": "float"},
    "number": {"type": "int"},
    "kind": {"type": "str"},
    "steps": {"type": "list", "elements": "str"},
    "about": {"type": "dict"},
}
# Options of an upgrade without a plan: a wave says the same.
SINGLE_UPGRADE = ("name", "max_failures", "wait_timeout", "soak")


@dataclass(frozen=True)
class PlanRequest:
    """What a rollout is to be.

    names, selection: one of them is given. timeout: seconds for a wave, None for what the
    devices' turns make of it. earlier: name → the device in the report of an earlier run.
    memory: what else that report tells. begun: the waves that had begun by it. retries: how often a device is asked again.
    wait_for_down: seconds for which devices that are down are waited for.
    expected: the digest of the plan that was approved; approved: that plan, where it is at hand.
    prefix: what messages put before the names of options.
    """

    target: Target
    types: tuple[int | str, ...]
    names: list[str] | None
    selection: Filter | None
    canaries: list[str]
    sizes: list[Limit]
    max_failures: Limit
    timeout: float | None
    soak: float
    earlier: Report
    memory: Memory = field(default_factory=Memory)
    order: str = SPREAD
    retries: int = 0
    hooks: Hooks = field(default_factory=Hooks)
    wait_for_down: float = 0.0
    expected: str | None = None
    approved: StoredPlan | None = None
    prefix: str = ""
    begun: frozenset[int] = frozenset()

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> PlanRequest:
        """From the options of `zq_firmware_plan`. Raises InputError, and RefusedError."""
        names, selection = selected_by(params)
        check_above(params, "wait_timeout")
        for option in ("soak", "retries", "wait_for_down"):
            check_not_negative(params, option)
        earlier = params.get("earlier") or []
        expected = digest_from("expected_plan_digest", params.get("expected_plan_digest"))
        return cls(
            target=Target.from_params(params),
            types=Filter.from_params({"type": params.get("type")}).type,
            names=names,
            selection=selection,
            canaries=names_from("canaries", params.get("canaries") or []),
            sizes=sizes_from("waves", params.get("waves")),
            max_failures=max_failures_from(params),
            timeout=params.get("wait_timeout"),
            soak=float(params.get("soak") or 0),
            earlier={str(device.get("name")): device for device in earlier},
            memory=Memory.of(params.get("earlier_run") or {}, earlier),
            order=params.get("order") or SPREAD,
            retries=params.get("retries") or 0,
            hooks=Hooks(
                before=bool(params.get("before_wave")),
                after=bool(params.get("after_wave")),
                pauses=Pauses.parse("pause_after", params.get("pause_after") or []),
            ),
            wait_for_down=float(params.get("wait_for_down") or 0),
            expected=expected,
            approved=approved_plan(expected, _kept_plans(params.get("kept_plans"))),
            prefix=params.get("prefix") or "",
            begun=_begun_waves(params.get("earlier_run")),
        )


def _begun_waves(run: Any) -> frozenset[int]:
    """The numbers of the waves that a report says have begun. It is a file: it may hold anything."""
    waves = run.get("waves") if isinstance(run, Mapping) else None
    if not isinstance(waves, (list, tuple)):
        return frozenset()
    begun = [one for one in waves if isinstance(one, Mapping) and one.get("begun")]
    return frozenset(one["number"] for one in begun if isinstance(one.get("number"), int))


def _kept_plans(given: Any) -> list[Mapping[str, Any]]:
    plans = given or []
    if not isinstance(plans, (list, tuple)):
        raise InputError("kept_plans", None, "is not a list", "Give what reports have kept.")
    return [plan for plan in plans if isinstance(plan, Mapping)]


@dataclass(frozen=True)
class UpgradeRequest:
    """What is to be done with the devices of one wave.

    Durations are seconds of the platform's clock, which runs `speed` times as fast as ours.
    timeout, interval: None for what the devices' turns make of it.
    retries: how often a device on which it has failed is asked again.
    failed_before: names of devices on which the upgrade is known to have failed.
    missing_is_error: else a device that does not exist is one that has failed.
    soak_again: whether to soak where every device is done already.
    estimated: whether the timeout is of devices of which not all were read, so that the wave makes
    it longer where its own are slower. remaining: how long the window stays open; None for ever.
    """

    target: Target
    names: list[str]
    timeout: float | None
    interval: float | None
    soak: float
    max_failures: Limit
    rollback_image: int | None
    concurrency: int
    speed: float
    retries: int = 0
    awaited: Awaited = field(default_factory=Awaited)
    failed_before: frozenset[str] = frozenset()
    missing_is_error: bool = True
    soak_again: bool = False
    estimated: bool = False
    remaining: float | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> UpgradeRequest:
        """From the options of `zq_firmware`. Raises InputError."""
        for option in ("wait_interval", "concurrency", "speed", "rollback_image"):
            check_above(params, option)
        check_not_negative(params, "retries")
        target = Target.from_params(params)
        if params.get("rollback_image") == target.image:
            raise InputError(
                "rollback_image",
                target.image,
                "is the image of the rollout itself",
                "Give the id of another one.",
            )
        settings: dict[str, Any] = {
            "target": target,
            "interval": params.get("wait_interval"),
            "rollback_image": params.get("rollback_image"),
            "concurrency": params["concurrency"],
            "speed": params["speed"],
            "retries": params.get("retries") or 0,
            "awaited": Awaited.from_params(params.get("awaited")),
        }
        if params.get("wave") is not None:
            return cls(**settings, **_of_a_wave(params))
        return cls(**settings, **_of_a_single_upgrade(params))


def _of_a_single_upgrade(params: Mapping[str, Any]) -> dict[str, Any]:
    if params.get("name") is None:
        raise InputError(
            "name",
            None,
            "is not given, and neither is wave: no device is selected",
            "Give one of `name` and `wave`.",
        )
    check_above(params, "wait_timeout")
    check_not_negative(params, "soak")
    return {
        "names": acting_names("name", params["name"]),
        "timeout": params.get("wait_timeout"),
        "soak": params.get("soak") or 0.0,
        "max_failures": max_failures_from(params),
    }


def _of_a_wave(params: Mapping[str, Any]) -> dict[str, Any]:
    given = [option for option in SINGLE_UPGRADE if params.get(option) is not None]
    if given:
        raise InputError(
            "wave",
            None,
            f"is given together with {', '.join(given)}",
            "Leave out what the wave says already.",
        )
    wave = params["wave"]
    check_above(wave, "timeout", "wave.")
    for option in ("soak", "max_failures", "to_do"):
        check_not_negative(wave, option, "wave.")
    names = names_from("wave.names", wave["names"])
    if params.get("awaited") is None:
        names = acting_names("wave.names", wave["names"])
    return {
        "names": names,
        "timeout": wave["timeout"],
        "soak": wave["soak"],
        "max_failures": Limit(wave["max_failures"]),
        "failed_before": frozenset(wave["failed"]),
        "missing_is_error": False,
        "soak_again": wave["to_do"] > 0,
        "estimated": bool(wave.get("estimated")),
        "remaining": wave.get("remaining"),
    }
