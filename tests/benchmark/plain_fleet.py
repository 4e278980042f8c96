# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a fleet as declared as a script of one's own would: pages in a thread pool, a comparison,
PATCH for what differs.

It checks nothing, retries nothing and tells nothing but the seconds it took, with its import of
requests, as a task of Ansible has to import it. Run where requests is installed.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from read_files import declared  # type: ignore[import-not-found]  # beside this script

WORKERS = 8
PAGE = 100


def main() -> None:
    """Arguments: the API's address, a file of the declared devices, or a folder of such files."""
    begun = time.monotonic()
    import requests
    from requests.adapters import HTTPAdapter

    url, devices = (
        f"{sys.argv[1]}/inventory_device_name/",
        declared(Path(sys.argv[2])),
    )
    with requests.Session() as session, ThreadPoolExecutor(WORKERS) as pool:
        session.headers["Authorization"] = "Bearer benchmark"
        session.mount("http://", HTTPAdapter(pool_maxsize=WORKERS))

        def page(offset: int) -> Any:
            return session.get(url, params={"limit": PAGE, "offset": offset}, timeout=30).json()

        def patch(change: tuple[str, dict[str, Any]]) -> None:
            session.patch(f"{url}{change[0]}/", json=change[1], timeout=30).raise_for_status()

        first = page(0)
        found = {device["name"]: device for device in first["results"]}
        for answer in pool.map(page, range(PAGE, first["count"], PAGE)):
            found.update((device["name"], device) for device in answer["results"])
        changes = []
        for device in devices:
            now = found[device["name"]]
            if differing := {
                field: value for field, value in device.items() if now[field] != value
            }:
                changes.append((device["name"], differing))
        list(pool.map(patch, changes))
    sys.stdout.write(f"{time.monotonic() - begun:.4f}\n")


if __name__ == "__main__":
    main()
