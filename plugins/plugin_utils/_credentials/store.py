# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vault file as the store of a rotation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...module_utils._rotation.entry import Entry
from ...module_utils._rotation.store import Entries
from .passwords import new_password
from .running import Running
from .vault_file import ENTRIES, Content, VaultFile


class VaultStore:
    """Each change is read, made and written while nobody else may, and is on the disk then.

    running: this run, where it may change something.
    """

    keeps = True

    def __init__(self, vault: VaultFile, running: Running) -> None:
        self.vault = vault
        self.running = running

    @property
    def run(self) -> str:
        return self.running.token

    def is_another_run(self, run: str) -> bool:
        return self.running.is_another(run)

    def read(self) -> Mapping[str, Entry]:
        return _entries_of(self.vault.read())

    @contextmanager
    def changing(self) -> Iterator[Entries]:
        with self.vault.locked():
            content = self.vault.read()
            entries = _entries_of(content)
            before = dict(entries)
            yield entries
            if entries != before:
                self.vault.write(_with_entries(content, before, entries))

    def password_for(self, _name: str) -> str:
        return new_password()


def _entries_of(content: Content) -> Entries:
    """By name; of two of one name, the first that has a password."""
    entries: Entries = {}
    for given in content.entries:
        entry = Entry.from_dict(given)
        known = entries.get(entry.name)
        if entry.name and (known is None or not known.password):
            entries[entry.name] = entry
    return entries


def _with_entries(content: Content, before: Entries, after: Entries) -> Content:
    """The content with what has changed, in its order; what has not is left as it is written."""
    written: list[Any] = []
    seen = set()
    for given in content.entries:
        name = Entry.from_dict(given).name
        if not name or after.get(name) == before.get(name):
            written.append(given)
        elif name in after and name not in seen:
            written.append(after[name].to_dict())
        seen.add(name)
    written += [entry.to_dict() for name, entry in after.items() if name not in seen]
    return Content({**content.values, ENTRIES: written})
