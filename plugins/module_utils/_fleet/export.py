# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A live fleet as desired-state files: one for each organization, the same bytes for the same fleet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._client import Client
from .._devices import DeviceApi
from .._errors import ZqError
from .._files import folder, read_text, write_text
from .._schema import FIELDS
from .._selection import Filter
from .plan import gather
from .request import FleetRequest

MARK = "# Written by zequenze.control.export. Do not edit: the next export would write it again."
KEEP = "# To edit it, take these two lines out: it is yours then, and an export refuses to write over it."
SCOPED = "# Only devices of the types: "
# What devices of a type mostly have in common. What tells them apart stays with each.
SHARED = ("is_active", "username", "update_frequency", "debug", "firmware_image")
ORDER = ("name", "type", *(one.name for one in FIELDS if one.name not in ("name", "type")))
# A text that every version of YAML reads as that text without quotes.
BARE = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./,()-]+)*")
RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"})

Device = Mapping[str, Any]


class ExportError(ZqError):
    """A folder in which nothing may be written. Nothing was."""

    remedy = "Nothing was written."


@dataclass(frozen=True)
class Change:
    """One file. before, after: its text, None where there is none."""

    path: Path
    before: str | None
    after: str | None

    @property
    def action(self) -> str:
        """What is to be done."""
        if self.before == self.after:
            return "unchanged"
        return "remove" if self.after is None else "create" if self.before is None else "update"


def file_name(organization: int | None) -> str:
    """The file of an organization."""
    return "no_organization.yml" if organization is None else f"organization_{organization}.yml"


def render(devices: Sequence[Device], organization: int | None, types: Sequence[str]) -> str:
    """The file of one organization. types: those that the export is limited to."""
    lines = ["---", MARK, KEEP]
    if types:
        lines.append(SCOPED + ", ".join(scalar(one) for one in types))
    if organization is not None:
        lines += ["", "defaults:", f"  organization_id: {organization}"]
    shared = _shared(devices)
    if shared:
        lines += ["", "type_defaults:"]
        for name in sorted(shared):
            lines.append(f"  {scalar(name)}:")
            lines += [f"    {key}: {scalar(value)}" for key, value in shared[name].items()]
    lines += ["", "devices:"]
    for device in sorted(devices, key=lambda one: str(one["name"])):
        lines += _entry(device, shared.get(str(device.get("type")), {}))
    return "\n".join(lines) + "\n"


def _shared(devices: Sequence[Device]) -> dict[str, dict[str, Any]]:
    """By type, what more than half of its devices have. One device more or less seldom changes that, and so seldom the file."""
    of_type: dict[str, list[Device]] = {}
    for device in devices:
        of_type.setdefault(str(device.get("type")), []).append(device)
    shared: dict[str, dict[str, Any]] = {}
    for name, group in of_type.items():
        common = {}
        for key in SHARED:
            # Told apart by type too: to Python, true is 1.
            counts = Counter((type(device[key]), device[key]) for device in group if key in device)
            for (_kind, value), count in counts.most_common(1):
                if count * 2 > len(group) > 1:
                    common[key] = value
        if common:
            shared[name] = common
    return shared


def _entry(device: Device, shared: Mapping[str, Any]) -> list[str]:
    own: dict[str, Any] = {}
    for key in ORDER:
        if key == "organization_id":
            continue
        if key in shared and key not in device:
            own[key] = None
        elif key in device and not (
            key in shared and (type(shared[key]), shared[key]) == (type(device[key]), device[key])
        ):
            own[key] = device[key]
    return [
        f"  {'- ' if key == 'name' else '  '}{key}: {scalar(value)}" for key, value in own.items()
    ]


