# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not as in production: how fast the clock runs, when it begins, and where files go.

Everything else of the variables is as the user gave it; each of these is said.
"""

from __future__ import annotations

import datetime as dt
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._report.values import to_bool
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.catalogue import TABLES
from ansible_collections.zequenze.control.plugins.plugin_utils._window import Status
from ansible_collections.zequenze.control.plugins.plugin_utils._window_wait import window_from

from tools.common import Failed
from tools.rehearsal.playbooks import Playbook, Rehearsed

# Seconds by our clock: what is asked of the simulator takes its time, however fast its devices are.
MIN_INTERVAL, MIN_TIMEOUT = 0.2, 5.0
# What a production run writes, or keeps secrets in: a rehearsal leaves it alone.
WRITTEN = {
    "reconcile": ("plan_file", "journal_file"),
    "export": ("path", "snapshot"),
}
LEFT_OUT = {
    "before_wave": "it may reach people and systems outside of the rehearsal",
    "after_wave": "it may reach people and systems outside of the rehearsal",
    "pause_after": "the rehearsal goes on to its end",
}
SECRET_FILES = ("vault_file", "password_tasks")


@dataclass
class Changes:
    """variables: given to the playbook beside the user's. remarks: what people should know of them.

    on_its_clock: whether what is waited for passes as fast as the platform's clock.
    """

    variables: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    on_its_clock: bool = False


@dataclass(frozen=True)
class Setting:
    """speed: how many times faster than ours the platform's clock runs. report: a folder.

    private: a folder that is gone after the rehearsal. variables: the option and its file, as
    errors name it.
    """

    speed: float
    report: Path
    private: Path
    variables: str
    now: dt.datetime


def changes_for(rehearsed: Rehearsed, given: Mapping[str, Any], setting: Setting) -> Changes:
    """Raises Failed. given: the user's variables."""
    changes = Changes()
    for playbook in rehearsed.playbooks:
        _change(playbook, given, setting, changes)
    return changes


def _change(
    playbook: Playbook, given: Mapping[str, Any], setting: Setting, changes: Changes
) -> None:
    table = TABLES[playbook.prefix]
    name = table.full_name
    if "report_dir" in table.names:
        changes.variables[name("report_dir")] = str(setting.report)
    if "speed" in table.names:
        changes.variables[name("speed")] = setting.speed
        changes.on_its_clock = True
    if playbook.durations:
        _scale(playbook, given, setting, changes)
    if "window" in table.names and given.get(name("window")):
        _open(playbook, given, setting, changes)
    _agree(playbook, given, changes)
    _reach_nobody(playbook, given, changes)
    _write_elsewhere(playbook, given, setting, changes)
    if playbook.prefix == "onboarding":
        _keep_secrets(given, setting, changes)
        if not to_bool(given.get("onboarding_wait")):
            changes.remarks.append(
                "onboarding_wait is not set: nothing waits for a first connection, and none that"
                " fails is seen."
            )


def _scale(
    playbook: Playbook, given: Mapping[str, Any], setting: Setting, changes: Changes
) -> None:
    """Durations by our clock that are meant for devices, which are faster here."""
    changes.on_its_clock = True
    for short, default in playbook.durations.items():
        name = f"{playbook.prefix}_{short}"
        least = MIN_TIMEOUT if short.endswith("timeout") else MIN_INTERVAL
        seconds = _seconds(given.get(name), default)
        # What is no duration the playbook itself refuses, as in production.
        if seconds is not None:
            ours = max(round(seconds / setting.speed, 3), least)
            changes.variables[name] = ours
            changes.remarks.append(
                f"{name} is {ours:g} s by our clock, {ours * setting.speed:g} s by the devices'."
            )


def _seconds(value: Any, default: float) -> float | None:
    if value is None or value == "":
        return default
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if 0 < seconds < math.inf else None


def _open(playbook: Playbook, given: Mapping[str, Any], setting: Setting, changes: Changes) -> None:
    """It begins as its window opens: by the platform's clock where the playbook knows one."""
    name = f"{playbook.prefix}_window"
    try:
        status = window_from(given[name], name).status(setting.now)
    except InputError as error:
        raise Failed(f"{setting.variables}: {error.message}") from None
    opens = f"{status.opens:%Y-%m-%dT%H:%M:%S}Z"
    if "begin" in TABLES[playbook.prefix].names:
        changes.variables[f"{playbook.prefix}_begin"] = opens
        changes.remarks.append(f"By its clock it is {opens}, as {name} opens.")
        return
    changes.variables[name] = None
    changes.remarks.append(
        f"{name} is left out, as it holds by our clock: the rehearsal begins as if it opened,"
        f" next at {opens}{_length(status)}."
    )


def _length(status: Status) -> str:
    if status.closes is None:
        return ""
    return f", for {status.closes - status.opens}"


def _agree(playbook: Playbook, given: Mapping[str, Any], changes: Changes) -> None:
    """A plan that was agreed to is of the platform, and not of the simulator."""
    table = TABLES[playbook.prefix]
    values = {"expected_plan_digest": None, "require_plan": False}
    for short in sorted(values.keys() & table.names):
        name = table.full_name(short)
        if given.get(name):
            changes.variables[name] = values[short]
            changes.remarks.append(f"{name} is left out: the plan is another one here.")


def _reach_nobody(playbook: Playbook, given: Mapping[str, Any], changes: Changes) -> None:
    """The user's tasks would tell real people, and a pause would end the rehearsal."""
    table = TABLES[playbook.prefix]
    for short in sorted(LEFT_OUT.keys() & table.names):
        name = table.full_name(short)
        if given.get(name):
            changes.variables[name] = None
            changes.remarks.append(f"{name} is left out: {LEFT_OUT[short]}.")


def _write_elsewhere(
    playbook: Playbook, given: Mapping[str, Any], setting: Setting, changes: Changes
) -> None:
    """Files of production are left as they are."""
    for short in WRITTEN.get(playbook.prefix, ()):
        name = f"{playbook.prefix}_{short}"
        # An export needs a path in any case.
        path = given.get(name) or (short == "path" and "devices")
        if path:
            changes.variables[name] = str(setting.report / Path(str(path)).name)


def _keep_secrets(given: Mapping[str, Any], setting: Setting, changes: Changes) -> None:
    """Passwords that are made in a rehearsal get into no vault, and to nobody."""
    names = [f"onboarding_{short}" for short in SECRET_FILES]
    found = [name for name in names if given.get(name)]
    if not found:
        return
    password = setting.private / "vault-password"
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24) + "\n", encoding="utf-8")
    changes.variables.update(
        onboarding_vault_file=str(setting.private / "credentials.yml"),
        onboarding_vault_password_file=str(password),
        onboarding_password_tasks=None,
    )
    changes.remarks.append(
        f"{' and '.join(found)} {'is' if len(found) == 1 else 'are'} left alone:"
        " passwords that are made here are thrown away."
    )
