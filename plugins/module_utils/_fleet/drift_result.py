# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `zq_drift` returns, as much of it as is asked for, and the file that holds the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._devices import DeviceApi
from .._policy import Policy
from .._redact import Redactor, secrets_in_row
from .._results import MAX_PLAN_SIZE, MAX_PROBLEMS_SIZE, ResultsFile, bounded
from .drift import find_drift
from .findings import Drift, headline, lines
from .request import PROBLEMS, FleetRequest
from .result import FREE_FIELD


def run_drift(
    api: DeviceApi,
    request: FleetRequest,
    scope: Mapping[str, Any] | None,
    generated: str,
    policy: Policy | None = None,
) -> dict[str, Any]:
    """The arguments are those of `find_drift`. Raises ZqError."""
    connection = api.client.connection
    file = ResultsFile(request.results_file, connection.token)
    file.check()
    drift = find_drift(api, request, scope, generated, policy)
    result = _returned(drift, request.include_results)
    if request.results_file:
        problem = file.write(_for_file(drift, request, connection.secrets))
        if problem:
            problem.partial = result
            raise problem
    return result


def _returned(drift: Drift, include: str) -> dict[str, Any]:
    told = drift.to_dict()
    if include == PROBLEMS:
        wrong = (one.to_dict() for one in drift.wrong)
        told["devices"] = bounded(wrong, MAX_PROBLEMS_SIZE)
        told["organizations"] = bounded(told["organizations"], MAX_PLAN_SIZE)
    else:
        told["matching"] = drift.matching()
    return {"changed": False, "headline": headline(drift), "lines": lines(drift), **told}


def _for_file(drift: Drift, request: FleetRequest, secrets: Iterable[str]) -> dict[str, Any]:
    """What is returned is masked where it is returned. This is read by others, so it is done here.

    secrets: of the connection.
    """
    redact = Redactor(secrets)
    for declaration in request.declarations:
        redact.learn(*secrets_in_row(declaration.fields))
    devices = [_without_secrets(one, redact) for one in drift.devices()]
    return {"devices": devices, "matching": drift.matching()}


def _without_secrets(device: dict[str, Any], redact: Redactor) -> dict[str, Any]:
    """A secret may stand in what anybody may have written: a description, the reason of a rule."""
    for difference in device["fields"]:
        if difference["field"] == FREE_FIELD:
            for side in ("declared", "actual"):
                difference[side] = redact.data(difference[side])
    for violation in device.get("violations", ()):
        violation["reason"] = redact.text(violation["reason"])
    return device
