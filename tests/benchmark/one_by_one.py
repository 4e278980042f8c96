# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the list as a plain script would, one page of 100 after another, and print the seconds.

Run where requests is installed.
"""

from __future__ import annotations

import sys
import time

import requests


def main() -> None:
    """Arguments: the API's address, how many devices there must be."""
    url, count = f"{sys.argv[1]}/inventory_device_name/", int(sys.argv[2])
    begun = time.monotonic()
    devices: list[object] = []
    with requests.Session() as session:
        session.headers["Authorization"] = "Bearer benchmark"
        while True:
            page = session.get(
                url, params={"limit": 100, "offset": len(devices)}, timeout=30
            ).json()
            devices += page["results"]
            if not page["next"]:
                break
    if len(devices) != count:
        sys.exit(f"{len(devices)} devices came")
    sys.stdout.write(f"{time.monotonic() - begun:.4f}\n")


if __name__ == "__main__":
    main()
