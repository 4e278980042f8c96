# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which host of a play does what is done once, under every strategy.

The strategies `free` and `host_pinned` run a task with `run_once` for each host, and register each
result on all hosts, so that the last one stands. So the first host that comes claims the play, or
its batch of it, and the result names that host, whichever is the last.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.playbook.task import Task

# The names of strategies that keep run_once end in one of these.
KEEPING_STRATEGIES = ("linear", "debug")


def run_once_host(task: Task, variables: Mapping[str, Any]) -> str:
    """The host that does for all hosts of a batch what a task with `run_once` begins."""
    host = str(variables["inventory_hostname"])
    play = task.get_play()
    if str(play.strategy).endswith(KEEPING_STRATEGIES):
        return host
    batch = [str(name) for name in variables["ansible_play_batch"]]
    return claim(_claims_of(play._uuid), host, batch)


def claim(path: Path, host: str, batch: list[str]) -> str:
    """The host that has the claim: this one, where none of its batch came before.

    A host that has failed since keeps its claim: the next one would do all of it again.
    """
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        # Each host of a batch that has come so far → the host that has the claim.
        owners: dict[str, str] = json.loads(file.read() or "{}")
        if host not in owners:
            owners.update(dict.fromkeys([*batch, host], host))
            file.truncate(0)
            file.write(json.dumps(owners))
        return owners[host]


def _claims_of(play: str) -> Path:
    """In the folder that all processes of this ansible-playbook share, and that goes with it."""
    return Path(vars(constants)["DEFAULT_LOCAL_TMP"]) / f"zq-run-once-{play}.json"
