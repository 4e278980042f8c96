# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a firmware rollout: which devices need it, in which waves, and which are set aside. It reads, and writes nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._devices import WITH_PENDING, Device, DeviceApi, no_such_device
from .._errors import InputError
from .._limit import Limit
from .._selection import Filter, acting_filter, names_from
from .._text import listing, plural
from .order import Wave, sizes_from, waves_of, whole_sites
from .target import ASIDE, DUE, THERE, TRIED, UNDER_WAY, Target, judge, timeout_for

TOLD = ("name", "organization_id", "location_name", "type", "type_short_name")
OUTCOMES = {
    DUE: "planned",
    UNDER_WAY: "under_way",
    TRIED: "failed",
    THERE: "done",
    ASIDE: "excluded",
}


@dataclass(frozen=True)
class PlanRequest:
    """What a rollout is to be, validated. timeout: seconds for a wave, None for what the devices' turns make of it."""

    target: Target
    types: tuple[int | str, ...]
    names: list[str] | None
    selection: Filter | None
    canaries: list[str]
    sizes: list[Limit]
    max_failures: Limit
    timeout: float | None
    soak: float
    earlier: Mapping[str, Mapping[str, Any]]

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> PlanRequest:
        """From the options of `zq_firmware_plan`. Raises InputError."""
        ways = [option for option in ("name", "filter") if params.get(option) is not None]
        if len(ways) != 1:
            problem = (
                "are given together"
                if ways
                else "is not given, and neither is filter: no device is selected"
            )
            raise InputError("name", None, problem, "Give one of `name` and `filter`.")
        names = names_from("name", params["name"]) if ways == ["name"] else None
        if names == []:
            raise InputError("name", [], "selects nothing", "Give at least one name.")
        limit = Limit.parse("max_failures", params.get("max_failures", 0))
        for option in ("wait_timeout", "soak"):
            value = params.get(option)
            if value is not None and not (0 if option == "soak" else 1e-9) <= value < math.inf:
                raise InputError(option, value, "is out of range", "Give a number of seconds.")
        types = Filter.from_params({"type": params.get("type")}).type
        return cls(
            target=target_from(params),
            types=types,
            names=names,
            selection=None if names else acting_filter("filter", params["filter"]),
            canaries=names_from("canaries", params.get("canaries") or []),
            sizes=sizes_from("waves", params.get("waves")),
            max_failures=limit or Limit(0),
            timeout=params.get("wait_timeout"),
            soak=float(params.get("soak") or 0),
            earlier={str(one.get("name")): one for one in params.get("earlier") or []},
        )


# What `zq_firmware_plan` and `zq_firmware` have in common; documented in the fragment `firmware`.
TARGET_SPEC: dict[str, Any] = {
    "image": {"type": "int", "required": True},
    "version": {"type": "str", "required": True},
    "from": {"type": "list", "elements": "str"},
    "retry_failed": {"type": "bool", "default": False},
}


def target_from(params: Mapping[str, Any]) -> Target:
    """From the options that say what devices are brought to. Raises InputError."""
    version = str(params["version"]).strip()
    if not version:
        raise InputError(
            "version",
            params["version"],
            "is empty",
            "Give the software version that a device reports when it is done.",
        )
    if params["image"] < 1:
        raise InputError(
            "image", params["image"], "is not the id of a firmware image", "Give its number."
        )
    return Target(
        image=params["image"],
        version=version,
        sources=tuple(dict.fromkeys(str(one).strip() for one in params.get("from") or ())),
        retry_failed=bool(params.get("retry_failed")),
    )


def part_of(limit: Limit, total: int) -> int:
    """How many of a wave may fail: a part is rounded up, but less than one device is none, so that of a few canaries none may."""
    return 0 if limit.percent and total * limit.value < 100 else limit.of(total)


@dataclass
class _Known:
    """The devices of a selection, by what they are to the rollout."""

    states: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)

    def take(self, device: Device, state: str, reason: str = "") -> None:
        name = str(device["name"])
        self.states[name], self.reasons[name], self.devices[name] = state, reason, device

    def of(self, *states: str) -> list[Device]:
        return [self.devices[name] for name, state in self.states.items() if state in states]


def make_plan(api: DeviceApi, request: PlanRequest) -> dict[str, Any]:
    """The result of `zq_firmware_plan`."""
    target = _with_types(api, request)
    selected = _selected(api, request)
    known = _known(api, target, selected, request.earlier)
    done = _done_before(api, request, target, known)
    warnings = _check_canaries(request, known)
    part = [*known.of(DUE, UNDER_WAY, TRIED), *(known.devices[name] for name in done)]
    waves = waves_of(part, request.canaries, request.sizes)
    warnings += _doubts(target, known, waves)
    wave_of = {name: number for number, wave in enumerate(waves, 1) for name in wave.names}
    told = [name for name, state in known.states.items() if state != THERE or name in done]
    devices = [
        _device(known, name, wave_of.get(name), request.earlier.get(name) or {}) for name in told
    ]
    counts = Counter(one["status"] for one in devices)
    return {
        "changed": False,
        "waves": [_wave(request, known, number, wave) for number, wave in enumerate(waves, 1)],
        "devices": devices,
        "summary": {
            "selected": len(selected),
            "up_to_date": len(known.of(THERE)) - len(done),
            **{status: counts[status] for status in OUTCOMES.values()},
        },
        **({"warnings": warnings} if warnings else {}),
    }


