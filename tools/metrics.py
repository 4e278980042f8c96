# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics of the playbook status, and the example's alert rules and dashboard, read by promtool.

``python -m tools.metrics`` fails where promtool finds something, and where there is none.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ansible_collections.zequenze.control.plugins.plugin_utils._report.status import from_result
from ansible_collections.zequenze.control.plugins.plugin_utils._report.status_prom import (
    as_prometheus,
)

from tools.common import ROOT, Failed, run

EXAMPLES = ROOT / "docs" / "examples" / "prometheus"
# With whatever a platform may call a type.
ROWS = (
    {"organization_id": 7, "type_short_name": 'a"b\\c\nd {},= 設備', "devices": 5, "down": 2},
    {"organization_id": None, "type_short_name": None, "devices": 1, "up": 1},
)


def promtool() -> str | None:
    """Where it is: Debian's package prometheus has it."""
    return shutil.which("promtool")


def sample() -> str:
    fleet = {"summary": {"organization_types": ROWS}, "generated": "2026-11-26T12:00:00Z"}
    vault = {"summary": {"entries": 3, "weak_passwords": 1}}
    return as_prometheus(from_result({"fleet": fleet, "vault": vault}, {}))


def dashboard_queries() -> list[str]:
    """Of the panels of the dashboard."""
    dashboard = json.loads((EXAMPLES / "dashboard.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def _as_rules(queries: list[str]) -> str:
    """A file of rules, which promtool reads to the last bracket."""
    rules = [{"record": f"q{number}", "expr": query} for number, query in enumerate(queries)]
    return json.dumps({"groups": [{"name": "dashboard", "rules": rules}]})


def check() -> None:
    """Raises Failed."""
    program = promtool()
    if program is None:
        raise Failed("promtool is not here: install Debian's package prometheus")
    told = subprocess.run(
        [program, "check", "metrics"], input=sample(), capture_output=True, text=True, check=False
    )
    if told.returncode:
        raise Failed(f"promtool check metrics: {told.stdout}{told.stderr}")
    with tempfile.TemporaryDirectory() as folder:
        # It leaves its data where it runs.
        place = shutil.copytree(EXAMPLES, Path(folder) / "rules")
        run([program, "check", "rules", "alerts.yml"], cwd=place)
        run([program, "test", "rules", "alerts_test.yml"], cwd=place)
        (place / "queries.yml").write_text(_as_rules(dashboard_queries()), encoding="utf-8")
        run([program, "check", "rules", "queries.yml"], cwd=place)


if __name__ == "__main__":
    try:
        check()
    except Failed as error:
        sys.exit(f"error: {error}")
