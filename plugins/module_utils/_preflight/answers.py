# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What answers, and what the token may read there."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from .._client import Client
from .._devices import DeviceApi
from .._errors import (
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
    ZqError,
)
from .._lists import ListReader
from .._pages import Page
from .._text import plural
from .checks import Checks, attempt, told

PAGE_SIZE = 100
MAX_CLOCK_DIFFERENCE = 300  # seconds

RIGHT_ADDRESS = (
    "Give as `url` the API's address, with its path (https://control.zequenze.com/api/v1), and see"
    " that no proxy or login page answers in its place."
)
ASK_FOR_DEVICES = (
    "Ask the platform's administrator to let the token's user read the devices of the"
    " organizations that are to be managed."
)
TYPES_BY_ID = "Give types of devices by their ids; short names cannot be looked up."
SET_CLOCK = (
    "Set the clock of the machine on which the task runs (NTP), or the platform's: certificates,"
    " maintenance windows and filters by time go by it."
)
BE_PATIENT = "Raise `timeout`, or lower `page_size`, in tasks that read many devices."


@dataclass(frozen=True)
class FirstAnswer:
    """What the first page of devices was answered with: a page or an error.

    seconds: how long it took, with all retries. requests: how often it was sent.
    clock_difference: the server's clock less ours, in seconds; None where it does not say.
    """

    page: Page | None
    error: ZqError | None
    seconds: float
    requests: int
    clock_difference: float | None


def ask_first(client: Client) -> FirstAnswer:
    """Read the first page of devices."""
    before = client.requests
    client.server_date = ""
    started = time.monotonic()
    reader = ListReader(client, PAGE_SIZE, 1)
    page, error = attempt(lambda: reader.first_pages([{}], PAGE_SIZE)[0])
    difference = _clock_difference(client.server_date)
    seconds = time.monotonic() - started
    return FirstAnswer(page, error, seconds, client.requests - before, difference)


def _clock_difference(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError):
        return None


def check_api(checks: Checks, client: Client, first: FirstAnswer) -> None:
    """Whether it is the API that answers, and at this path."""
    error = first.error
    if checks.has_failed("connection", "tls"):
        checks.not_run("api", "there is no connection")
    elif error is None or _is_about_the_token(error):
        checks.ok("api", f"{client.redact.text(client.connection.url)} answers as the API does")
    else:
        remedy = error.remedy
        if isinstance(error, NotFoundError):
            remedy = RIGHT_ADDRESS
        elif isinstance(error, (UnauthorizedError, ForbiddenError)):
            remedy = f"{RIGHT_ADDRESS} {error.remedy}"
        checks.fail("api", told(error), remedy, error.status)


def _is_about_the_token(error: ZqError) -> bool:
    return isinstance(error, (UnauthorizedError, ForbiddenError)) and error.by_api


def check_token(checks: Checks, first: FirstAnswer) -> None:
    if checks.has_failed("api"):
        checks.not_run("token", "it is not known whether the API answers")
    elif isinstance(first.error, UnauthorizedError):
        checks.fail("token", told(first.error), first.error.remedy, first.error.status)
    else:
        checks.ok("token", "the platform accepts it")


def check_devices(checks: Checks, first: FirstAnswer) -> None:
    """Whether devices may be listed, and how many there are."""
    if checks.has_failed("token"):
        checks.not_run("devices", "no token is accepted")
    elif first.page is None:
        # Of all errors, the one that let the checks before pass.
        error = first.error or ForbiddenError("")
        checks.fail("devices", told(error), ASK_FOR_DEVICES, error.status)
    elif first.page.count == 0:
        checks.warn("devices", "the token may list devices, and sees none", ASK_FOR_DEVICES)
    else:
        checks.ok("devices", _counted(first.page))


def _counted(page: Page) -> str:
    organizations = {row.get("organization_id") for row in page.rows}
    of = plural(len(organizations), "organization")
    seen = f"the platform counts {plural(page.count, 'device')}"
    return f"{seen}; the first {len(page.rows)} of them are of {of}"


def check_device(checks: Checks, api: DeviceApi, first: FirstAnswer) -> None:
    """Whether all fields of a device may be read."""
    if checks.has_failed("devices"):
        checks.not_run("device", "no devices can be listed")
        return
    if first.page is None or not first.page.rows:
        checks.not_run("device", "there is no device")
        return
    name = str(first.page.rows[0]["name"])
    device, error = attempt(lambda: api.get(name))
    if error is not None:
        checks.fail("device", told(error), error.remedy, error.status)
    elif device is None:
        checks.warn("device", f"{name!r} is listed, and cannot be read", "Run it again.")
    else:
        checks.ok("device", f"all fields of {name!r} can be read")


def check_types(checks: Checks, client: Client) -> None:
    """Whether device types are listed, which a platform need not do."""
    if checks.has_failed("token"):
        checks.not_run("types", "no token is accepted")
        return
    types, error = attempt(ListReader(client, PAGE_SIZE, 1).types)
    if isinstance(error, (ForbiddenError, NotFoundError)):
        checks.warn("types", told(error), TYPES_BY_ID)
    elif error is not None:
        checks.fail("types", told(error), error.remedy, error.status)
    else:
        checks.ok("types", f"{plural(len(types or ()), 'device type')} can be listed")


def check_clock(checks: Checks, first: FirstAnswer) -> None:
    """Compare clocks: 1 second is their resolution, more than MAX_CLOCK_DIFFERENCE a warning."""
    if checks.has_failed("connection", "tls"):
        checks.not_run("clock", "no answer came")
        return
    if first.clock_difference is None:
        checks.not_run("clock", "the answer does not say what time it is there")
        return
    seconds = round(first.clock_difference)
    if abs(seconds) <= 1:
        # The answer tells whole seconds.
        checks.ok("clock", "the server's and ours agree")
        return
    direction = "ahead of"
    if seconds < 0:
        direction = "behind"
    detail = f"the server's is {plural(abs(seconds), 'second')} {direction} ours"
    if abs(seconds) > MAX_CLOCK_DIFFERENCE:
        checks.warn("clock", detail, SET_CLOCK)
    else:
        checks.ok("clock", detail)


def check_latency(checks: Checks, client: Client, first: FirstAnswer) -> None:
    """Warn where the first page took more than half of the timeout, or several requests."""
    if first.page is None:
        checks.not_run("latency", "no page of devices was read")
        return
    rows = plural(len(first.page.rows), "device")
    detail = f"a page of {rows} took {first.seconds:.2f} seconds"
    if first.requests > 1:
        again = plural(first.requests, "request")
        checks.warn("latency", f"{detail} and {again}", "See why the first one failed.")
    elif first.seconds > client.connection.timeout / 2:
        checks.warn("latency", detail, BE_PATIENT)
    else:
        checks.ok("latency", detail)
