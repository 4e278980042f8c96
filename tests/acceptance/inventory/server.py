# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs Ansible's own programs without their start-up: a process that has imported them, and forks for each run.

Started by `programs.py` with the Python of the ansible-core that is tested. A run is a line of JSON on standard input:
`{"argv": [...], "cwd": "...", "env": {...}, "out": "file", "err": "file"}`. Its exit code is a line of output.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from typing import Any

CLASSES = {
    "ansible-inventory": ("ansible.cli.inventory", "InventoryCLI"),
    "ansible-playbook": ("ansible.cli.playbook", "PlaybookCLI"),
}
# What every run would import.
BEFORE = (
    "requests",
    "jinja2",
    "yaml",
    "ansible.constants",
    "ansible.executor.task_queue_manager",
    "ansible.plugins.inventory",
)


def child(run: dict[str, Any]) -> int:
    """One run, in the forked process."""
    os.chdir(run["cwd"])
    os.environ.clear()
    os.environ.update(run["env"])
    for stream, name, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, run["out"], os.O_WRONLY),
        (2, run["err"], os.O_WRONLY),
    ):
        file = os.open(name, flags | (os.O_CREAT | os.O_TRUNC if stream else 0), 0o600)
        os.dup2(file, stream)
        os.close(file)
    # Each run ends with its removal.
    os.makedirs(importlib.import_module("ansible.constants").DEFAULT_LOCAL_TMP, exist_ok=True)  # noqa: PTH103 - as Ansible does
    module, name = CLASSES[run["argv"][0]]
    try:
        getattr(importlib.import_module(module), name).cli_executor(run["argv"])
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:  # noqa: BLE001 - it must never get back into the loop below
        traceback.print_exc()
        return 250
    return 0


def main() -> None:
    """Serve until the input ends."""
    for module in (*BEFORE, *(module for module, _name in CLASSES.values())):
        importlib.import_module(module)
    print("ready", flush=True)  # noqa: T201 - the protocol
    for line in sys.stdin:
        process = os.fork()
        if not process:
            code = child(json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        _process, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
