# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a wave may take, how often it is looked at, and how many of it may fail."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._limit import Limit
from ansible_collections.zequenze.control.plugins.module_utils._waves.pace import (
    failures_allowed,
    interval_for,
    timeout_for,
)


def test_durations_come_from_the_turns_of_the_devices() -> None:
    devices: list[dict[str, Any]] = [
        {"update_frequency": 60},
        {"update_frequency": 3600},
        {"update_frequency": None},
        {},
    ]
    assert timeout_for(devices) == 9000
    assert timeout_for([{"update_frequency": True}, {"update_frequency": 0}]) == 2400
    assert timeout_for([{"update_frequency": -1}, {"update_frequency": "900"}]) == 2400
    assert timeout_for([{"update_frequency": 0.5}]) == 1801
    assert interval_for(devices) == 6
    assert interval_for([{"update_frequency": 1}]) == 5
    assert interval_for([{"update_frequency": 86400}]) == 60
    assert (timeout_for([]), interval_for([])) == (2400, 30)


@pytest.mark.parametrize(("wave", "may_fail"), [(1, 0), (19, 0), (20, 1), (21, 2), (100, 5)])
def test_of_a_few_canaries_none_may_fail(wave: int, may_fail: int) -> None:
    assert failures_allowed(Limit(5, percent=True), wave) == may_fail
    assert failures_allowed(Limit(3), wave) == 3
