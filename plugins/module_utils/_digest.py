# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The digest of a plan, as a user gives it back."""

from __future__ import annotations

import re
from typing import Any

from ._errors import InputError

FORM = re.compile(r"[0-9a-f]{64}")


def digest_from(option: str, given: Any) -> str | None:
    """A SHA-256 in lower case; None where none is given. Raises InputError.

    An empty one, of a variable that was never set, must not become a run that nobody reviewed.
    """
    if given is None:
        return None
    text = str(given).strip().lower()
    if not FORM.fullmatch(text):
        raise InputError(
            option,
            given,
            "is not a SHA-256 digest",
            "Give the plan_digest of the plan that was reviewed, or leave it out.",
        )
    return text
