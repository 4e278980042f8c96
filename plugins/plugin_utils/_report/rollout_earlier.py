# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the report folder of a rollout tells of runs before this one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...module_utils._files import read_text
from .rollout import PLANNED, RUNNING
from .rollout_past import from_report
from .values import to_int, to_mapping, to_mappings, to_text

FILE = "report.json"
PLAN_FOLDER = "plan"


def earlier_runs(
    report_dir: str, result: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """`devices`, `run`, `plans`, `unfinished` and `past_waves` of earlier runs, and a `report_dir`.

    run: what else the report tells of the run before, where that was this very rollout. report_dir:
    of this one.

    result: the image and the version of this rollout. A plan does not take the place of what was
    told of a run: then it has a folder of its own. Raises InputError.
    """
    place = Path(report_dir).expanduser()
    run, plan = _report(place / FILE), _report(place / PLAN_FOLDER / FILE)
    devices: list[Mapping[str, Any]] = []
    before: dict[str, Any] = {}
    unfinished = None
    if _is_of(run, result):
        devices = to_mappings(run.get("devices"))
        before = {name: run.get(name) for name in ("state", "waves", "plan")}
    if run.get("state") == RUNNING:
        unfinished = {"begun": run.get("begun"), "written": run.get("written")}
    if context.get("check_mode") and devices:
        place = place / PLAN_FOLDER
    return {
        "devices": devices,
        "run": before,
        "plans": [kept for one in (run, plan) if (kept := to_mapping(one.get("plan")))],
        "unfinished": unfinished or {},
        "past_waves": [wave.to_dict() for wave in from_report(run)],
        "report_dir": str(place),
    }


def _report(path: Path) -> Mapping[str, Any]:
    """A report; what is none tells nothing."""
    try:
        return to_mapping(json.loads(read_text("report_dir", path) or "{}"))
    except ValueError:
        return {}


def _is_of(run: Mapping[str, Any], result: Mapping[str, Any]) -> bool:
    """Whether it tells of something that this very rollout has done."""
    if to_text(run.get("state")) in ("", PLANNED):
        return False
    same_image = to_int(run.get("image")) == to_int(result.get("image"))
    return same_image and run.get("version") == result.get("version")