def _known(
    api: DeviceApi,
    target: Target,
    selected: Sequence[Device],
    earlier: Mapping[str, Mapping[str, Any]],
) -> _Known:
    """What each is to the rollout; only those that may need it are asked for all their fields."""
    known = _Known()
    look = []
    for device in selected:
        excluded = "" if target.reached(device) else target.excludes(device)
        if target.reached(device) or excluded:
            known.take(device, ASIDE if excluded else THERE, excluded)
        else:
            look.append(device)
    for device in api.details(look, WITH_PENDING):
        told = earlier.get(str(device["name"])) or {}
        if told.get("rolled_back") and not target.retry_failed:
            known.take(
                device,
                TRIED,
                str(told.get("reason") or "it failed before, and was asked to go back"),
            )
        else:
            known.take(device, *judge(target, device))
    return known


def _doubts(target: Target, known: _Known, waves: Sequence[Wave]) -> list[str]:
    """What the user should know before anything is sent."""
    kinds = Counter(
        str(device.get("type_short_name") or device.get("type")) for device in known.of(DUE)
    )
    doubts = []
    if not target.types and len(kinds) > 1:
        told = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
        doubts.append(
            f"The image is to go to devices of {len(kinds)} types ({told}). Say with `type` for which it is."
        )
    whole = [f"{_named(site)}, wave {number}" for site, number in whole_sites(waves, known.devices)]
    if whole:
        what = plural(len(whole), "location has", "locations have")
        doubts.append(
            f"{what} all devices in one wave; smaller waves, or more of them, would divide them: {listing(whole, '; ')}."
        )
    return doubts


def _wave(request: PlanRequest, known: _Known, number: int, wave: Wave) -> dict[str, Any]:
    due = [known.devices[name] for name in wave.names if known.states[name] in (DUE, UNDER_WAY)]
    return {
        "number": number,
        "kind": wave.kind,
        "names": wave.names,
        "max_failures": part_of(request.max_failures, len(wave.names)),
        "timeout": request.timeout if request.timeout is not None else timeout_for(due),
        "soak": request.soak,
        "to_do": len(due),
        "failed": [name for name in wave.names if known.states[name] == TRIED],
    }


def _device(
    known: _Known, name: str, wave: int | None, earlier: Mapping[str, Any]
) -> dict[str, Any]:
    device, state = known.devices[name], known.states[name]
    version = device.get("software_version")
    unreached = "" if wave or state == ASIDE else "no wave reaches it"
    return {
        **{key: device.get(key) for key in TOLD},
        "wave": wave,
        "before": earlier.get("before") or (None if state == THERE else version),
        "after": version if state == THERE else None,
        "status": OUTCOMES[state],
        "reason": known.reasons[name] or unreached,
        "begun": earlier.get("begun"),
        "ended": earlier.get("ended") if state in (THERE, TRIED) else None,
        **({"rolled_back": True} if earlier.get("rolled_back") and state == TRIED else {}),
    }


def _with_types(api: DeviceApi, request: PlanRequest) -> Target:
    types = tuple(dict.fromkeys(api.type_id(one) for one in request.types))
    target = request.target
    return Target(target.image, target.version, target.sources, types, target.retry_failed)


def _selected(api: DeviceApi, request: PlanRequest) -> list[Device]:
    if request.names is None:
        return api.select(request.selection or Filter(), WITH_PENDING)
    found = api.find_in(Filter(), request.names, WITH_PENDING, confirm="always").devices
    missing = [name for name in request.names if name not in found]
    if missing:
        raise no_such_device(missing)
    return list(found.values())


def _done_before(api: DeviceApi, request: PlanRequest, target: Target, known: _Known) -> set[str]:
    """Devices that report the version because of this rollout: known from its report, or from the image that they were given.

    They belong to the waves, so that a rollout that was stopped goes on with the very waves that it had. Without a report that is looked
    for only where there is a sign that it was begun before, or where the waves do not reach all. Those that are not up, and those whose
    wave had not come to its end, are watched once more.
    """
    there = known.of(THERE)
    # One that was set aside was not upgraded by this rollout, whatever it reports by now.
    planned = {name for name, told in request.earlier.items() if told.get("wave") is not None}
    named = {str(device["name"]) for device in there}.intersection(planned)
    partial = request.sizes[-1].of(len(known.states)) < len(known.states)
    if not request.earlier and (partial or known.of(UNDER_WAY, TRIED)):
        for device in api.details(there, WITH_PENDING):
            if target.reached(device) and device.get("firmware_image") == target.image:
                known.take(device, THERE)
                named.add(str(device["name"]))
    for name in named:
        told = request.earlier.get(name) or {"status": "done"}
        if known.devices[name].get("status") != "Up" or (
            told.get("status") == "waiting" and told.get("running")
        ):
            known.states[name] = UNDER_WAY
    return {name for name in named if known.states[name] == THERE}


def _check_canaries(request: PlanRequest, known: _Known) -> list[str]:
    unknown = [name for name in request.canaries if name not in known.states]
    if unknown:
        raise InputError(
            "canaries",
            unknown[0],
            "is not among the selected devices",
            "Correct the name, or select it.",
        )
    aside = [name for name in request.canaries if known.states[name] == ASIDE]
    if aside and len(aside) == len(request.canaries):
        raise InputError(
            "canaries",
            aside[0],
            f"cannot be upgraded, as {known.reasons[aside[0]]}, and neither can any other canary",
            "Name canaries that need the upgrade and are up.",
        )
    return [f"The canary {name} is excluded: {known.reasons[name]}." for name in aside]


def _named(site: tuple[Any, str]) -> str:
    return f"{site[1] or 'no location'}, organization {site[0]}"
