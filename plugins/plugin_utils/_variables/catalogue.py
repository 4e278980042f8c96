# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of all playbooks and roles, by the prefix of their variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import cast

from .table import Table

PREFIXES = (
    "awx_setup",
    "credential_rotation",
    "drift",
    "export",
    "firmware_rollout",
    "maintenance",
    "onboarding",
    "preflight",
    "reconcile",
    "status",
)


class Tables(Mapping[str, Table]):
    """Each is in a file of its own, which is imported when it is asked for.

    Ansible compiles a collection's files whenever it starts, and a playbook has one table.
    """

    def __getitem__(self, prefix: str) -> Table:
        if prefix not in PREFIXES:
            raise KeyError(prefix)
        return cast(Table, import_module(f".tables.{prefix}", __package__).TABLE)

    def __iter__(self) -> Iterator[str]:
        return iter(PREFIXES)

    def __len__(self) -> int:
        return len(PREFIXES)


TABLES: Mapping[str, Table] = Tables()
