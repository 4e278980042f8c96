# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator for a test session, emptied before each test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from simulator.testing import Simulator

Call = Callable[..., requests.Response]


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with Simulator("--workers", "3") as simulator:
        yield simulator


@pytest.fixture
def sim(running: Simulator) -> Simulator:
    running.reset()
    return running


@pytest.fixture
def call(sim: Simulator) -> Iterator[Call]:
    """A request of the API: method, path below the prefix, and what `requests` takes. `token=None` sends none."""
    with requests.Session() as session:
        session.trust_env = False

        def send(
            method: str, path: str, *, token: str | None = sim.token, **options: Any
        ) -> requests.Response:
            headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
            headers.update(options.pop("headers", {}))
            return session.request(
                method, f"{sim.url}/{path}", headers=headers, timeout=60, **options
            )

        yield send
