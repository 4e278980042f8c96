# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entries of a vault file against the devices of the platform: names and counts, no value.

Pure. What is returned holds no password, and does not say which rule a weak one breaks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ...module_utils._status.findings import Finding, count_by_kind, longest_first
from ...module_utils._status.kinds import (
    NO_CREDENTIALS,
    OF_VAULT,
    OLD_PASSWORDS,
    SHARED_PASSWORDS,
    UNUSED_CREDENTIALS,
    WEAK_PASSWORDS,
)
from ...module_utils._status.moments import moment_from, moment_text
from ...module_utils._text import listing, plural
from .strength import is_weak
from .vault_file import CHANGED

Device = Mapping[str, Any]

ENTRY = ("name", "username", "password")
MAX_SHARING = 3  # names of others in the detail of a shared password
INCOMPLETE = "its entry has no password"


@dataclass(frozen=True)
class Entry:
    """One entry with a name. password: "" where it has none. changed: None where it is not known."""

    name: str
    username: str
    password: str
    changed: datetime | None

    def __repr__(self) -> str:
        return f"Entry({self.name!r})"


@dataclass(frozen=True)
class Review:
    """devices: that were looked at. entries: of these, and those of no device.

    unnamed: how many entries of the file name no device.
    """

    devices: int
    entries: Sequence[Entry]
    unnamed: int
    findings: Sequence[Finding]
    now: datetime

    def summary(self) -> dict[str, Any]:
        oldest = min((one.changed for one in self.entries if one.changed), default=None)
        return {
            "devices": self.devices,
            "entries": len(self.entries),
            "unnamed": self.unnamed,
            "age_not_known": sum(one.changed is None for one in self.entries),
            "oldest": moment_text(oldest),
            **count_by_kind(self.findings, OF_VAULT),
        }

    def ages(self) -> list[dict[str, Any]]:
        """The oldest first; those whose age is not known last."""
        ages = []
        for one in sorted(self.entries, key=self._by_age):
            days = None
            if one.changed is not None:
                days = max((self.now - one.changed).days, 0)
            ages.append({"name": one.name, "since": moment_text(one.changed), "days": days})
        return ages

    def _by_age(self, entry: Entry) -> tuple[datetime, str]:
        return entry.changed or self.now + timedelta(days=1), entry.name


def entries_of(raw: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Entry], int]:
    """By name, and how many have no name.

    Of several entries of one name, the last one with a password counts, as it does elsewhere.
    """
    entries: dict[str, Entry] = {}
    unnamed = 0
    for one in raw:
        name, username, password = (_text(one.get(key)) for key in ENTRY)
        if not name:
            unnamed += 1
        elif password or name not in entries:
            entries[name] = Entry(name, username, password, moment_from(one.get(CHANGED)))
    return entries, unnamed


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def review(
    raw: Iterable[Mapping[str, Any]],
    devices: Sequence[Device],
    elsewhere: Collection[str],
    now: datetime,
    older_than: int | None = None,
) -> Review:
    """raw: the entries of the file. elsewhere: names of devices that are there and not looked at.

    older_than: days after which a password is old; None for never.
    """
    entries, unnamed = entries_of(raw)
    selected = {device["name"]: device for device in devices}
    judged = [one for one in entries.values() if one.name not in elsewhere]
    findings = [
        *_without_credentials(devices, entries),
        *_unused(judged, selected),
        *_shared(entries.values(), judged, selected),
        *_weak(judged, selected),
    ]
    if older_than is not None:
        findings += _old(judged, selected, now - timedelta(days=older_than))
    return Review(len(devices), judged, unnamed, longest_first(findings), now)


def _finding(entry: Entry, selected: Mapping[str, Device], kind: str, **more: Any) -> Finding:
    device = selected.get(entry.name, {"name": entry.name})
    return Finding.of(device, kind, **more)


def _without_credentials(
    devices: Iterable[Device], entries: Mapping[str, Entry]
) -> Iterator[Finding]:
    for device in devices:
        entry = entries.get(device["name"])
        if entry is None:
            yield Finding.of(device, NO_CREDENTIALS)
        elif not entry.password:
            yield Finding.of(device, NO_CREDENTIALS, detail=INCOMPLETE)


def _unused(judged: Iterable[Entry], selected: Mapping[str, Device]) -> Iterator[Finding]:
    for entry in judged:
        if entry.name not in selected:
            yield _finding(entry, selected, UNUSED_CREDENTIALS)


def _shared(
    entries: Iterable[Entry], judged: Iterable[Entry], selected: Mapping[str, Device]
) -> Iterator[Finding]:
    """The same password in several entries, of which some may not be looked at."""
    sharing: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if entry.password:
            sharing[entry.password].append(entry.name)
    for entry in judged:
        names = sharing.get(entry.password, ())
        if len(names) > 1:
            detail = f"shared with {_others(entry.name, names)}"
            yield _finding(entry, selected, SHARED_PASSWORDS, detail=detail)


def _others(name: str, names: Sequence[str]) -> str:
    first = [other for other in names[: MAX_SHARING + 1] if other != name][:MAX_SHARING]
    more = len(names) - 1 - len(first)
    text = listing(first)
    if more:
        text += f" and {plural(more, 'other')}"
    return text


def _weak(judged: Iterable[Entry], selected: Mapping[str, Device]) -> Iterator[Finding]:
    for entry in judged:
        serial_number = selected.get(entry.name, {}).get("serial_number")
        known_by = (entry.name, entry.username, serial_number)
        if entry.password and is_weak(entry.password, known_by):
            yield _finding(entry, selected, WEAK_PASSWORDS)


def _old(
    judged: Iterable[Entry], selected: Mapping[str, Device], before: datetime
) -> Iterator[Finding]:
    for entry in judged:
        if entry.password and entry.changed is not None and entry.changed < before:
            yield _finding(entry, selected, OLD_PASSWORDS, since=entry.changed)
