# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No more requests a second than allowed, whoever sends them, and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._devices import DeviceApi
from ansible_collections.zequenze.control.plugins.module_utils._errors import StoppedError
from ansible_collections.zequenze.control.plugins.module_utils._rate import RateLimit
from ansible_collections.zequenze.control.plugins.module_utils._retry import MAX_BACKOFF
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform, detail
from ansible_collections.zequenze.control.tests.unit.support import Clock, fleet


def test_requests_are_evenly_spaced() -> None:
    rate = RateLimit(4)
    assert [rate.reserve(10.0) for _request in range(4)] == [0.0, 0.25, 0.5, 0.75]


def test_what_was_not_used_is_not_saved_up() -> None:
    rate = RateLimit(2)
    assert [rate.reserve(0.0), rate.reserve(100.0), rate.reserve(100.0)] == [0.0, 0.0, 0.5]


def test_no_limit() -> None:
    rate = RateLimit(None)
    assert [rate.reserve(0.0) for _request in range(100)] == [0.0] * 100


def test_each_request_of_many_threads_has_a_moment_of_its_own() -> None:
    rate = RateLimit(1)
    with ThreadPoolExecutor(16) as pool:
        moments = list(pool.map(lambda _index: rate.reserve(0.0), range(500)))
    assert sorted(moments) == [float(number) for number in range(500)]


def test_a_client_keeps_to_it(platform: Platform, clock: Clock) -> None:
    names = fleet(platform, 30)
    with platform.client(rate_limit=10) as client:
        DeviceApi(client, concurrency=1).find_each(names)
        assert client.requests == 30
    assert clock.now == pytest.approx(2.9)


def test_a_request_that_is_sent_again_counts(platform: Platform, clock: Clock) -> None:
    fleet(platform, 1)
    platform.faults = [detail(500, "Oops.")] * 2
    # Slower than any wait before a retry.
    with platform.client(rate_limit=1 / (2 * MAX_BACKOFF)) as client:
        DeviceApi(client).get("d0")
        assert client.requests == 3
    assert clock.now == pytest.approx(4 * MAX_BACKOFF)


def test_a_server_that_throttles_is_heard_while_a_moment_is_waited_for(
    platform: Platform, clock: Clock
) -> None:
    fleet(platform, 1)
    with platform.client(rate_limit=1) as client:
        api = DeviceApi(client)
        api.get("d0")
        # As another thread would, that was answered with a 429 meanwhile.
        clock.on_sleep = lambda now: client._pause_all(60.0) if now < 2 else None
        api.get("d0")
        assert client.requests == 2
    assert clock.now == 61.0


def test_nothing_is_sent_once_the_controller_is_gone(platform: Platform, clock: Clock) -> None:
    fleet(platform, 1)
    with platform.client(rate_limit=1) as client:
        api = DeviceApi(client)
        api.get("d0")
        client.keep_going = lambda: clock.now == 0
        with pytest.raises(StoppedError):
            api.get("d0")
    assert len(platform.calls) == 1
