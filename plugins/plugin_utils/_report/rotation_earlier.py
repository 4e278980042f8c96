# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report remembers of a rotation that was cut short, where no vault file does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...module_utils._files import read_text
from .rotation import HALTED, PAUSED, RUNNING
from .values import to_mapping, to_mappings, to_text

FILE = "report.json"
PLAN_FOLDER = "plan"


def earlier_run(
    report_dir: str, _result: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """`devices` of a run that has not come to its end, and a `report_dir`.

    A plan does not take the place of what was told of a run: then it has a folder of its own.
    Raises InputError.
    """
    place = Path(report_dir).expanduser()
    try:
        report = to_mapping(json.loads(read_text("report_dir", place / FILE) or "{}"))
    except ValueError:
        report = {}
    devices = []
    if to_text(report.get("state")) in (RUNNING, HALTED, PAUSED):
        devices = to_mappings(report.get("devices"))
    if context.get("check_mode") and devices:
        place = place / PLAN_FOLDER
    return {"devices": devices, "report_dir": str(place)}
