# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared devices: the fields of the fragment `device`, as suboptions of `config`; or their files."""

from __future__ import annotations

import re
from typing import Any

import yaml

from .device import ModuleDocFragment as DeviceFragment

NAME = {
    "description": "The name of the device, which is its unique key.",
    "type": "str",
    "required": True,
}
CHAINS = (
    "It may be a name that another declared device gives up. Names and serial numbers that go"
    " round in a circle are an error."
)


def _in_config(text: str) -> str:
    """A description in which O(username) and the like name the fields of the same device."""
    return re.sub(r"\bO\((?=[a-z_]+[=)])", "O(config[].", text)


def _description(row: dict[str, Any]) -> list[str]:
    description = row["description"]
    if isinstance(description, str):
        description = [description]
    return [_in_config(text) for text in description]


def _suboptions() -> dict[str, Any]:
    suboptions: dict[str, Any] = {"name": NAME}
    for name, row in yaml.safe_load(DeviceFragment.DOCUMENTATION)["options"].items():
        suboptions[name] = {**row, "description": _description(row)}
        # What a device does not give is left to the task's own options.
        suboptions[name].pop("default", None)
    suboptions["new_name"]["description"].append(CHAINS)
    return suboptions


PATH = {
    "description": [
        (
            "In the place of O(config), a folder or file of declared devices, or a list of them, as"
            " P(zequenze.control.zq_desired_state#lookup) describes them. Of several, a later one"
            " overlays the earlier ones."
        ),
        (
            "They are read in the controller's process, and nothing of them is carried through"
            " templates. So O(path) is refused in a task with C(async), one that is delegated to"
            " another host, and with C(zq_in_process=false)."
        ),
        (
            "A string is one path, and is not split at commas. A relative path begins at the folder"
            " in which Ansible was started."
        ),
        (
            "The policy of a folder holds for its devices. What is wrong in the files is an error"
            " with file and line, before the platform is read."
        ),
    ],
    "type": "raw",
    "version_added": "1.0.0",
}


class ModuleDocFragment:
    # With its type, for ansible-test reads a plain assignment as a text that is written out.
    DOCUMENTATION: str = yaml.safe_dump(
        {"options": {"config": {"suboptions": _suboptions()}, "path": PATH}},
        allow_unicode=True,
        sort_keys=False,
        width=1000,
    )
