# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The credential of a device, as a store keeps it, and how far its rotation has come.

    (none, or settled) ── PREPARED ── SENT ─┬─ connected since ─► CONNECTED ── soak ─► DONE
                              │             └─ out of time ─► RESTORING ─► FAILED
                              └─ refused ─► FAILED

A mark says it. It is in the store before the request that it is about is sent: a run that is cut
short leaves no password that the store does not hold. A rotation that comes to its end takes the
marks of its devices away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# Stages of a rotation.
PREPARED = "prepared"  # the new password is in the store, and is about to be sent
SENT = "sent"  # the platform has taken it
RESTORING = "restoring"  # the former password is about to be sent
CONNECTED = "connected"  # the device has connected with it, and its wave is not over
DONE = "done"
FAILED = "failed"
UNDER_WAY = (PREPARED, SENT, RESTORING)
STAGES = (*UNDER_WAY, CONNECTED, DONE, FAILED)

# What shows later whether a request was taken; as the device had it before.
PROOF_FIELDS = ("last_change", "last_configuration", "last_connection")

NAME, USERNAME, PASSWORD, CHANGED = "name", "username", "password", "changed"
FORMER, MARK = "former_password", "rotation"
KEYS = (NAME, USERNAME, PASSWORD, CHANGED, FORMER, MARK)


@dataclass(frozen=True)
class Mark:
    """How far the rotation of a device has come.

    rotation: its id. at: when that was noted, ISO 8601 in UTC. device_id: of the device.
    before: PROOF_FIELDS of the device before the request that the stage is about.
    reason: why it has failed. run: who is at it, "" for nobody.
    """

    rotation: str
    stage: str
    at: str
    device_id: int | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    run: str = ""

    @classmethod
    def from_dict(cls, given: Any) -> Mark | None:
        """None for what is no mark, as somebody may have edited it."""
        if not isinstance(given, Mapping) or given.get("stage") not in STAGES:
            return None
        before = given.get("before")
        device_id = given.get("device_id")
        return cls(
            rotation=str(given.get("id") or ""),
            stage=str(given["stage"]),
            at=str(given.get("at") or ""),
            device_id=device_id if isinstance(device_id, int) else None,
            before=dict(before) if isinstance(before, Mapping) else {},
            reason=str(given.get("reason") or ""),
            run=str(given.get("run") or ""),
        )

    def to_dict(self) -> dict[str, Any]:
        given: dict[str, Any] = {"id": self.rotation, "stage": self.stage, "at": self.at}
        for name in ("device_id", "reason", "run"):
            value = getattr(self, name)
            if value not in (None, ""):
                given[name] = value
        if self.before:
            given["before"] = dict(self.before)
        return given

    @property
    def under_way(self) -> bool:
        return self.stage in UNDER_WAY


@dataclass(frozen=True)
class Entry:
    """The credential of one device.

    password, former: "" where there is none. former: the one before, until the new one is confirmed.
    changed: since when the device has the password, ISO 8601 in UTC, "" where that is not known.
    more: what else somebody has written there.
    """

    name: str
    username: str = ""
    password: str = field(default="", repr=False)
    former: str = field(default="", repr=False)
    changed: str = ""
    mark: Mark | None = None
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Entry:
        return cls(
            name=_text(given.get(NAME)),
            username=_text(given.get(USERNAME)),
            password=_text(given.get(PASSWORD)),
            former=_text(given.get(FORMER)),
            changed=_text(given.get(CHANGED)),
            mark=Mark.from_dict(given.get(MARK)),
            more={key: value for key, value in given.items() if key not in KEYS},
        )

    def to_dict(self) -> dict[str, Any]:
        entry: dict[str, Any] = {NAME: self.name}
        optional = {USERNAME: self.username, PASSWORD: self.password, CHANGED: self.changed}
        optional[FORMER] = self.former
        entry.update((key, value) for key, value in optional.items() if value)
        if self.mark is not None:
            entry[MARK] = self.mark.to_dict()
        return {**entry, **self.more}

    # Along the arrows

    def prepared(self, password: str, mark: Mark) -> Entry:
        """The new password beside the former one, before it is sent.

        A former one that is there is the last with which the device has connected, and stays.
        """
        return replace(self, password=password, former=self.former or self.password, mark=mark)

    def marked(self, mark: Mark | None) -> Entry:
        return replace(self, mark=mark)

    def confirmed(self, mark: Mark) -> Entry:
        """The device has connected with it: the former one goes."""
        return replace(self, former="", changed=mark.at, mark=mark)

    def restored(self, mark: Mark) -> Entry:
        """The device has its former password again. `changed` is as old as that one."""
        return replace(self, password=self.former, former="", mark=mark)

    def not_sent(self, mark: Mark | None) -> Entry:
        """The platform has not taken the new password: the device still has the former one."""
        return replace(self, password=self.former, former="", mark=mark)

    def finished(self) -> Entry:
        """The rotation has come to its end."""
        return replace(self, mark=None)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
