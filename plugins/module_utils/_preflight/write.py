# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the token may write, tried with a change of nothing.

A PATCH without a field changes what it is given, and so nothing, also where somebody else changes
the device at the same time. To send a field as it was read would undo such a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._answers import why_not_done
from .._devices import DeviceApi
from .._errors import ForbiddenError, InvalidError
from .._lists import DEVICES
from .._plan import Write
from .._schema import FIELDS, same
from .checks import Checks, attempt, told

METHOD = "PATCH"
WRITABLE = tuple(field.name for field in FIELDS if field.patch and not field.secret)

GIVE_A_NAME = "Give the name of a device that exists, and that the token may see."
ASK_TO_WRITE = (
    "The token may read and not write: ask the platform's administrator for a role that may change"
    " devices, for the token's user, or do without (inventory, drift, export and --check only read)."
)
REFUSED_AS_DATA = (
    "Whether the token may write is not certain: the platform looked at what was sent, and takes no"
    " change without a field. Try it by zq_device on a device of your own."
)
LOOK_AT_IT = "See who changed it: what was sent held no field."
NOT_THE_APIS = "Nothing was changed. See what answers in the platform's place."


def check_write(checks: Checks, api: DeviceApi, name: str | None) -> None:
    """Try a write on a device; in check mode say what would be sent."""
    if name is None:
        checks.not_run("write", "no device is given to try it on (`write_to`)")
        return
    if checks.has_failed("token"):
        checks.not_run("write", "no token is accepted")
        return
    _done, error = attempt(lambda: _try(checks, api, name))
    if error is None:
        return
    if error.method != METHOD:
        checks.fail("write", told(error), error.remedy, error.status)
    elif isinstance(error, InvalidError):
        checks.warn("write", told(error), REFUSED_AS_DATA)
    elif isinstance(error, ForbiddenError):
        checks.fail("write", told(error), ASK_TO_WRITE, error.status)
    else:
        checks.fail("write", told(error), error.remedy, error.status)


def _try(checks: Checks, api: DeviceApi, name: str) -> None:
    """Raises ZqError."""
    before = api.get(name)
    if before is None:
        checks.fail("write", f"there is no device {name!r}", GIVE_A_NAME, 404)
        return
    if api.read_only:
        url = api.client.url(DEVICES, name)
        checks.not_run("write", f"in check mode; it would send {METHOD} {url} without any field")
        return
    problem = _send_nothing(api, name, before["id"])
    if problem:
        checks.fail("write", problem, NOT_THE_APIS)
        return
    changed = _changed(before, api.get(name) or {})
    if changed:
        detail = f"the token may write, and meanwhile {', '.join(changed)} of {name!r} changed"
        checks.warn("write", detail, LOOK_AT_IT)
    else:
        checks.ok("write", f"the token may write; nothing of {name!r} was changed")


def _send_nothing(api: DeviceApi, name: str, device_id: int) -> str:
    """Returns why the answer is not the API's, or "". Whatever it is, it is not sent again."""
    answer = api.client.write(METHOD, DEVICES, name, body={})
    write = Write(METHOD, name)
    return why_not_done(write, answer.status, answer.data, device_id)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [name for name in WRITABLE if not same(name, before.get(name), after.get(name))]
