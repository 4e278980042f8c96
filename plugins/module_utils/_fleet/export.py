# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A live fleet as desired-state files, one for each organization."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._client import Client
from .._devices import DeviceApi
from .._errors import ZqError
from .._files import (
    PRIVATE,
    check_folder,
    check_writable,
    make_folder,
    read_text,
    write_text,
)
from .._selection import Filter
from .._text import plural
from .gather import declared, read_scope
from .render import MARK, SCOPED, render, scope_lines
from .request import FleetRequest

EXPORTED_NAME = re.compile(r"organization_[0-9]+\.yml|no_organization\.yml")
NOT_SHOWN = ("#", "---", "devices:")  # how lines begin that say nothing of a device
# Action of a change → its key in a summary.
SUMMARY_KEYS = {
    "create": "created",
    "update": "updated",
    "remove": "removed",
    "unchanged": "unchanged",
}

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
        if self.before == self.after:
            return "unchanged"
        if self.after is None:
            return "remove"
        if self.before is None:
            return "create"
        return "update"


def export(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    """What `zq_export` returns. params: its options."""
    request = FleetRequest.from_params({**params, "state": "gathered"})
    selection = request.selection or Filter()
    types = sorted(str(one) for one in selection.type)
    place = Path(params["path"]).expanduser()
    check_place(place, selection.organization)
    snapshot = params.get("snapshot")
    if snapshot:
        check_writable("snapshot", snapshot, PRIVATE, ExportError.remedy)
    api = DeviceApi(client, page_size=request.page_size, concurrency=request.concurrency)
    devices = read_scope(api, request)
    described = [declared(device) for device in devices]
    changes = plan_files(place, described, selection.organization, types)
    if not client.read_only:
        if snapshot:
            text = json.dumps(devices, indent=4, sort_keys=True) + "\n"
            write_text("snapshot", snapshot, text, PRIVATE)
        make_folder("path", params["path"])
        write_files(changes)
    return _result(changes, len(devices))


def _result(changes: Sequence[Change], devices: int) -> dict[str, Any]:
    counts = Counter(change.action for change in changes)
    summary = {"devices": devices}
    for action, key in SUMMARY_KEYS.items():
        summary[key] = counts[action]
    return {
        "changed": counts["unchanged"] < len(changes),
        "files": [{"path": str(change.path), "action": change.action} for change in changes],
        "summary": summary,
        "diff": diff(changes),
    }


def file_name(organization: int | None) -> str:
    if organization is None:
        return "no_organization.yml"
    return f"organization_{organization}.yml"


def check_place(place: Path, organizations: Sequence[int]) -> None:
    """See that a folder, and the exported files in it, can be written. Raises InputError."""
    names = [path.name for path in _exported_files(place, organizations)]
    check_folder("path", str(place), names, ExportError.remedy)


def plan_files(
    place: Path, devices: Sequence[Device], organizations: Sequence[int], types: Sequence[str]
) -> list[Change]:
    """What is to be done in a folder.

    organizations, types: what the export is limited to. Raises ExportError or InputError.
    """
    groups: dict[int | None, list[Device]] = {}
    for device in devices:
        groups.setdefault(device.get("organization_id"), []).append(device)
    changes = []
    for organization in sorted(groups, key=_no_organization_last):
        path = place / file_name(organization)
        before = _text_of_ours(path, types)
        after = render(groups[organization], organization, types)
        changes.append(Change(path, before, after))
    written = {change.path for change in changes}
    removed = _removed(place, written, organizations, types)
    if removed and not changes:
        raise ExportError(
            "path: no device is in scope, so that"
            f" {plural(len(removed), 'exported file')} would be removed",
            remedy=(
                "Nothing was written. If that is right, remove them by hand; otherwise see what"
                " the token may see."
            ),
        )
    return [*changes, *removed]


def _no_organization_last(organization: int | None) -> tuple[bool, int]:
    return organization is None, organization or 0


def _text_of_ours(path: Path, types: Sequence[str]) -> str | None:
    """The text of a file that may be written again, None where there is none.

    Raises ExportError for any other file.
    """
    text = read_text("path", path)
    if text is None:
        if path.exists():
            raise ExportError(f"path: {path} is there, and is no text")
        return None
    if _is_ours(text, types):
        return text
    if _has_mark(text):
        raise ExportError(
            f"path: {path} was exported with another scope of types."
            " Give that scope, or another folder"
        )
    raise ExportError(
        f"path: {path} was not written by an export. Move it away, or give another folder"
    )


def _removed(
    place: Path, written: set[Path], organizations: Sequence[int], types: Sequence[str]
) -> list[Change]:
    """Exported files of organizations that have no devices any more."""
    removed = []
    for path in _exported_files(place, organizations):
        if path in written:
            continue
        text = read_text("path", path)
        if text is not None and _is_ours(text, types):
            removed.append(Change(path, text, None))
    return removed


def _exported_files(place: Path, organizations: Sequence[int]) -> list[Path]:
    """What is in a folder by the names of an export."""
    found = sorted(place.glob("*organization*.yml"))
    return [path for path in found if _is_exported_name(path.name, organizations)]


def _is_exported_name(name: str, organizations: Sequence[int]) -> bool:
    if organizations:
        return name in map(file_name, organizations)
    return EXPORTED_NAME.fullmatch(name) is not None


def _header(text: str) -> list[str]:
    return text.splitlines()[1:4]


def _has_mark(text: str) -> bool:
    return _header(text)[:1] == [MARK]


def _is_ours(text: str, types: Sequence[str]) -> bool:
    """Whether an export with the same scope of types wrote it."""
    scoped = [line for line in _header(text) if line.startswith(SCOPED)]
    return _has_mark(text) and scoped == scope_lines(types)


def write_files(changes: Sequence[Change]) -> None:
    """Write and remove. Raises InputError."""
    for change in changes:
        if change.after is None:
            change.path.unlink(missing_ok=True)
        elif change.after != change.before:
            write_text("path", str(change.path), change.after)


def diff(changes: Sequence[Change]) -> dict[str, dict[str, Any]]:
    """By file, the devices and defaults that differ."""
    before = {}
    after = {}
    for change in changes:
        if change.action == "unchanged":
            continue
        old, new = _blocks(change.before), _blocks(change.after)
        if was := _different(old, new):
            before[str(change.path)] = was
        if now := _different(new, old):
            after[str(change.path)] = now
    return {"before": before, "after": after}


def _different(blocks: Mapping[str, list[str]], others: Mapping[str, list[str]]) -> dict[str, Any]:
    return {name: lines for name, lines in blocks.items() if others.get(name) != lines}


def _blocks(text: str | None) -> dict[str, list[str]]:
    """A file in parts that a reader of a diff can follow.

    They are what stands before the devices, and each device, by its name.
    """
    blocks: dict[str, list[str]] = {}
    name = "(defaults)"
    for line in (text or "").splitlines():
        if line.startswith("  - name: "):
            name = line.removeprefix("  - name: ")
            blocks[name] = []
        elif line and not line.startswith(NOT_SHOWN):
            blocks.setdefault(name, []).append(line.strip())
    return blocks
