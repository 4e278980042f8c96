# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of one exported file, but for its head: devices as desired state.

The same devices give the same bytes, in whatever order they come.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .._schema import FIELDS

# What devices of a type mostly have in common. What tells them apart stays with each.
SHARED = ("is_active", "username", "update_frequency", "debug", "firmware_image")
FIRST = ("name", "type")
ORDER = (*FIRST, *(one.name for one in FIELDS if one.name not in FIRST))
# A text that every version of YAML reads as that text without quotes.
BARE = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./,()-]+)*")
RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"})

Device = Mapping[str, Any]


def render(devices: Sequence[Device], common: Device | None = None) -> str:
    """What one file declares. common: the fields that all of its devices have alike."""
    common = common or {}
    lines = []
    if common:
        lines += ["", "defaults:"]
    lines += [f"  {key}: {scalar(value)}" for key, value in common.items()]
    shared = _shared_by_type(devices)
    if shared:
        lines += ["", "type_defaults:"]
    for name in sorted(shared):
        lines.append(f"  {scalar(name)}:")
        lines += [f"    {key}: {scalar(value)}" for key, value in shared[name].items()]
    lines += ["", "devices:"]
    for device in sorted(devices, key=lambda one: str(one["name"])):
        own = {key: value for key, value in device.items() if key not in common}
        lines += _entry(own, shared.get(_type(device), {}))
    return "\n".join(lines) + "\n"


def _type(device: Device) -> str:
    return str(device.get("type"))


def _shared_by_type(devices: Sequence[Device]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Device]] = {}
    for device in devices:
        groups.setdefault(_type(device), []).append(device)
    shared = {}
    for name, group in groups.items():
        common = _in_common(group)
        if common:
            shared[name] = common
    return shared


def _in_common(group: Sequence[Device]) -> dict[str, Any]:
    """What more than half of several devices have.

    One device more or less seldom changes that, and so seldom the file.
    """
    common: dict[str, Any] = {}
    if len(group) == 1:
        return common
    for key in SHARED:
        counts = Counter(_told_apart(device[key]) for device in group if key in device)
        for (_kind, value), count in counts.most_common(1):
            if count * 2 > len(group):
                common[key] = value
    return common


def _told_apart(value: Any) -> tuple[type, Any]:
    """By type too: to Python, true is 1."""
    return type(value), value


def _entry(device: Device, shared: Mapping[str, Any]) -> list[str]:
    lines = []
    for key, value in _own(device, shared).items():
        indent = "    "
        if key == "name":
            indent = "  - "
        lines.append(f"{indent}{key}: {scalar(value)}")
    return lines


def _own(device: Device, shared: Mapping[str, Any]) -> dict[str, Any]:
    """What a device has otherwise than most of its type. None: it lacks what they have."""
    own: dict[str, Any] = {}
    for key in ORDER:
        if key not in device:
            if key in shared:
                own[key] = None
        elif key not in shared or _told_apart(shared[key]) != _told_apart(device[key]):
            own[key] = device[key]
    return own


def scalar(value: Any) -> str:
    """One value in YAML, read back as the same by YAML 1.1 and 1.2."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if BARE.fullmatch(text) and text.lower() not in RESERVED:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\U{code:08x}"
