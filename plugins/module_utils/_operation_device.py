# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One device of an operation: as it was before, where it is now, and when the operation is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ._devices import Device
from ._outcomes import ACCEPTED, Outcome
from ._schema import Operation, is_pending, pending_words
from ._watch import is_later
from ._waves.standing import DOWN, NOT_SENT, SENT


@dataclass
class OperationDevice:
    """One device: as it was before, and what became of the operation.

    sent_at: when it was sent to, by the clock of the run. is_down: whether it was when it was seen last.
    """

    before: Device
    outcome: Outcome = field(init=False)
    sent_at: float = 0.0
    is_down: bool = False

    def __post_init__(self) -> None:
        self.outcome = Outcome(str(self.before["name"]))

    @property
    def name(self) -> str:
        return self.outcome.name

    @property
    def stage(self) -> str:
        """Where it is, in a word of `standing`; its status once that is decided."""
        if not self.outcome.decided:
            return NOT_SENT
        if self.outcome.status != ACCEPTED:
            return self.outcome.status
        return DOWN if self.is_down else SENT


def is_done(operation: Operation, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether the operation is over, by what the platform shows of the device.

    Its times have a resolution of a second.
    """
    if is_pending(operation, now.get("pending_settings")):
        return False
    connected = _is_later(now, before, "last_connection")
    if operation.restarts:
        return now.get("status") == "Up" and connected
    return connected or _is_later(now, before, "last_configuration")


def _is_later(now: Mapping[str, Any], before: Mapping[str, Any], field_name: str) -> bool:
    return is_later(now.get(field_name), before.get(field_name))


def state_text(device: Mapping[str, Any]) -> str:
    """What the list tells of a device, for a reason. device: a row of the list."""
    pending = ", ".join(pending_words(device.get("pending_settings"))) or "nothing"
    last_connection = device.get("last_connection") or "never"
    return f"status {device.get('status')}, pending {pending}, last connection {last_connection}"
