# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the unit tests."""

from __future__ import annotations

import os

import pytest
from ansible_collections.zequenze.control.plugins.module_utils import _client, _watch
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import Clock
from hypothesis import HealthCheck, settings

# The same examples in every run, on a machine of any speed, with nothing kept.
settings.register_profile(
    "zequenze",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("zequenze")


def pytest_configure(config: pytest.Config) -> None:
    # For ansible-test, which has settings of its own.
    config.addinivalue_line("markers", "thorough: run by `make thorough`, and not by `make test`")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time that passes only where something sleeps."""
    fake = Clock()
    for module in (_client, _watch):
        monkeypatch.setattr(module, "time", fake)
    return fake


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of whoever runs the tests reaches the code."""
    for name in list(os.environ):
        if (
            name.startswith("ZQ_")
            or name.lower().endswith("_proxy")
            or name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
        ):
            monkeypatch.delenv(name)


@pytest.fixture
def platform() -> Platform:
    """A platform without devices."""
    return Platform()
