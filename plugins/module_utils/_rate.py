# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests a second may be sent, by however many threads."""

from __future__ import annotations

import threading


class RateLimit:
    """Gives each request its moment. They are evenly spaced: what was not used is not saved up.

    rate: requests a second; None for no limit.
    """

    def __init__(self, rate: float | None) -> None:
        self._spacing = 1.0 / rate if rate else 0.0
        self._free_at = float("-inf")
        self._lock = threading.Lock()

    def reserve(self, now: float) -> float:
        """Take the next free moment. Returns how many seconds are left until then.

        now: by a clock that never goes back.
        """
        if not self._spacing:
            return 0.0
        with self._lock:
            moment = max(now, self._free_at)
            self._free_at = moment + self._spacing
        return moment - now
