# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A live fleet as desired-state files: by organization, by type or by site."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._client import Client
from .._errors import InputError, RefusedError, ZqError
from .._files import (
    PRIVATE,
    check_folder,
    check_writable,
    make_folder,
    read_text,
    write_text,
)
from .._selection import Filter
from .._text import listing, plural
from .exported import Owner, owner_of, scope_lines, with_head
from .gather import declared, read_scope
from .match import as_listed
from .render import render
from .request import FleetRequest
from .split import SPLITS, groups_of

NOT_SHOWN = ("#", "---", "devices:")  # how lines begin that say nothing of a device
# Action of a change → its key in a summary.
SUMMARY_KEYS = {
    "create": "created",
    "update": "updated",
    "remove": "removed",
    "unchanged": "unchanged",
}

Device = Mapping[str, Any]


class ExportError(RefusedError):
    """A folder in which nothing may be written. Nothing was."""


class UnfinishedError(ZqError):
    """A file could not be written when others may have been."""

    remedy = "The files before it may have been written: correct that, and export again."


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
    """What `zq_export` returns. params: its options.

    Raises UnfinishedError where some files could not be written.
    """
    request = FleetRequest.from_params({**params, "state": "gathered", "path": None})
    selection = request.selection or Filter()
    detail = bool(params["detail"])
    folder = ExportFolder(Path(params["path"]).expanduser(), params["split"], selection, detail)
    folder.check()
    snapshot = params.get("snapshot")
    if snapshot:
        check_writable("snapshot", snapshot, PRIVATE, ExportError.remedy)
    api = request.api(client)
    devices = read_scope(api, request, detail=detail or bool(snapshot))
    described = [declared(device if detail else as_listed(device)) for device in devices]
    changes = folder.changes(described)
    if not client.read_only:
        if snapshot:
            text = json.dumps(devices, indent=4, sort_keys=True) + "\n"
            write_text("snapshot", snapshot, text, PRIVATE)
        make_folder("path", params["path"])
        try:
            write_files(changes)
        except InputError as error:
            raise UnfinishedError(error.what) from error
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


class ExportFolder:
    """The folder of an export.

    split: by what the devices are split into files. selection: what the export is limited to.
    detail: whether the devices have all their fields.
    """

    def __init__(self, place: Path, split: str, selection: Filter, detail: bool) -> None:
        self.place = place
        self.split = split
        # What was not read is not declared, and must not be reset for that.
        self.said_of_all = {} if detail else {"keep_detail": True}
        organizations = selection.organization
        # A scope of organizations chooses among the files, or else the files say what they are of.
        self.organizations = {str(one) for one in organizations if SPLITS[split].narrowed}
        types = sorted(str(one) for one in selection.type)
        self.scope = scope_lines(types, () if SPLITS[split].narrowed else organizations)

    def check(self) -> None:
        """See that it, and the exported files in it, can be written, and are no one else's.

        Raises InputError or ExportError.
        """
        found = self._files()
        check_folder("path", str(self.place), [path.name for path in found], ExportError.remedy)
        self._check_split()
        edited = [path.name for path in found if self._owner(path) is Owner.EDITED]
        if edited:
            raise ExportError(
                f"path: {self.place} has {plural(len(edited), 'exported file')} that somebody has"
                f" edited, and so made theirs: {listing(edited)}. Export into another folder, and"
                " compare"
            )

    def _check_split(self) -> None:
        """Two exports of different splits into one folder would declare each device twice."""
        for name, split in SPLITS.items():
            if name == self.split:
                continue
            for path in sorted(self.place.glob("*.yml")):
                if split.pattern.fullmatch(path.name) and self._owner(path) is not Owner.FOREIGN:
                    raise ExportError(
                        f"split: {path} was exported by {name}. Give that split, or another folder"
                    )

    def changes(self, devices: Sequence[Device]) -> list[Change]:
        """What is to be done. Raises ExportError or InputError."""
        changes = []
        for group in groups_of(devices, SPLITS[self.split]):
            path = self.place / group.file
            before = self._text_of_ours(path)
            common = {**group.common, **self.said_of_all}
            after = with_head(render(group.devices, common), self.scope)
            changes.append(Change(path, before, after))
        written = {change.path for change in changes}
        removed = [Change(path, self._text(path), None) for path in self._ours() - written]
        removed.sort(key=lambda change: change.path)
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

    def _text(self, path: Path) -> str | None:
        return read_text("path", path)

    def _owner(self, path: Path) -> Owner:
        return owner_of(self._text(path) or "", self.scope)

    def _text_of_ours(self, path: Path) -> str | None:
        """The text of a file that may be written again, None where there is none.

        Raises ExportError for any other file.
        """
        text = self._text(path)
        if text is None:
            if path.exists():
                raise ExportError(f"path: {path} is there, and is no text")
            return None
        owner = owner_of(text, self.scope)
        if owner is Owner.SCOPED:
            raise ExportError(
                f"path: {path} was exported with another scope. Give that scope, or another folder"
            )
        if owner is not Owner.OURS:
            raise ExportError(
                f"path: {path} was not written by an export. Move it away, or give another folder"
            )
        return text

    def _ours(self) -> set[Path]:
        return {path for path in self._files() if self._owner(path) is Owner.OURS}

    def _files(self) -> list[Path]:
        """What is in the folder by the names of an export, of the organizations in scope."""
        found = []
        for path in sorted(self.place.glob("*.yml")):
            match = SPLITS[self.split].pattern.fullmatch(path.name)
            if match is None:
                continue
            whose = match.groupdict().get("organization")
            if not self.organizations or whose in self.organizations:
                found.append(path)
        return found


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
