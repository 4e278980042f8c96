# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One simulator for each worker of pytest, empty before each test."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Found from any folder, and however pytest is started.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
sys.dont_write_bytecode = True

from simulator.testing import Simulator  # noqa: E402
from tests.acceptance.support import FOREIGN, Platform, Playbook  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """What a user has set decides nothing here."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if FOREIGN.match(name)]:
            patch.delenv(name)
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        yield


@pytest.fixture(scope="session")
def started(
    tmp_path_factory: pytest.TempPathFactory, clean_environment: None
) -> Iterator[Platform]:
    data = tmp_path_factory.mktemp("platform")
    with Simulator("--data-dir", str(data), "--workers", "3") as simulator:
        yield Platform(simulator, data)


@pytest.fixture
def platform(started: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """An empty platform, but for three types of device: 5 enterprise-router, 6 home-gateway, 7 access-point."""
    monkeypatch.setenv("HOME", str(tmp_path))
    started.simulator.reset()
    started.seed()
    return started


@pytest.fixture
def playbook(platform: Platform, tmp_path: Path) -> Playbook:
    return Playbook(platform, tmp_path / "playbooks")
