# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords for devices, made by chance."""

from __future__ import annotations

import secrets

PASSWORD_LENGTH = 24
# Letters and digits, less those that are taken for one another when somebody types them.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """139 bits of chance, with at least one capital, one small letter and one digit."""
    while True:
        password = "".join(secrets.choice(ALPHABET) for _index in range(PASSWORD_LENGTH))
        if _has_every_kind(password):
            return password


def _has_every_kind(password: str) -> bool:
    kinds = (str.isdigit, str.isupper, str.islower)
    return all(any(map(is_of_kind, password)) for is_of_kind in kinds)
