# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an export has come to, in a word and a line."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report

DONE: dict[str, Any] = {
    "files": [
        {"path": "out/organization_1.yml", "action": "create"},
        {"path": "out/organization_2.yml", "action": "unchanged"},
        {"path": "out/organization_3\x1b.yml", "action": "remove"},
    ],
    "summary": {"devices": 7, "created": 1, "updated": 0, "removed": 1, "unchanged": 1},
}


@pytest.mark.parametrize(
    ("result", "check_mode", "lines"),
    [
        (
            DONE,
            False,
            [
                "applied: devices 7, created 1, updated 0, removed 1, unchanged 1",
                "  created: out/organization_1.yml",
                "  removed: out/organization_3\\x1b.yml",
            ],
        ),
        (
            DONE,
            True,
            [
                "planned: devices 7, to create 1, to update 0, to remove 1, unchanged 1",
                "  to create: out/organization_1.yml",
                "  to remove: out/organization_3\\x1b.yml",
            ],
        ),
        ({"failed": True, "msg": "no", "refused": True}, True, ["refused: nothing was written"]),
    ],
)
def test_one_line_says_what_happened(
    result: dict[str, Any], check_mode: bool, lines: list[str]
) -> None:
    made = make_report("export", result, {"check_mode": check_mode})
    assert made.returned["lines"] == lines
    assert made.returned["headline"] == lines[0]
    assert made.returned["stats"]["export_summary"]["state"] == lines[0].partition(":")[0]
    assert not made.files


def test_it_does_not_grow_with_the_organizations() -> None:
    files = [{"path": f"{number}.yml", "action": "update"} for number in range(500)]
    lines = make_report("export", {"files": files}, {}).returned["lines"]
    assert len(lines) == 22
    assert lines[-1] == "  … and 480 more files"
