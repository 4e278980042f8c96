# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an earlier look saw: since when a device is what the platform gives no time for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from .._files import read_text
from .kinds import REMEMBERED
from .moments import moment_from

OPTION = "former"
FIRST_SEEN = "first_seen"

FirstSeen = Mapping[str, Mapping[str, datetime]]


@dataclass(frozen=True)
class Former:
    """first_seen: kind → name → when that was. remembers: whether there is anything to go by.

    problem: why a file that is there tells nothing, "" where it does.
    """

    first_seen: FirstSeen = field(default_factory=dict)
    remembers: bool = False
    problem: str = ""

    def since(self, kind: str, name: str) -> datetime | None:
        return self.first_seen.get(kind, {}).get(name)


def read_former(path: Path | None) -> Former:
    """Of a report, as `status.json`. One that is not there yet tells nothing. Raises InputError."""
    if path is None:
        return Former()
    text = read_text(OPTION, path)
    if text is None and not path.exists():
        return Former(remembers=True)
    try:
        report = json.loads(text or "")
        return Former(_first_seen(report[FIRST_SEEN]), remembers=True)
    except (ValueError, KeyError, TypeError, AttributeError):
        problem = f"{OPTION}: {path} is no report of an earlier look: it tells nothing"
        return Former(remembers=True, problem=problem)


def _first_seen(told: Mapping[str, Mapping[str, Any]]) -> FirstSeen:
    found: dict[str, dict[str, datetime]] = {}
    for kind in REMEMBERED:
        moments = {name: moment_from(text) for name, text in told.get(kind, {}).items()}
        found[kind] = {name: moment for name, moment in moments.items() if moment is not None}
    return found
