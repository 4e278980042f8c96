# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords for new devices.

They are in a file that ansible-vault has encrypted before anybody relies on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._errors import InputError
from ...module_utils._onboarding.complete import check_plan
from ...module_utils._onboarding.plan import NEW
from ...module_utils._onboarding.rows import Row
from ...module_utils._watch import utc_now
from .passwords import new_password
from .vault_file import Credential, VaultFile


@dataclass(frozen=True)
class IssuedCredentials:
    """credentials: of the devices that were asked for. generated: how many are new."""

    credentials: list[Credential]
    generated: int


def devices_without_password(
    rows: Sequence[Row], plan: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str]]:
    """Names and user names of the new devices that are to get a password. Raises InputError.

    plan: as `zq_onboarding_plan` returned it of the rows.
    """
    check_plan(rows, plan)
    devices = []
    for row, planned in zip(rows, plan, strict=True):
        name, username, password = map(row.fields.get, ("name", "username", "password"))
        if name in (None, ""):
            raise InputError(
                row.place, None, "has no name", "Give the `rows` that zq_onboarding_plan checked."
            )
        if planned["status"] == NEW and password in (None, ""):
            devices.append((str(name), str(username or "")))
    return devices


def credentials_for(
    devices: Sequence[tuple[str, str]], vault: VaultFile | None, *, write: bool
) -> IssuedCredentials:
    """A password for each device: that of the vault file, or a new one.

    New ones are in the file when this returns. write: false only looks, and makes none.
    """
    if not write:
        known = _known_passwords(vault)
        return IssuedCredentials([], sum(name not in known for name, _username in devices))
    if vault is None:
        return _issue(devices, {})
    with vault.locked():
        content = vault.read()
        known = content.passwords()
        issued = _issue(devices, known)
        new = [one for one in issued.credentials if one.name not in known]
        if new:
            vault.write(content.with_more(new, utc_now()))
    return issued


def _known_passwords(vault: VaultFile | None) -> dict[str, str]:
    if vault is None:
        return {}
    return vault.read().passwords()


def _issue(devices: Sequence[tuple[str, str]], known: Mapping[str, str]) -> IssuedCredentials:
    credentials = []
    generated = 0
    for name, username in devices:
        password = known.get(name)
        if password is None:
            password = new_password()
            generated += 1
        credentials.append(Credential(name, username, password))
    return IssuedCredentials(credentials, generated)
