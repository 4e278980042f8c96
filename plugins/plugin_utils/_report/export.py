# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an export has come to, in words: its files are what it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils._text import one_line
from .state import PLANNED, State, line, state_of
from .values import to_bool, to_count, to_mapping, to_mappings, to_text

COUNTED = ("devices", "created", "updated", "removed", "unchanged")
# What is done to a file, before and after it is done.
WORDS = {
    "create": ("to create", "created"),
    "update": ("to update", "updated"),
    "remove": ("to remove", "removed"),
}
MAX_FILES = 20  # that are named; there is one for each organization


def told(
    result: Mapping[str, Any], context: Mapping[str, Any]
) -> tuple[State, dict[str, int], list[str]]:
    """What happened, in a word; how many devices and files; and what the playbook prints."""
    state = state_of(result, to_bool(context.get("check_mode")))
    summary = to_mapping(result.get("summary"))
    counts = {name: to_count(summary.get(name)) for name in COUNTED}
    text = [line(state, counts)]
    changed = [one for one in to_mappings(result.get("files")) if one.get("action") in WORDS]
    for one in changed[:MAX_FILES]:
        to_do, done = WORDS[to_text(one.get("action"))]
        text.append(f"  {to_do if state == PLANNED else done}: {one_line(one.get('path'))}")
    more = len(changed) - MAX_FILES
    if more > 0:
        text.append(f"  … and {more:,} more files")
    return state, counts, text
