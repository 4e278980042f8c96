# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where credentials are kept, as a rotation sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from .._errors import InputError
from .entry import Entry

Entries = dict[str, Entry]


class Store(Protocol):
    """By the names of devices."""

    @property
    def keeps(self) -> bool:
        """Whether what is noted is there for the next run."""

    def read(self) -> Mapping[str, Entry]:
        """All entries. Raises InputError."""

    def changing(self) -> AbstractContextManager[Entries]:
        """All entries, to be changed; they are kept, and nobody else changes them meanwhile.

        Raises InputError where they cannot be kept: nothing may be sent then.
        """

    def password_for(self, name: str, /) -> str:
        """A new one. Raises InputError where there is none for the device."""

    def is_another_run(self, run: str) -> bool:
        """Whether a run that is noted in a mark is another one, and still at it."""

    @property
    def run(self) -> str:
        """How marks note this run."""


class GivenPasswords:
    """Passwords that the user's tasks have stored: nothing is known of former ones."""

    keeps = False
    run = ""

    def __init__(self, credentials: Iterable[Mapping[str, str]]) -> None:
        self._passwords = {str(one["name"]): str(one["password"]) for one in credentials}
        self._entries: Entries = {}

    def read(self) -> Mapping[str, Entry]:
        return dict(self._entries)

    @contextmanager
    def changing(self) -> Iterator[Entries]:
        yield self._entries

    def password_for(self, name: str) -> str:
        """Raises InputError for a device that was given none."""
        if name not in self._passwords:
            raise InputError(
                "credentials",
                None,
                f"holds no password for {name}",
                "Give what zq_credentials made for the devices of this wave.",
            )
        return self._passwords[name]

    def is_another_run(self, run: str) -> bool:
        return bool(run)
