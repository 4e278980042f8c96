# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request log: JSON lines, appended by every worker at once, read back in order.

No secret gets into it.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

SECRETS = frozenset(("password", "token", "access_token", "secret", "authorization"))
HIDDEN = "********"
_IN_QUERY = re.compile(rf"(?i)\b({'|'.join(sorted(SECRETS))})=[^&]*")


def _path() -> Path:
    return Path(settings.DATA_DIR) / "requests.jsonl"


@cache
def _file() -> int:
    # One write of one line to a file opened for appending: lines of several workers never mix.
    return os.open(_path(), os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)


def append(entry: dict[str, Any]) -> None:
    os.write(_file(), json.dumps(entry).encode() + b"\n")


def clear() -> None:
    os.ftruncate(_file(), 0)


def entries(
    since: int = 0, methods: set[str] | None = None, path: str = ""
) -> list[dict[str, Any]]:
    """Those after `since`.

    The number of an entry is its place in the log since it was last cleared.
    """
    pattern = re.compile(path)
    found = []
    _file()
    with _path().open(encoding="utf-8") as lines:
        for seq, line in enumerate(lines, start=1):
            # The last line may be under way.
            if seq <= since or not line.endswith("\n"):
                continue
            entry = json.loads(line)
            if (not methods or entry["method"] in methods) and pattern.search(entry["path"]):
                found.append({"seq": seq, **entry})
    return found


def count() -> int:
    _file()
    with _path().open("rb") as lines:
        return sum(1 for _ in lines)


def body(raw: bytes) -> Any:
    """A request's body for the log.

    What cannot be read as JSON might hold a secret anywhere, and is only measured.
    """
    if not raw:
        return None
    try:
        return _redacted(json.loads(raw))
    except (ValueError, RecursionError):
        return {"not_json": len(raw)}


def query(text: str) -> str:
    return _IN_QUERY.sub(rf"\1={HIDDEN}", text)


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        redacted = {}
        for key, part in value.items():
            redacted[key] = _redacted(part)
            if key.lower() in SECRETS:
                redacted[key] = HIDDEN
        return redacted
    if isinstance(value, list):
        return [_redacted(part) for part in value]
    return value
