# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `zq_drift` returns, as much of it as is asked for, and the file that holds the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._devices import DeviceApi
from .._policy import Policy
from .._redact import Redactor, secrets_in_row
from .._results import MAX_PLAN_SIZE, MAX_PROBLEMS_SIZE, ResultsFile, bounded
from .drift import find_drift
from .findings import Drift, headline, lines
from .request import PROBLEMS, FleetRequest


def run_drift(
    api: DeviceApi,
    request: FleetRequest,
    scope: Mapping[str, Any] | None,
    generated: str,
    policy: Policy | None = None,
) -> dict[str, Any]:
    """The arguments are those of `find_drift`. Raises ZqError."""
    file = ResultsFile(request.results_file)
    file.check()
    drift = find_drift(api, request, scope, generated, policy)
    result = _returned(drift, request.include_results)
    problem = file.write(_for_file(drift, request))
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


def _for_file(drift: Drift, request: FleetRequest) -> dict[str, Any]:
    """What is returned is masked where it is returned. This is read by others, so it is done here."""
    secrets = {one for each in request.declarations for one in secrets_in_row(each.fields)}
    devices = drift.devices()
    if secrets:
        redact = Redactor(secrets)
        devices = [{**one, **_without_secrets(one, redact)} for one in devices]
    return {"devices": devices, "matching": drift.matching()}


def _without_secrets(device: Mapping[str, Any], redact: Redactor) -> dict[str, Any]:
    """What is told of a device. Its name stays one, whatever somebody has as a password."""
    return {key: redact.data(device[key]) for key in ("fields", "violations") if key in device}
