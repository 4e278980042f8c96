# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks, in an order in which each says why those after it cannot be made."""

from __future__ import annotations

from .._client import Client
from .._devices import DeviceApi
from .._errors import UnreachableError
from .answers import (
    FirstAnswer,
    ask_first,
    check_api,
    check_clock,
    check_device,
    check_devices,
    check_latency,
    check_token,
    check_types,
)
from .checks import Checks
from .network import check_connection, check_name, check_proxy, check_tls
from .versions import check_versions
from .write import check_write


def run_checks(client: Client, write_to: str | None) -> Checks:
    """write_to: the name of a device on which a write is tried, or None."""
    checks = Checks()
    connection = client.connection
    check_versions(checks)
    check_proxy(checks, connection)
    check_name(checks, connection)
    first = NO_ADDRESS
    if not checks.has_failed("name"):
        first = ask_first(client)
    check_connection(checks, connection, first.error)
    check_tls(checks, connection, first.error)
    check_api(checks, client, first)
    check_clock(checks, first)
    check_latency(checks, client, first)
    check_token(checks, first)
    check_devices(checks, first)
    api = DeviceApi(client)
    check_device(checks, api, first)
    check_types(checks, client)
    check_write(checks, api, write_to)
    return checks


NO_ADDRESS = FirstAnswer(None, UnreachableError("not sent: the host has no address"), 0.0, 0, None)
