# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entries of a plan, as `zq_fleet` returns and writes them, and its diff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._devices import Device
from .._plan import diff_by_name
from .._results import MAX_DIFF_SIZE, bounded
from .order import Step

# What is looked at first comes first.
ACTIONS = ("delete", "create", "rename", "update", "unchanged")
# The sides of a diff that say something. Of all other actions both do.
SIDES = {"create": ("after",), "delete": ("before",)}
BOTH_SIDES = ("before", "after")


def action_of(step: Step) -> str:
    """One of ACTIONS. A rename may change more than the name."""
    if step.plan.action == "update" and "name" in step.plan.after:
        return "rename"
    return step.plan.action


def entries(
    steps: Iterable[Step], types: Mapping[int, str], notes: Mapping[str, str]
) -> list[dict[str, Any]]:
    """types: short names by id, as far as they are known. notes: by the name of the device."""
    found = [_entry(step, types, notes.get(step.name, "")) for step in steps]
    return sorted(found, key=lambda entry: ACTIONS.index(entry["action"]))


def _entry(step: Step, types: Mapping[int, str], note: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": step.name,
        "action": action_of(step),
        "before": step.plan.before,
        "after": step.plan.after,
    }
    if step.plan.writes:
        entry.update(_whose(step, types))
    if step.plan.sends_password:
        entry["sends_password"] = True
    if note:
        entry["note"] = note
    return entry


def _whose(step: Step, types: Mapping[int, str]) -> dict[str, Any]:
    """Whose it is and what it is, also where that does not change."""
    actual = step.actual or {}
    device = {**actual, **step.plan.after}
    whose = {
        "organization_id": device.get("organization_id"),
        "type_short_name": types.get(device.get("type", 0)),
    }
    if actual and "type" in step.plan.after:
        whose["former_type_short_name"] = types.get(actual.get("type", 0))
    return whose


def short_names(devices: Iterable[Device]) -> dict[int, str]:
    """What types are called: some device of each tells it."""
    names = {}
    for device in devices:
        number, name = device.get("type"), device.get("type_short_name")
        if isinstance(number, int) and isinstance(name, str) and name:
            names[number] = name
    return names


def diff_of(changes: Sequence[Step]) -> dict[str, Any]:
    """As Ansible shows it, by the names of the devices; as many as AWX keeps whole."""
    diffs = {}
    for step in changes:
        sides = SIDES.get(step.plan.action, BOTH_SIDES)
        diffs[step.name] = {side: step.plan.diff[side] for side in sides}
    shown = len(bounded(diffs.values(), MAX_DIFF_SIZE))
    return diff_by_name(diffs, "see plan, or plan_file", shown)
