# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values as a filter wants them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Without what Ansible knows of where a value came from; what is encrypted as a single value is decrypted."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    # Before ansible-core 2.19, a text that came from outside is none to a YAML writer, and stays what it is when `str` is asked for it.
    return value if value is None or isinstance(value, (bool, int, float)) else "".join([str(value)])
