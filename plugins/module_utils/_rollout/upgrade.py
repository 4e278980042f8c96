# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One wave of a firmware rollout, as `zq_firmware` runs it: what is asked for, and what is told of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._devices import WITH_PENDING, Device, DeviceApi, no_such_device
from .._errors import InputError, TaskError
from .._limit import Limit
from .._selection import names_from
from .._text import plural
from .plan import part_of, target_from
from .target import DUE, UNDER_WAY, Target
from .wave import WRONG, Course, Member, sort

# Each with the least value that is too small, or None for what may be zero.
NUMBERS: Mapping[str, float | None] = {
    "wait_timeout": 0,
    "wait_interval": 0,
    "soak": None,
    "concurrency": 0,
    "speed": 0,
    "rollback_image": 0,
}


@dataclass(frozen=True)
class Request:
    """What a wave is to do, validated. Durations are seconds of the platform's clock, which runs `speed` times as fast as ours."""

    target: Target
    names: list[str]
    timeout: float | None
    interval: float | None
    soak: float
    max_failures: Limit
    rollback_image: int | None
    concurrency: int
    speed: float
    failed: frozenset[str]
    missing_fails: bool
    soak_done: bool

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Request:
        """From the options of `zq_firmware`. Raises InputError."""
        names = names_from("name", params["name"])
        if not names:
            raise InputError("name", [], "selects nothing", "Give at least one name.")
        for option, above in NUMBERS.items():
            value = params.get(option)
            if value is not None and (
                value == math.inf or not (value >= 0 if above is None else value > above)
            ):
                raise InputError(
                    option,
                    value,
                    "is out of range",
                    f"Give {'0 or more' if above is None else 'more than 0'}.",
                )
        target = target_from(params)
        if params.get("rollback_image") == target.image:
            raise InputError(
                "rollback_image",
                target.image,
                "is the image of the rollout itself",
                "Give the id of another one.",
            )
        return cls(
            target=target,
            names=names,
            timeout=params.get("wait_timeout"),
            interval=params.get("wait_interval"),
            soak=float(params.get("soak") or 0),
            max_failures=Limit.parse("max_failures", params.get("max_failures")) or Limit(0),
            rollback_image=params.get("rollback_image"),
            concurrency=params["concurrency"],
            speed=float(params.get("speed") or 1),
            failed=frozenset(params.get("failed") or ()),
            missing_fails=params.get("missing", "error") == "error",
            soak_done=bool(params.get("soak_done")),
        )


def upgrade(api: DeviceApi, request: Request) -> dict[str, Any]:
    """The result of `zq_firmware`. Raises TaskError, with the results of all, where more failed than may."""
    members = [
        Member(device, tried=device["name"] in request.failed) for device in _found(api, request)
    ]
    limit = part_of(request.max_failures, len(members))
    if api.read_only:
        for state, member in sort(request.target, members):
            if state in (DUE, UNDER_WAY):
                member.end("skipped", "check mode")
                member.changed = state == DUE
        return _result(request, members, limit, "")
    course = Course(
        api=api,
        target=request.target,
        members=members,
        limit=limit,
        timeout=request.timeout,
        interval=request.interval,
        soak=request.soak,
        soak_done=request.soak_done,
        rollback_image=request.rollback_image,
        speed=request.speed,
    )
    course.run()
    result = _result(request, members, limit, course.lost)
    if result["halted"]:
        raise TaskError(_why(members, limit, course.lost), remedy="", partial=result)
    return result


def _found(api: DeviceApi, request: Request) -> list[Device]:
    found = api.find_each(request.names, WITH_PENDING)
    missing = [name for name in request.names if name not in found]
    if missing and request.missing_fails:
        raise no_such_device(missing)
    return [found.get(name, {"name": name}) for name in request.names]


def _result(request: Request, members: Sequence[Member], limit: int, lost: str) -> dict[str, Any]:
    touched = [member for member in members if member.changed]
    counts = Counter(member.status for member in members)
    image = {"firmware_image": request.target.image, "firmware_image_is_pending": True}
    return {
        "changed": bool(touched),
        "halted": bool(lost) or sum(counts[status] for status in WRONG) > limit,
        "max_failures": limit,
        "results": [member.to_dict() for member in members],
        "summary": dict(sorted(counts.items())),
        "diff": {
            "before": {one.name: {key: one.before.get(key) for key in image} for one in touched},
            "after": {one.name: image for one in touched},
        },
    }


def _why(members: Sequence[Member], limit: int, lost: str) -> str:
    wrong = [member for member in members if member.status in WRONG]
    told = "; ".join(f"{member.name}: {member.status}, {member.reason}" for member in wrong[:10])
    more = f"; and {len(wrong) - 10} more" if len(wrong) > 10 else ""
    kept = sum(member.status in ("skipped", "withdrawn") for member in members)
    rest = (
        f" {plural(kept, 'device')} of the wave kept {'its' if kept == 1 else 'their'} firmware."
        if kept
        else ""
    )
    if lost and len(wrong) <= limit:
        return f"the platform could not be followed any more: {lost}{rest}"
    return f"{len(wrong)} of {plural(len(members), 'device')} failed, and {limit} may: {told}{more}.{rest}"
