# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task over many devices has written down, in the place of what it returned of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...module_utils._errors import InputError
from ...module_utils._files import read_text


def with_results(result: Mapping[str, Any], path: str | None) -> Mapping[str, Any]:
    """The result with the outcomes of all devices, where they were written to a file.

    It holds these, or several keys of the result. A task that ended before it selected any has
    written none. Raises InputError.
    """
    text = read_text("results_file", Path(path)) if path else None
    if text is None:
        return result
    try:
        content = json.loads(text)
    except ValueError:
        raise InputError(
            "results_file", path, "is not JSON", "Give the file that the task has written."
        ) from None
    if isinstance(content, Mapping):
        return {**result, **content}
    return {**result, "results": content}
