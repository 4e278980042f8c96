# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firmware rollout as its report tells it: the plan, and what has become of its waves so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._text import plural

# Of the plan → of the report, where no wave has told anything else.
PLANNED = {"planned": "waiting", "under_way": "waiting"}
OUTCOMES = ("done", "failed", "unknown", "withdrawn", "waiting")


def rollout(
    plan: Mapping[str, Any],
    outcomes: Sequence[Mapping[str, Any]],
    *,
    state: str,
    reason: str | None,
    **settings: Any,
) -> dict[str, Any]:
    """The whole of it.

    plan: the result of `zq_firmware_plan`. outcomes: of each wave that was begun its `number`, `begun` and, where it is over, `ended` and
    the `results` of `zq_firmware`. settings: what else is told of the rollout as it is.
    """
    told = {str(one["name"]): one for outcome in outcomes for one in outcome.get("results") or ()}
    running = {int(outcome["number"]) for outcome in outcomes if outcome.get("results") is None}
    devices = [
        _device(dict(device), told.get(str(device["name"])), state, running)
        for device in plan["devices"]
    ]
    counts = Counter(str(device["status"]) for device in devices)
    by_wave: dict[Any, Counter[str]] = {}
    for device in devices:
        by_wave.setdefault(device["wave"], Counter())[str(device["status"])] += 1
    ended = {int(outcome["number"]): outcome for outcome in outcomes}
    summary = plan["summary"]
    return {
        "state": state,
        "reason": reason,
        **settings,
        "summary": {
            "selected": int(summary["selected"]),
            "up_to_date": int(summary["up_to_date"]),
            "excluded": counts["excluded"],
            "due": len(devices) - counts["excluded"],
            **{status: counts[status] for status in OUTCOMES},
        },
        "waves": [
            _wave(
                wave, ended.get(int(wave["number"])), by_wave.get(wave["number"], Counter()), state
            )
            for wave in plan["waves"]
        ],
        "devices": devices,
        "warnings": list(plan.get("warnings") or ()),
    }


def _device(
    device: dict[str, Any], told: Mapping[str, Any] | None, state: str, running: set[int]
) -> dict[str, Any]:
    if told is not None and told["status"] == "skipped":
        told = {"status": "waiting", "reason": told["reason"]}
    if told is not None:
        keys = ("status", "reason", "begun", "ended", "after", "rolled_back")
        known = {key: told[key] for key in keys if told.get(key) not in (None, False)}
        if device["status"] == known.get("status") == "failed" and not known.get("begun"):
            # The plan knows more of a failure before this run than that there was one.
            known = {}
        # What the plan knows of the version before an upgrade that was begun by an earlier run is not what this one found.
        return {**device, **known}
    # Of a wave that is cut short, the next run has to know that it was not seen to its end.
    device.update({"running": True} if device["wave"] in running else {})
    if state != "planned":
        device["status"] = PLANNED.get(device["status"], device["status"])
    elif device["status"] == "under_way":
        device.update(status="planned", reason="its upgrade is under way already")
    return device


def _wave(
    wave: Mapping[str, Any], outcome: Mapping[str, Any] | None, counts: Counter[str], state: str
) -> dict[str, Any]:
    failed = counts["failed"] + counts["unknown"]
    if outcome is None:
        begun = counts["planned"] + counts["waiting"] == 0
        wave_state = (
            "planned" if not begun else "done" if failed <= int(wave["max_failures"]) else "halted"
        )
        if wave_state == "planned" and state in ("halted", "paused"):
            wave_state = "skipped"
    elif outcome.get("results") is None:
        wave_state = "running" if state == "running" else "halted"
    else:
        wave_state = "halted" if outcome.get("halted") else "done"
    return {
        "number": int(wave["number"]),
        "kind": wave["kind"],
        "size": len(wave["names"]),
        "state": wave_state,
        "begun": outcome.get("begun") if outcome else None,
        "ended": outcome.get("ended") if outcome else None,
        "max_failures": int(wave["max_failures"]),
        "soak": float(wave["soak"]),
        **{status: counts[status] for status in OUTCOMES},
    }


def lines(told: Mapping[str, Any]) -> list[str]:
    """The rollout for whoever reads the output of a run: of a plan every device, of a run what did not go well."""
    summary = told["summary"]
    planned = told["state"] == "planned"
    head = ("due",) if planned else OUTCOMES
    numbers = ", ".join(
        f"{int(summary[key]):,} {key}" for key in ("selected", "up_to_date", "excluded", *head)
    )
    text = [f"{told['state']}: {numbers}"]
    if told.get("reason"):
        text.append(str(told["reason"]))
    text += [f"warning: {warning}" for warning in told.get("warnings") or ()] if planned else []
    names: dict[Any, list[str]] = {}
    for device in told["devices"]:
        names.setdefault(device["wave"], []).append(str(device["name"]))
    for wave in told["waves"]:
        kind = " (canaries)" if wave["kind"] == "canaries" else ""
        counts = ", ".join(f"{wave[key]} {key}" for key in OUTCOMES if wave[key])
        what = ", ".join(names.get(wave["number"], [])) if planned else f"{wave['state']}; {counts}"
        text.append(f"wave {wave['number']}{kind}, {plural(int(wave['size']), 'device')}: {what}")
    unwell = ("excluded", "failed") if planned else ("failed", "unknown", "withdrawn")
    for status in unwell:
        text += [
            f"{status}: {one['name']}: {one['reason']}"
            for one in told["devices"]
            if one["status"] == status
        ]
    if planned:
        text += [
            f"in no wave: {one['name']}"
            for one in told["devices"]
            if one["wave"] is None and one["status"] != "excluded"
        ]
    return text
