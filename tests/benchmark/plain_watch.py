# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restart a fleet, and see each device come back, as a script of one's own would: pages, a PATCH for
each, and pages again every ten seconds.

It checks nothing, retries nothing and tells nothing but the seconds it took. Run where requests is
installed. Argument: the API's address.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

WORKERS = 8
PAGE = 100
LOOK_EVERY = 10.0  # seconds


def main() -> None:
    """Until all are back."""
    begun = time.monotonic()
    import requests
    from requests.adapters import HTTPAdapter

    url = f"{sys.argv[1]}/inventory_device_name/"
    with requests.Session() as session, ThreadPoolExecutor(WORKERS) as pool:
        session.headers["Authorization"] = "Bearer benchmark"
        session.mount("http://", HTTPAdapter(pool_maxsize=WORKERS))

        def page(offset: int) -> Any:
            return session.get(url, params={"limit": PAGE, "offset": offset}, timeout=30).json()

        def devices() -> dict[str, dict[str, Any]]:
            first = page(0)
            rows = list(first["results"])
            for answer in pool.map(page, range(PAGE, first["count"], PAGE)):
                rows += answer["results"]
            return {row["name"]: row for row in rows}

        def restart(name: str) -> None:
            answer = session.patch(f"{url}{name}/", json={"reboot": True}, timeout=30)
            answer.raise_for_status()

        before = devices()
        list(pool.map(restart, before))
        waiting = set(before)
        while waiting:
            time.sleep(LOOK_EVERY)
            now = devices()
            waiting = {
                name
                for name in waiting
                if now[name]["last_connection"] <= before[name]["last_connection"]
            }
    sys.stdout.write(f"{time.monotonic() - begun:.4f}\n")


if __name__ == "__main__":
    main()
