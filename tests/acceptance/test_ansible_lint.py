# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-lint holds the tasks of users to the options of our modules, and misses nothing that only a run gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "ansible-lint"
# As users have it, who give no option.
CONFIG = Path(__file__).resolve().parents[2] / "docs" / "examples" / "gitops" / ".ansible-lint"
WRONG = {
    "zq_device": {"name": "a", "locaton_name": "Mill Lane"},
    "zq_device_action": {"name": "a", "action": "rebot"},
    "zq_device_info": {"organisation": 1},
    "zq_fleet": {"config": [], "stat": "merged"},
    "zq_status_info": {"stale_after": "soon"},
    "zq_report": {"kind": "statos"},
}
# The token is in the environment of the run, or in module_defaults; values are known to the run alone.
RIGHT = {
    "zq_device": {
        "name": "{{ a }}",
        "is_active": "{{ b }}",
        "latitude": "{{ c }}",
        "update_frequency": "{{ d }}",
        "state": "{{ e }}",
    },
    "zq_device_action": {"filter": "{{ a }}", "action": "{{ b }}", "wait": "{{ c }}"},
    "zq_device_info": {"organization": [101], "status": "down"},
    "zq_fleet": {"config": "{{ a }}", "scope": "{{ b }}", "max_deletes": "10%"},
}


def test_misspelt_options_are_found(tmp_path: Path) -> None:
    tasks = [
        {"name": f"Task {number}", f"zequenze.control.{module}": options}
        for number, (module, options) in enumerate([*WRONG.items(), *RIGHT.items()])
    ]
    play = {"name": "Play", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
    # JSON is YAML; how it is laid out is no matter here.
    (tmp_path / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    (tmp_path / ".ansible-lint").write_bytes(CONFIG.read_bytes())
    done = subprocess.run(
        [str(PROGRAM), "--format", "json", "play.yml"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": f"{PROGRAM.parent}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Ignored exception" not in done.stderr
    assert done.returncode != 0
    found = [one for one in json.loads(done.stdout) if one["check_name"] == "args[module]"]
    told = "\n".join(one["description"] for one in found)
    assert len(found) == len(WRONG), done.stdout + done.stderr
    for word in ("locaton_name", "rebot", "organisation", "stat.", "stale_after", "statos"):
        assert word in told