def scalar(value: Any) -> str:
    """One value in YAML, read back as the same by YAML 1.1 and 1.2."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if BARE.fullmatch(text) and text.lower() not in RESERVED:
        return text
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    code = ord(char)
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )


def plan_files(
    place: Path, devices: Sequence[Device], organizations: Sequence[int], types: Sequence[str]
) -> list[Change]:
    """What is to be done in a folder. organizations, types: what the export is limited to. Raises ExportError or InputError."""
    groups: dict[int | None, list[Device]] = {}
    for device in devices:
        groups.setdefault(device.get("organization_id"), []).append(device)
    changes = []
    for organization in sorted(groups, key=lambda one: (one is None, one or 0)):
        path = place / file_name(organization)
        before = read_text("path", path)
        if before is None and path.exists():
            raise ExportError(f"path: {path} is there, and is no text")
        if before is not None:
            _check_ours(path, before, types)
        changes.append(Change(path, before, render(groups[organization], organization, types)))
    gone = [
        one
        for one in _gone(place, {change.path.name for change in changes}, organizations)
        if _is_ours(one.before, types)
    ]
    if gone and not changes:
        raise ExportError(
            f"path: no device is in scope, so that all {len(gone)} exported files would be removed",
            remedy="Nothing was written. If that is right, remove them by hand; otherwise see what the token may see.",
        )
    return [*changes, *gone]


def _gone(place: Path, written: set[str], organizations: Sequence[int]) -> list[Change]:
    """Files of the export's names that hold organizations which are not there any more."""
    known = {file_name(organization) for organization in organizations}
    found = []
    for path in sorted(place.glob("*organization*.yml")):
        wanted = (
            path.name in known
            if organizations
            else re.fullmatch(r"organization_[0-9]+\.yml|no_organization\.yml", path.name)
        )
        if wanted and path.name not in written:
            found.append(Change(path, read_text("path", path), None))
    return found


def _header(text: str | None) -> list[str]:
    return (text or "").splitlines()[1:4]


def _is_ours(text: str | None, types: Sequence[str]) -> bool:
    header = _header(text)
    scoped = [line for line in header if line.startswith(SCOPED)]
    expected = [SCOPED + ", ".join(scalar(one) for one in types)] if types else []
    return header[:1] == [MARK] and scoped == expected


def _check_ours(path: Path, text: str, types: Sequence[str]) -> None:
    if _is_ours(text, types):
        return
    if _header(text)[:1] == [MARK]:
        raise ExportError(
            f"path: {path} was exported with another scope of types. Give that scope, or another folder"
        )
    raise ExportError(
        f"path: {path} was not written by an export. Move it away, or give another folder"
    )


def carry_out(changes: Sequence[Change]) -> None:
    """Write and remove. Raises InputError."""
    for change in changes:
        if change.action == "remove":
            change.path.unlink(missing_ok=True)
        elif change.action != "unchanged":
            write_text("path", change.path, change.after or "")


def prepared(path: str) -> Path:
    """The folder of an export, which may have to be made yet."""
    return Path(path).expanduser()


def _blocks(text: str | None) -> dict[str, list[str]]:
    """A file in parts that a reader of a diff can follow: what stands before the devices, and each device."""
    blocks: dict[str, list[str]] = {}
    name = "(defaults)"
    for line in (text or "").splitlines():
        if line.startswith("  - name: "):
            name = line.removeprefix("  - name: ")
            blocks[name] = []
        elif line and not line.startswith(("#", "---", "devices:")):
            blocks.setdefault(name, []).append(line.strip())
    return blocks


def diff(changes: Sequence[Change]) -> dict[str, dict[str, Any]]:
    """By file, the parts that differ."""
    sides: dict[str, dict[str, Any]] = {"before": {}, "after": {}}
    for change in changes:
        if change.action == "unchanged":
            continue
        parts = {"before": _blocks(change.before), "after": _blocks(change.after)}
        for side, other in (("before", "after"), ("after", "before")):
            different = {
                name: lines
                for name, lines in parts[side].items()
                if parts[other].get(name) != lines
            }
            if different:
                sides[side][str(change.path)] = different
    return sides


def export(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    """The whole of `zq_export`."""
    request = FleetRequest.from_params({**params, "state": "gathered"})
    devices = gather(
        DeviceApi(client, page_size=request.page_size, concurrency=request.concurrency), request
    )
    selection = request.selection or Filter()
    changes = plan_files(
        prepared(params["path"]),
        devices,
        selection.organization,
        sorted(str(one) for one in selection.type),
    )
    if not client.read_only:
        folder("path", params["path"])
        carry_out(changes)
    counts = Counter(change.action for change in changes)
    words = {
        "create": "created",
        "update": "updated",
        "remove": "removed",
        "unchanged": "unchanged",
    }
    return {
        "changed": any(change.action != "unchanged" for change in changes),
        "files": [{"path": str(change.path), "action": change.action} for change in changes],
        "summary": {
            "devices": len(devices),
            **{word: counts[action] for action, word in words.items()},
        },
        "diff": diff(changes),
    }
