# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of faults: what the platform, or something in front of it, answers in place of the truth.

Each kind is met before the work is done, after it, or either way. Left out is what no client can
tell from the truth: a refusal in the API's own form, or a 429, after the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

Spec = dict[str, Any]  # a fault as the simulator takes it

BEFORE, AFTER = False, True
WRITES = ("POST", "PUT", "PATCH", "DELETE")
READS = ("GET",)
PATIENCE = 0.5  # seconds: the `timeout` of every request

PAGE_OF_A_PROXY = "<html><head><title>Gateway</title></head><body>Try later.</body></html>"
LOGIN = {"detail": "Log in first"}

STATUSES = (
    *range(400, 418),
    *(421, 422, 423, 424, 425, 426, 428, 431, 451, 499),
    *range(500, 509),
    *(510, 511, 520, 521, 522, 523, 524, 525, 526, 529, 530, 598, 599),
)
# With these and an object the API itself refuses.
REFUSALS = (400, 401, 403, 404, 405, 409, 413, 415, 422)
BODIES: tuple[Any, ...] = (None, 1, "done", True, [{"id": 1}], {"count": None, "results": []})
REDIRECTS = (300, 301, 302, 303, 304, 307, 308)


@dataclass(frozen=True)
class Scene:
    """What a fault may depend on: the devices as they are listed, and how many a page has."""

    devices: Sequence[Mapping[str, Any]]
    page_size: int


@dataclass(frozen=True)
class Kind:
    """A kind of fault. specs: what the simulator is told, for where it may be met."""

    name: str
    specs: Mapping[bool, Callable[[Scene], list[Spec]]] = field(hash=False)

    def faults(self, scene: Scene, *, after: bool) -> list[Spec]:
        return self.specs[after](scene)


def kinds() -> list[Kind]:
    """All kinds, each with a name of its own."""
    return [
        *_statuses(),
        *_statuses_that_say_when(),
        *_redirects(),
        *_foreign_answers(),
        *_broken_answers(),
        *_odd_values(),
    ]


def _either(name: str, kind: str, **more: Any) -> Kind:
    """A kind that is met before the work or after it."""
    specs = {
        after: _always([{"kind": kind, "after_work": after, **more}]) for after in (BEFORE, AFTER)
    }
    return Kind(name, specs)


def _before(name: str, kind: str, **more: Any) -> Kind:
    return Kind(name, {BEFORE: _always([{"kind": kind, **more}])})


def _after(name: str, kind: str, **more: Any) -> Kind:
    return Kind(name, {AFTER: _always([{"kind": kind, **more}])})


def _always(specs: list[Spec]) -> Callable[[Scene], list[Spec]]:
    return lambda _scene: specs


def _statuses() -> Iterator[Kind]:
    for status in STATUSES:
        if status != 429:
            yield _either(f"{status} of a proxy", "status", status=status, body=PAGE_OF_A_PROXY)
    for status in REFUSALS:
        if status != 404:
            refusal = {"detail": "Refused."}
            yield _before(f"{status} of the API", "status", status=status, body=refusal)
    for status in (500, 502, 503, 504):
        yield _either(f"{status} as an object", "status", status=status, body={"detail": "Late."})
    yield _before("429", "status", status=429)


def _statuses_that_say_when() -> Iterator[Kind]:
    for status in (500, 502, 503, 504):
        yield _either(f"{status}, Retry-After 0", "status", status=status, retry_after=0)
    for text in ("http-date", "soon", "-1", "1e400", ""):
        name = f"503, Retry-After {text!r}"
        yield _either(name, "status", status=503, retry_after=text)
        yield _before(f"429, Retry-After {text!r}", "status", status=429, retry_after=text)
    yield _before("429, Retry-After in a day", "status", status=429, retry_after=86400)


def _redirects() -> Iterator[Kind]:
    for status in REDIRECTS:
        yield _either(f"{status} to a login", "redirect", status=status, location="/login/")
    for location in ("", "http://[::bad/", "//192.0.2.1/", "javascript:1", "/\udc80"):
        name = f"302 to {location!r}"
        yield _either(
            name, "redirect", status=302, location=quote(location, safe=":/[]", errors="replace")
        )


def _foreign_answers() -> Iterator[Kind]:
    """A 2xx of somebody else, before the work and after it."""
    for status in (200, 201, 202, 203, 206):
        yield _either(f"{status}, a login page", "html", status=status)
        yield _either(f"{status}, an object", "shape", status=status, body=LOGIN)
        yield _either(f"{status}, a list", "shape", status=status, body=[])
    for status in (200, 202, 205):
        yield _either(f"{status}, nothing", "empty", status=status)
    for body in BODIES:
        yield _either(f"200, {body!r}", "shape", body=body)
    for count in (-1, True, "3", 4.0e8, 10**30):
        page: dict[str, Any] = {"count": count, "results": []}
        yield _either(f"a page that counts {count!r}", "shape", body=page)
    yield _either("no JSON", "garbage")
    yield _either("deep JSON", "garbage", body="[" * 100_000)
    yield _either("an endless number", "garbage", body="9" * 5_000)


def _broken_answers() -> Iterator[Kind]:
    yield Kind(
        "connection reset",
        {
            BEFORE: _always([{"kind": "reset_before"}]),
            AFTER: _always([{"kind": "reset_after"}]),
        },
    )
    yield _either("cut in half", "truncate")
    yield _either("lengths that contradict each other", "lengths")
    yield _either("a byte a second", "dribble")
    yield _either("more than fits", "flood", bytes=70_000_000)
    yield _after("late", "latency", seconds=2 * PATIENCE)
    yield _either("502, a forged line", "status", status=502, reason="Bad\x1b[2J ok: [all]")


ODD_VALUES: tuple[Any, ...] = (None, 7, -1.5, True, [1], {"a": 1}, "\x1b[31m", "\udc80")
ODD_FIELDS = ("name", "id", "type", "pending_settings", "status", "organization_id", "latitude")


def _odd_values() -> Iterator[Kind]:
    """A field of a device with a value of another type. What it says of the rest is true."""
    for name in ODD_FIELDS:
        for value in ODD_VALUES:
            if name == "name" and value == "\x1b[31m":
                continue  # a name, although an odd one
            yield Kind(f"{name} is {value!r}", {AFTER: _odd(name, value)})


def _odd(name: str, value: Any) -> Callable[[Scene], list[Spec]]:
    def specs(scene: Scene) -> list[Spec]:
        rows = [dict(device) for device in scene.devices]
        for row in rows[:1]:
            row[name] = value
        page: dict[str, Any] = {"count": len(rows), "next": None, "previous": None}
        page["results"] = rows[: scene.page_size]
        listed = r"inventory_device_name/\?(?!.*offset=[1-9])"
        found = [{"kind": "shape", "path": listed, "body": page}]
        for device in scene.devices[:1]:
            path = f"inventory_device_name/{quote(str(device['name']))}/"
            found.append({"kind": "shape", "path": path, "body": {**device, name: value}})
        return found

    return specs
