# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values as templates leave them: numbers that have become text, and null an empty text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from ...module_utils._text import duration

TRUE = frozenset({"true", "yes", "on", "1"})
MAX_VALUES = 8  # of a key, that are told
# What Ansible says of a template before it comes to what the lookup in it has said.
BEFORE_LOOKUP = re.compile(
    r"\A(?:(?:Task failed: |Finalization of |An unhandled exception )"
    r".*?(?:The lookup plugin '[\w.]+' failed: |original message: ))+",
    re.DOTALL,
)


def to_int(value: Any) -> int | None:
    """None where it is no whole number."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def to_id(value: Any) -> Any:
    """A number, where it is one; None where it is nothing."""
    number = to_int(value)
    if number is None:
        return value or None
    return number


def to_count(value: Any) -> int:
    """A number of things, which is never less than none."""
    return max(to_int(value) or 0, 0)


def to_seconds(value: Any) -> float:
    """A length of time, in seconds, which is never less than none and never endless."""
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return max(seconds, 0.0) if math.isfinite(seconds) else 0.0


def to_bool(value: Any) -> bool:
    """From whatever a result holds: false for what is not plainly true."""
    return to_text(value).lower() in TRUE


def to_text(value: Any) -> str:
    """What is not set is empty."""
    return "" if value is None else str(value)


def to_message(value: Any) -> str:
    """Why a task failed: of a lookup, what it has said itself."""
    return BEFORE_LOOKUP.sub("", to_text(value))


def to_choice(value: Any, choices: Collection[str], otherwise: str) -> str:
    """One of the choices."""
    text = to_text(value)
    return text if text in choices else otherwise


def to_mapping(value: Any) -> Mapping[str, Any]:
    """What is none is an empty one."""
    return value if isinstance(value, Mapping) else {}


def to_mappings(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in a list."""
    if not isinstance(value, Iterable):
        return []
    return [entry for entry in value if isinstance(entry, Mapping)]


def to_list(value: Any) -> list[str]:
    """A list of texts, or a single one."""
    if isinstance(value, (list, tuple)):
        return [to_text(entry) for entry in value]
    return [to_text(value)] if value else []


def organization(number: int | None) -> str:
    return "No organization" if number is None else f"Organization {number}"


def to_datetime(value: Any) -> datetime | None:
    """A point in time, in UTC; without a zone it is meant so. None where it is none."""
    try:
        found = datetime.fromisoformat(to_text(value).replace("Z", "+00:00"))
        if found.tzinfo is None:
            return found.replace(tzinfo=timezone.utc)
        return found.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def timestamp(value: Any) -> str:
    """A point in time as people read it; nothing where it is none."""
    found = to_datetime(value)
    if found is None:
        return ""
    return f"{found:%Y-%m-%d %H:%M} UTC"


def period(begun: Any, ended: Any) -> str:
    """From when to when, and how long that was."""
    first, last = to_datetime(begun), to_datetime(ended)
    if first is None:
        return ""
    if last is None:
        return f"begun {timestamp(begun)}"
    took = (last - first).total_seconds()
    if took < 1:
        # A plan takes no time worth mentioning; a wave of a rehearsal does.
        return timestamp(begun)
    if took < 60:
        return f"{timestamp(begun)} ({duration(took)})"
    until = timestamp(ended)
    if first.date() == last.date():
        until = f"{last:%H:%M} UTC"
    return f"{first:%Y-%m-%d %H:%M} – {until} ({duration(took)})"


def mapping_text(value: Mapping[str, Any]) -> str:
    """What a run is limited to, such as "organization 1, 2; type router"."""
    return "; ".join(_part(key, inner) for key, inner in value.items() if to_list(inner))


def _part(key: str, value: Any) -> str:
    values = to_list(value)
    text = f"{key.replace('_', ' ')} {', '.join(values[:MAX_VALUES])}"
    more = len(values) - MAX_VALUES
    return f"{text} and {more:,} more" if more > 0 else text


def to_json(report: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """A report for programs. context: what else stands in it, as it is."""
    return json.dumps({**context, **report}, indent=1, ensure_ascii=False, default=str) + "\n"
