# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vault file as the store of a rotation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...module_utils._errors import InputError
from ...module_utils._rotation.entry import Entry
from ...module_utils._rotation.store import Entries
from ...module_utils._text import one_line
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
        return _entries_of(self.vault.read(), self.vault.given)

    @contextmanager
    def changing(self) -> Iterator[Entries]:
        with self.vault.locked():
            content = self.vault.read()
            entries = _entries_of(content, self.vault.given)
            before = dict(entries)
            yield entries
            if entries != before:
                self.vault.write(_with_entries(content, before, entries))

    def password_for(self, _name: str) -> str:
        return new_password()


def _entries_of(content: Content, vault_file: str) -> Entries:
    """By name; of two of one name, the one that has a password. Raises InputError where both do."""
    entries: Entries = {}
    for given in content.entries:
        entry = Entry.from_dict(given)
        known = entries.get(entry.name)
        if known is not None and known.password and entry.password:
            raise InputError(
                "vault_file",
                vault_file,
                f"holds two entries with a password for {one_line(entry.name)}",
                "Delete the one that is not the device's (`ansible-vault edit`).",
            )
        if entry.name and (known is None or not known.password):
            entries[entry.name] = entry
    return entries


def _with_entries(content: Content, before: Entries, after: Entries) -> Content:
    """The content with what has changed, in its order; what has not is left as it is written."""
    written: list[Any] = []
    seen = set()
    for given in content.entries:
        entry = Entry.from_dict(given)
        name = entry.name
        # Of two of one name, the other has no password, and is left as it is.
        if after.get(name) == before.get(name) or entry != before.get(name) or name in seen:
            written.append(given)
            continue
        seen.add(name)
        if name in after:
            written.append(after[name].to_dict())
    written += [entry.to_dict() for name, entry in after.items() if name not in before]
    return Content({**content.values, ENTRIES: written})
