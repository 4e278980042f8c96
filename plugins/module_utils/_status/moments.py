# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Points in time: as the platform and files write them, and what time it is on the platform."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from .._client import Client


def moment_from(value: Any) -> datetime | None:
    """In UTC; without a zone it is meant so. None where it is no moment."""
    text = str(value).strip()
    # Python 3.9 knows no Z.
    if text[-1:] in ("Z", "z"):
        text = f"{text[:-1]}+00:00"
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def moment_text(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, as results tell it."""
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def platform_now(client: Client) -> datetime:
    """By the platform's clock, as its last answer told it; else by ours."""
    try:
        return parsedate_to_datetime(client.server_date).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return datetime.now(timezone.utc)
