# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `zq_rotation_plan` and `zq_rotation` are asked for, validated before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

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

Report = Mapping[str, Mapping[str, Any]]

# A wave of a plan, as `zq_rotation` takes it.
WAVE_SPEC: dict[str, Any] = {
    "names": {"type": "list", "elements": "str", "required": True},
    "failed": {"type": "list", "elements": "str", "required": True},
    "to_do": {"type": "int", "required": True},
    "max_failures": {"type": "int", "required": True},
    "timeout": {"type": "float", "required": True},
    "soak": {"type": "float", "required": True},
    "duration": {"type": "float"},
    "number": {"type": "int"},
    "kind": {"type": "str"},
    "label": {"type": "str"},
    "runs": {"type": "bool"},
}


@dataclass(frozen=True)
class PlanRequest:
    """What a rotation is to be.

    names, selection: one of them is given. timeout: seconds for a wave, None for what the devices'
    turns make of it. older_than: days that a password has to be old. earlier: name → the device in
    the report of a run that was cut short, where nothing but the report remembers it.
    """

    names: list[str] | None
    selection: Filter | None
    canaries: list[str]
    sizes: list[Limit]
    max_failures: Limit
    timeout: float | None
    soak: float
    order: str
    older_than: float
    retry_failed: bool
    earlier: Report

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> PlanRequest:
        """From the options of `zq_rotation_plan`. Raises InputError."""
        names, selection = selected_by(params)
        check_above(params, "wait_timeout")
        for option in ("soak", "older_than"):
            check_not_negative(params, option)
        return cls(
            names=names,
            selection=selection,
            canaries=names_from("canaries", params.get("canaries") or []),
            sizes=sizes_from("waves", params.get("waves")),
            max_failures=max_failures_from(params),
            timeout=params.get("wait_timeout"),
            soak=float(params.get("soak") or 0),
            order=params.get("order") or SPREAD,
            older_than=float(params.get("older_than") or 0),
            retry_failed=bool(params.get("retry_failed")),
            earlier={str(one.get("name")): one for one in params.get("earlier") or ()},
        )

    @property
    def due_before(self) -> str:
        """Passwords that were set after this moment are not due; "" where all are."""
        if not self.older_than:
            return ""
        # A password can be no older than our calendar.
        days = min(self.older_than, 365.0 * 1000)
        moment = datetime.now(timezone.utc) - timedelta(days=days)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class WaveRequest:
    """What is to be done with the devices of one wave.

    Durations are seconds of the platform's clock, which runs `speed` times as fast as ours.
    rotations: the ids of those that this one goes on with, its own first. planned_at: when it was
    planned, ISO 8601 in UTC.
    failed_before: names of devices that have failed in it before.
    soak_again: whether to soak where every device is done already.
    """

    names: list[str]
    rotations: list[str]
    planned_at: str
    timeout: float
    interval: float | None
    soak: float
    max_failures: Limit
    concurrency: int
    speed: float
    failed_before: frozenset[str]
    soak_again: bool

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> WaveRequest:
        """From the options of `zq_rotation`. Raises InputError."""
        for option in ("wait_interval", "concurrency", "speed"):
            check_above(params, option)
        wave = params.get("wave")
        if wave is None:
            raise InputError("wave", None, "is not given", "Give a wave of zq_rotation_plan.")
        check_above(wave, "timeout", "wave.")
        for option in ("soak", "max_failures", "to_do"):
            check_not_negative(wave, option, "wave.")
        return cls(
            names=acting_names("wave.names", wave["names"]),
            rotations=list(params["rotations"]),
            planned_at=params["planned_at"],
            timeout=wave["timeout"],
            interval=params.get("wait_interval"),
            soak=wave["soak"],
            max_failures=Limit(wave["max_failures"]),
            concurrency=params["concurrency"],
            speed=params["speed"],
            failed_before=frozenset(wave["failed"]),
            soak_again=wave["to_do"] > 0,
        )
