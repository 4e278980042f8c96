# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a password is weak: by rules that are documented, and never told of one password.

Which rule one breaks is not said anywhere: it would tell half of the password, or all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

MIN_LENGTH = 12
# What devices leave the factory with, and what people type in its place.
DEFAULTS = (
    "access",
    "admin",
    "administrator",
    "changeit",
    "changeme",
    "cisco",
    "cwmp",
    "default",
    "guest",
    "huawei",
    "letmein",
    "manager",
    "network",
    "operator",
    "pass",
    "passw0rd",
    "password",
    "private",
    "public",
    "qwerty",
    "qwertyuiop",
    "root",
    "router",
    "secret",
    "service",
    "superuser",
    "support",
    "system",
    "technician",
    "telecomadmin",
    "test",
    "tr069",
    "ubnt",
    "user",
    "welcome",
    "zte",
)
# One of them, or several, whatever digits and signs stand around: Admin-2024!, adminadmin.
DEFAULT = re.compile(rf"[\W\d_]*(?:(?:{'|'.join(DEFAULTS)})[\W\d_]*)+")


def is_weak(password: str, names: Iterable[Any]) -> bool:
    """names: what the device is called and known by, which is no secret."""
    if len(password) < MIN_LENGTH or _kinds_of_characters(password) < 2:
        return True
    folded = password.casefold()
    if DEFAULT.fullmatch(folded):
        return True
    bare = _letters_and_digits(folded)
    return any(bare == _letters_and_digits(str(name).casefold()) for name in names if name)


def _kinds_of_characters(password: str) -> int:
    """Of capitals, small letters, digits, and all others."""
    kinds = set()
    for char in password:
        if char.isdigit():
            kinds.add("digit")
        elif char.isupper():
            kinds.add("capital")
        elif char.islower():
            kinds.add("small")
        else:
            kinds.add("other")
    return len(kinds)


def _letters_and_digits(text: str) -> str:
    return "".join(filter(str.isalnum, text))
