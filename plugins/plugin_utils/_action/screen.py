# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines as `debug` prints them, each whole, in whatever format results are shown."""

from __future__ import annotations

from collections.abc import Sequence

from ansible import constants
from ansible.errors import AnsibleError

WIDTH = 60  # a line that is longer may be folded, with what stands before it


def shown(lines: Sequence[str]) -> list[str] | str:
    """A list; where it would be shown as YAML, which folds long texts, one text of several lines.

    Those YAML shows as they are.
    """
    if not _is_yaml() or all(len(line) <= WIDTH for line in lines):
        return list(lines)
    # A line end is what has it shown so, also of a single line.
    return "\n".join([*lines, ""])


def _is_yaml() -> bool:
    callback = str(getattr(constants, "DEFAULT_STDOUT_CALLBACK", ""))
    if callback.endswith("yaml"):
        return True
    for name in (callback, "default", "ansible.builtin.default"):
        try:
            given = constants.config.get_config_value(
                "result_format", plugin_type="callback", plugin_name=name
            )
        except (AnsibleError, KeyError):
            continue
        return str(given) == "yaml"
    return False
