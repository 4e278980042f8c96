# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task that takes devices and returns as many entries of a plan, and does nothing: what Ansible
itself takes for that.
"""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Takes `config`."""

    _requires_connection = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return a plan in which nothing changes."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        names = [str(device["name"]) for device in self._task.args["config"]]
        return {
            **result,
            "plan": [
                {"name": name, "action": "unchanged", "before": {}, "after": {}} for name in names
            ],
        }
