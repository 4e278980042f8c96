# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page server of devices that restart when they are told to, and are back some seconds later.

``python -m tests.benchmark.restarting_server --devices 10000``: prints its port, and ends when its
standard input does. ``/requests/`` tells how many requests there were.
"""

from __future__ import annotations

import json
import time
from collections import deque
from datetime import UTC, datetime
from typing import Any

from tests.benchmark import fleet
from tests.benchmark.server import REQUESTS, Answer, PageServer, encoded, main

WHOSE = {"organization_id": 1}
RESTART = 20.0  # seconds from the request until the device has connected again


class RestartingServer(PageServer):
    """The answers to requests."""

    def __init__(self, devices: int, latency: float) -> None:
        super().__init__(devices, latency)
        # Of one organization: by that a part of them is asked for, and nothing is filtered here.
        self.rows = [encoded({**fleet.listed(number), **WHOSE}) for number in range(devices)]
        self.requests = 0
        # When each is back, and its number: all take as long, and so they are in order.
        self._restarting: deque[tuple[float, int]] = deque()

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """What a request is answered with."""
        if target == REQUESTS:
            return 200, encoded(self.requests)
        self.requests += 1
        while self._restarting and self._restarting[0][0] <= time.monotonic():
            _due, number = self._restarting.popleft()
            now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            self._show(number, status="Up", last_connection=now, pending_settings=None)
        return super().answer(method, target, body)

    def _device(self, method: str, number: int, body: bytes) -> Answer:
        if method == "PATCH" and json.loads(body).get("reboot"):
            self._restarting.append((time.monotonic() + RESTART, number))
            self._show(number, pending_settings=["reboot"])
            return 200, encoded(self.changed[number])
        return super()._device(method, number, body)

    def _show(self, number: int, **fields: Any) -> None:
        device = self.changed.get(number) or fleet.detailed(number)
        self.changed[number] = {**device, **WHOSE, **fields}
        self.rows[number] = encoded(
            {field: self.changed[number][field] for field in fleet.listed(number)}
        )


if __name__ == "__main__":
    main(RestartingServer)
