# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare a fleet with what is declared of it, also in a field that the list does not have, as a
script of one's own would: pages in a thread pool, then each device by itself.

It checks nothing, retries nothing and tells nothing but the seconds it took, with its import of
requests, as a task of Ansible has to import it. Run where requests is installed.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

PAGE = 100


def main() -> None:
    """Arguments: the API's address, a file of the declared devices, how many to read at once."""
    begun = time.monotonic()
    import requests
    from requests.adapters import HTTPAdapter

    url = f"{sys.argv[1]}/inventory_device_name/"
    devices = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    workers = int(sys.argv[3])
    with requests.Session() as session, ThreadPoolExecutor(workers) as pool:
        session.headers["Authorization"] = "Bearer benchmark"
        session.mount("http://", HTTPAdapter(pool_maxsize=workers))

        def page(offset: int) -> Any:
            return session.get(url, params={"limit": PAGE, "offset": offset}, timeout=30).json()

        def read(name: str) -> Any:
            return session.get(f"{url}{name}/", timeout=30).json()

        first = page(0)
        found = {device["name"] for device in first["results"]}
        for answer in pool.map(page, range(PAGE, first["count"], PAGE)):
            found.update(device["name"] for device in answer["results"])
        names = [device["name"] for device in devices if device["name"] in found]
        different = 0
        for device, now in zip(devices, pool.map(read, names), strict=True):
            different += any(now[field] != value for field, value in device.items())
    if different:
        sys.exit(f"{different} devices differ")
    sys.stdout.write(f"{time.monotonic() - begun:.4f}\n")


if __name__ == "__main__":
    main()
