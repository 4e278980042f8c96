# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Around every request of the API: the moment, the faults, the devices' own lives, the log.

The rest passes by.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from simulator import engine, faults, log, world
from simulator.auth import token_of
from simulator.clock import to_text
from simulator.credentials import token_digest, token_id

OTHER_ROOMS = ("/control/", "/fleet/", "/static/")


def of_the_api(path: str) -> bool:
    if settings.API_PREFIX:
        return path.startswith(f"/{settings.API_PREFIX}/")
    return path != "/" and not path.startswith(OTHER_ROOMS)


class PlatformMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not of_the_api(request.path):
            return self.get_response(request)
        real = time.time()
        method = request.method or ""
        raw = request.body
        target = request.META.get("RAW_URI") or request.get_full_path()
        moment = world.read()
        arrived = moment.now
        fault = faults.choose(method, target) if moment.faults else None
        if fault is not None and fault.get("seconds"):
            faults.wait(fault)
            moment = world.read()
        response: HttpResponseBase | None = None
        shown: HttpResponseBase
        if fault is None or fault["after_work"]:
            engine.catch_up(moment)
            request.META["simulator.moment"] = moment
            shown = response = self.get_response(request)
        if fault is not None:
            shown = faults.answer(fault, response)
        token = token_of(request)
        log.append(
            {
                "time": to_text(arrived),
                "real": real,
                "method": method,
                "path": request.path,
                "raw_path": target.partition("?")[0],
                "query": log.query(request.META.get("QUERY_STRING", "")),
                "status": None if isinstance(shown, faults.Reset) else shown.status_code,
                "body": log.body(raw),
                "done": response is not None and response.status_code < 400,
                "fault": fault["kind"] if fault else None,
                "token": token_id(token_digest(token)) if token else None,
            }
        )
        return shown
