# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values as templates leave them: numbers that have become text, and nothing that has become an empty text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any


def whole(value: Any) -> int | None:
    """A whole number, or None where it is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def count(value: Any) -> int:
    """A number of devices."""
    return max(whole(value) or 0, 0)


def flag(value: Any) -> bool:
    """A truth."""
    return text(value).lower() in ("true", "yes", "on", "1")


def text(value: Any) -> str:
    """A text; what is not set is empty."""
    return "" if value is None else str(value)


def mapping(value: Any) -> Mapping[str, Any]:
    """A mapping; anything else is an empty one."""
    return value if isinstance(value, Mapping) else {}


def entries(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in a list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, Iterable) else []


def texts(value: Any) -> list[str]:
    """A list of texts, or a single one."""
    if isinstance(value, (list, tuple)):
        return [text(one) for one in value]
    return [text(value)] if value else []


def moment(value: Any) -> datetime | None:
    """A point in time, in UTC, or None where it is none."""
    try:
        found = datetime.fromisoformat(text(value).replace("Z", "+00:00"))
        return (
            found.replace(tzinfo=timezone.utc)
            if found.tzinfo is None
            else found.astimezone(timezone.utc)
        )
    except (ValueError, OverflowError):
        return None


def clock(value: Any) -> str:
    """A point in time as people read it; nothing where it is none."""
    found = moment(value)
    return "" if found is None else f"{found:%Y-%m-%d %H:%M} UTC"


def lasting(seconds: float) -> str:
    """How long something takes, in its two largest units."""
    left = round(seconds)
    if left < 60:
        return f"{left} s"
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if left >= size:
            parts.append(f"{left // size} {unit}")
            left %= size
    return " ".join(parts[:2])


def period(begun: Any, ended: Any) -> str:
    """From when to when, and how long that was."""
    first, last = moment(begun), moment(ended)
    if first is None:
        return ""
    if last is None:
        return f"begun {clock(begun)}"
    took = (last - first).total_seconds()
    if took < 60:
        # A plan takes no time worth telling; a wave of a rehearsal does.
        return f"{clock(begun)} ({lasting(took)})" if took >= 1 else clock(begun)
    until = f"{last:%H:%M} UTC" if first.date() == last.date() else clock(ended)
    return f"{first:%Y-%m-%d %H:%M} – {until} ({lasting(took)})"


def to_json(told: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """A report for programs, with what else is to be told in it."""
    return json.dumps({**context, **told}, indent=1, ensure_ascii=False, default=str) + "\n"
