# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoint: what a test or a rehearsal does to the platform from outside.

Never part of the API.
"""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest, JsonResponse

from simulator import engine, faults, log, shapes, world
from simulator.behaviour import MAY_FAIL
from simulator.clock import to_text
from simulator.credentials import matches, token_digest
from simulator.models import Device, Fault, FleetEvent, Operation
from simulator.seed import add_token, change_by_hand, check_behaviours, plant, sizes_of_groups
from simulator.world import Config, Moment, behaviours_of

Body = dict[str, Any]
View = Callable[..., JsonResponse]


def room(*methods: str) -> Callable[[Callable[..., Any]], View]:
    """A view that takes a JSON object and gives one; what it cannot take is a 400 that says why."""

    def wrap(view: Callable[..., Any]) -> View:
        def answer(request: HttpRequest, **names: str) -> JsonResponse:
            if not ipaddress.ip_address(request.META["REMOTE_ADDR"]).is_loopback:
                return JsonResponse(
                    {"error": "the control endpoint answers this machine only"}, status=403
                )
            if request.method not in methods:
                return JsonResponse({"error": f"use {' or '.join(methods)}"}, status=405)
            try:
                body = json.loads(request.body) if request.body else {}
                if not isinstance(body, dict):
                    raise TypeError("a JSON object is expected")
                return JsonResponse(view(request, body, **names))
            except Device.DoesNotExist:
                return JsonResponse({"error": "no such device"}, status=404)
            except (ValueError, TypeError, KeyError, IntegrityError) as error:
                return JsonResponse({"error": f"{type(error).__name__}: {error}"}, status=400)

        return answer

    return wrap


@room("GET")
def status(_request: HttpRequest, _body: Body) -> Body:
    with engine.turn() as moment:
        return {
            "clock": _clock(moment),
            "devices": Device.objects.count(),
            "up": Device.objects.filter(status="Up").count(),
            "pending": Device.objects.filter(pending_settings__isnull=False).count(),
            "types": [moment.config.types[key] for key in sorted(moment.config.types)],
            "operations": Operation.objects.count(),
            "requests": log.count(),
            "faults": Fault.objects.filter(spent=False).count(),
            "settings": asdict(moment.config.settings),
        }


@room("POST")
def reset(_request: HttpRequest, _body: Body) -> Body:
    world.reset()
    log.clear()
    return {"reset": True}


@room("POST")
def seed(_request: HttpRequest, body: Body) -> Body:
    started = time.monotonic()
    with engine.turn() as moment:
        made = plant(body, moment)
        sizes = sizes_of_groups(world.read().config)
    return {"devices": made, "groups": sizes, "seconds": round(time.monotonic() - started, 3)}


@room("GET", "POST")
def clock(request: HttpRequest, body: Body) -> Body:
    if request.method == "POST":
        _only(body, "speed", "advance")
        speed, advance = body.get("speed"), float(body.get("advance", 0))
        if (speed is not None and float(speed) < 0) or advance < 0:
            raise ValueError("time does not run backwards")
        with engine.turn() as moment:
            world.save_clock(moment.clock.moved(None if speed is None else float(speed), advance))
    with engine.turn() as moment:
        return _clock(moment)


@room("GET", "POST", "DELETE")
def faults_view(request: HttpRequest, body: Body) -> Body:
    with engine.turn():
        if request.method == "POST":
            return {"id": faults.add(body).id}
        if request.method == "DELETE":
            faults.clear()
        return {"faults": faults.listed()}


@room("GET", "DELETE")
def log_view(request: HttpRequest, _body: Body) -> Body:
    if request.method == "DELETE":
        log.clear()
    methods = {
        part.strip().upper() for part in request.GET.get("method", "").split(",") if part.strip()
    }
    total = log.count()
    return {
        "requests": log.entries(
            int(request.GET.get("since", 0)), methods, request.GET.get("path", "")
        ),
        "last": total,
    }


@room("GET")
def operations(request: HttpRequest, _body: Body) -> Body:
    with engine.turn():
        rows = Operation.objects.order_by("id")
        if "name" in request.GET:
            rows = rows.filter(name=request.GET["name"])
        return {"operations": [_operation(row) for row in rows]}


@room("GET")
def events(_request: HttpRequest, _body: Body) -> Body:
    rows = FleetEvent.objects.order_by("id").values(
        "id", "time", "event", "device_id", "name", "new_name"
    )
    return {"events": [{**row, "time": to_text(row["time"])} for row in rows]}


@room("POST", "DELETE")
def tokens(request: HttpRequest, body: Body) -> Body:
    _only(body, "token", "organizations", "read_only")
    with engine.turn() as moment:
        config = _copy(moment)
        if request.method == "POST":
            add_token(config, body)
        else:
            config.tokens.pop(token_digest(body["token"]), None)
        world.save_config(config)
        return {"tokens": len(config.tokens)}


@room("POST")
def check_password(_request: HttpRequest, body: Body) -> Body:
    found = Device.objects.get(name=body["name"])
    return {"matches": matches(body["password"], found.credential)}


@room("GET", "PATCH")
def device(request: HttpRequest, body: Body, name: str) -> Body:
    with engine.turn() as moment:
        found = Device.objects.get(name=name)
        if request.method == "PATCH":
            change_by_hand(found, body, moment)
            found.refresh_from_db()
        return _internals(found, moment)


@room("GET", "POST")
def settings_view(request: HttpRequest, body: Body) -> Body:
    with engine.turn() as moment:
        config = _copy(moment)
        if request.method == "POST":
            behaviours = body.pop("behaviours", None)
            if behaviours is not None:
                config.behaviours = behaviours_of(behaviours)
                check_behaviours(config)
            config.settings = config.settings.changed(body)
            world.save_config(config)
        return {**asdict(config.settings), "behaviours": config.behaviours}


def _copy(moment: Moment) -> Config:
    # The one that was read is shared by this worker's later requests until it is saved anew.
    return Config.load(moment.config.dump())


def _only(body: Body, *keys: str) -> None:
    unknown = sorted(set(body) - set(keys))
    if unknown:
        raise ValueError(f"unknown key: {', '.join(unknown)}")


def _clock(moment: Moment) -> Body:
    return {"now": moment.now, "time": to_text(moment.now), "speed": moment.clock.speed}


def _operation(row: Operation) -> Body:
    return {
        "id": row.id,
        "device_id": row.device_id,
        "name": row.name,
        "trigger": row.trigger,
        "image": row.image,
        "accepted": to_text(row.accepted),
        "begun": to_text(row.begun),
        "ended": to_text(row.ended),
        "outcome": row.outcome,
    }


def _internals(found: Device, moment: Moment) -> Body:
    manner = engine.own_behaviour(found, moment.config)
    rows = Operation.objects.filter(device_id=found.id).order_by("id")
    return {
        "device": shapes.detail(found, moment),
        "behaviour": asdict(manner),
        "own_behaviour": json.loads(found.behaviour),
        "predicted": {operation: manner.outcome(found.name, operation) for operation in MAY_FAIL},
        "agenda": [{"due": to_text(due), "what": what} for due, what in json.loads(found.agenda)],
        "has_password": bool(found.credential),
        "operations": [_operation(row) for row in rows],
    }
