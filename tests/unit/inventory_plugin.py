# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An inventory plugin with Ansible's own methods and chosen options, for what builds on those."""

from __future__ import annotations

from typing import Any

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible_collections.zequenze.control.plugins.plugin_utils import _untrusted

OPTIONS: dict[str, Any] = {
    "strict": False,
    "compose": {},
    "groups": {},
    "keyed_groups": [],
    "use_extra_vars": False,
    "leading_separator": True,
    "hostnames": [],
    "on_duplicate": "fail",
}


class Plugin(BaseInventoryPlugin, Constructable):  # type: ignore[misc, unused-ignore]
    """Ansible's own part of the inventory plugin, with options of ours."""

    NAME = "test"

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._options = {**OPTIONS, **options}
        self.parse(InventoryData(), DataLoader(), "somewhere")

    def get_option(self, option: str, hostvars: Any = None) -> Any:
        return self._options[option]

    def verify_file(self, path: str) -> bool:
        return True


def trusted(value: Any) -> Any:
    """As it comes from a file of the user's, which newer cores trust."""
    if isinstance(value, dict):
        return {key: trusted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [trusted(one) for one in value]
    if isinstance(value, str) and _untrusted._trust:
        return _untrusted._trust(value)
    return value
