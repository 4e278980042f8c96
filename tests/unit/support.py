# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the unit tests have in common: a clock that nobody waits for, modules called as functions, and calls written down."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Callable
from urllib.parse import quote

from ansible_collections.zequenze.control.plugins.module_utils._errors import ZqError
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform

LIST = "inventory_device_name/"
TYPE_LIST = "inventory_type/"


class Clock:
    """Stands in for the module `time`. slept: each wait, in order. on_sleep: called after each, with the seconds since the start."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.on_sleep: Callable[[float], object] = lambda now: None
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        with self._lock:
            self.now += seconds
            self.slept.append(seconds)
        self.on_sleep(self.now)

    def monotonic(self) -> float:
        return self.now


def path(name: str) -> str:
    """The path of a device below the API."""
    return f"{LIST}{quote(name, safe='')}/"


def looked(name: str, **query: str) -> tuple[str, str, Any]:
    """The GET of one device."""
    return "GET", path(name), query


def listed(offset: int = 0, limit: int = 100, **query: Any) -> tuple[str, str, Any]:
    """The GET of one page of devices."""
    return (
        "GET",
        LIST,
        {
            **{key: str(value) for key, value in query.items()},
            "limit": str(limit),
            "offset": str(offset),
        },
    )


# By which a client sees, once, that who says that there is no such device is the platform.
PROBE = listed(limit=1)


def types_listed() -> tuple[str, str, Any]:
    """The GET of the device types."""
    return "GET", TYPE_LIST, {"limit": "100", "offset": "0"}


def arguments(module: ModuleType, **given: Any) -> dict[str, Any]:
    """The options of a module as Ansible hands them over. One at a time holds for what is read as well."""
    unknown = set(given) - set(module.SPEC)
    assert not unknown, f"no options of the module: {unknown}"
    if given.get("concurrency") == 1 and "read_concurrency" in module.SPEC:
        given = {"read_concurrency": 1, **given}
    return {**{name: row.get("default") for name, row in module.SPEC.items()}, **given}


def run(
    module: ModuleType, platform: Platform, *, check: bool = False, **given: Any
) -> dict[str, Any]:
    """Run a module on the platform. Whatever it did, nothing but GET was sent in check mode."""
    before = len(platform.seen)
    with platform.client(read_only=check) as client:
        try:
            result: dict[str, Any] = module.run(arguments(module, **given), client)
        finally:
            if check:
                assert {request.method for request in platform.seen[before:]} <= {"GET"}
    return result


def sides(diff: Mapping[str, Any]) -> dict[str, Any]:
    """What differs, without the name that Ansible shows above it."""
    return {side: diff[side] for side in ("before", "after")}


def failure(
    module: ModuleType, platform: Platform, *, check: bool = False, **given: Any
) -> ZqError:
    """Run a module that has to fail, and return its error."""
    try:
        result = run(module, platform, check=check, **given)
    except ZqError as error:
        return error
    raise AssertionError(f"it did not fail: {result}")


def fleet(platform: Platform, count: int, **fields: Any) -> list[str]:
    """Add so many devices, d0 with the serial number S0 and so on. Returns their names."""
    names = [f"d{number}" for number in range(count)]
    for number, name in enumerate(names):
        platform.add(name, serial_number=f"S{number}", description="old", **fields)
    return names
