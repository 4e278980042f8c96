# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs Ansible's own programs without their start-up: a process that has imported them, and forks for each run.

Started by `warm.py` with the Python of the ansible-core that is tested, and with the environment of the runs to come. A run is a line
of JSON on standard input: `{"argv": [...], "cwd": "...", "env": {...}, "out": "file", "err": "file, or null for the same"}`. Its process
id is a line of output, and its exit code the next.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import logging
import os
import pkgutil
import sys
import tempfile
import threading
import traceback
from typing import Any

COLLECTION = "ansible_collections.zequenze.control.plugins"
CLASSES = {
    "ansible-inventory": ("ansible.cli.inventory", "InventoryCLI"),
    "ansible-playbook": ("ansible.cli.playbook", "PlaybookCLI"),
}
# What nearly every run would import. Of a package, all its modules.
BEFORE = (
    "requests",
    "jinja2",
    "yaml",
    "ansible.constants",
    "ansible.executor.task_queue_manager",
    "ansible.plugins.action.assert",
    "ansible.plugins.action.debug",
    "ansible.plugins.action.fail",
    "ansible.plugins.action.normal",
    "ansible.plugins.action.set_fact",
    "ansible.plugins.action.validate_argument_spec",
    "ansible.plugins.cache.memory",
    "ansible.plugins.callback.default",
    "ansible.plugins.connection.local",
    "ansible.plugins.shell.sh",
    "ansible.plugins.vars.host_group_vars",
)
PACKAGES = ("filter", "inventory", "strategy", "test")


def load() -> None:
    """Import what runs would import: Ansible's programs, its plugins, and the collection."""
    for module in (*BEFORE, *(module for module, _name in CLASSES.values())):
        importlib.import_module(module)
    for package in PACKAGES:
        _load_all(f"ansible.plugins.{package}")
    finder = importlib.import_module("ansible.utils.collection_loader._collection_finder")
    constants = importlib.import_module("ansible.constants")
    installed = finder._AnsibleCollectionFinder(constants.COLLECTIONS_PATHS)
    installed._install()
    importlib.import_module("ansible_collections.ansible.builtin")
    # What is imported when it is asked for has packages of its own.
    late = ("plugin_utils._report.kinds", "plugin_utils._variables.tables")
    for package in ("action", "filter", "inventory", "lookup", *late):
        _load_all(f"{COLLECTION}.{package}")
    # Each run makes its own, as its options say.
    installed._remove()
    # What is here stays: the garbage collectors of all the processes to come leave its pages shared.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _load_all(package: str) -> None:
    path = importlib.import_module(package).__path__
    for module in pkgutil.iter_modules(path):
        importlib.import_module(f"{package}.{module.name}")


def child(run: dict[str, Any]) -> int:
    """One run, in the forked process."""
    os.chdir(run["cwd"])
    os.environ.clear()
    os.environ.update(run["env"])
    _redirect(run["out"], run["err"])
    sys.argv = list(run["argv"])
    # What is kept from the environment at the first use.
    tempfile.tempdir = None
    for handler in logging.root.handlers:
        if isinstance(handler, logging.FileHandler):
            handler.close()
    # Each run ends with its removal.
    os.makedirs(importlib.import_module("ansible.constants").DEFAULT_LOCAL_TMP, exist_ok=True)  # noqa: PTH103 - as Ansible does
    module, name = CLASSES[os.path.basename(run["argv"][0])]  # noqa: PTH119
    try:
        getattr(importlib.import_module(module), name).cli_executor(run["argv"])
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:  # noqa: BLE001 - it must never get back into the loop below
        traceback.print_exc()
        return 250
    return 0


def _redirect(out: str, err: str | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    for stream, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, os.open(out, flags, 0o600))):
        os.dup2(file, stream)
        os.close(file)
    if err is None:
        os.dup2(1, 2)
        return
    file = os.open(err, flags, 0o600)
    os.dup2(file, 2)
    os.close(file)


def end(code: int) -> None:
    """As the interpreter ends, but for taking apart what the process was made of."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Serve until the input ends."""
    # A program finds its modules beside itself, not beside this file.
    sys.path[0] = os.path.dirname(sys.executable)  # noqa: PTH120
    load()
    print("ready", flush=True)  # noqa: T201 - the protocol
    for line in sys.stdin:
        process = os.fork()
        if not process:
            end(child(json.loads(line)))
        print(process, flush=True)  # noqa: T201
        _process, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
