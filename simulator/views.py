# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API of the contract: devices and device types."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Any

from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from simulator import behaviour, engine, filters, shapes, world
from simulator.auth import bearer_of
from simulator.behaviour import FAILED, WRITE, Behaviour, Life
from simulator.credentials import hash_password, matches
from simulator.models import Device, FleetEvent
from simulator.seed import new_device
from simulator.serializers import CreateSerializer, PatchSerializer, ReplaceSerializer
from simulator.world import Moment

TRIGGERS = ("reboot", "factory", "device_factory", "sync", "reconf")


class Pagination(LimitOffsetPagination):
    """DRF's, with the limits of the settings, which can change while the server runs."""

    def __init__(self, settings: world.Settings) -> None:
        self.settings = settings
        self.default_limit = settings.default_limit
        self.max_limit = settings.max_limit

    def window(self, count: int, request: Request) -> slice:
        """The part of so many that is asked for; beyond the end it is empty, however far beyond."""
        self.request, self.count = request, count
        self.limit = limit = self.get_limit(request) or self.settings.default_limit
        self.offset = self.get_offset(request)
        self.display_page_controls = False
        start = min(self.offset, count)
        return slice(start, start + limit)


def update_status(request: Request, moment: Moment, devices: int) -> None:
    """Asking the devices themselves takes its time, each."""
    filters.boolean(request.query_params, "pending")
    if filters.boolean(request.query_params, "update_status"):
        time.sleep(moment.config.settings.update_status_cost * devices)


def refuse_where_it_fails(device: Device, moment: Moment) -> None:
    """A write of a device whose behaviour lets writes fail. Raises ValidationError."""
    if engine.own_behaviour(device, moment.config).outcome(device.name, WRITE) == FAILED:
        raise ValidationError({"detail": "Refused: writes of this device are made to fail."})


class DeviceList(APIView):
    """Devices: read by page, or created."""

    def get(self, request: Request) -> Response:
        moment = world.of(request)
        devices = filters.narrow(bearer_of(request).devices(), request.query_params)
        pagination = Pagination(moment.config.settings)
        # The page's ids come from narrow indexes, so that only its own rows are read whole.
        ids = devices.order_by("id").values("id")[pagination.window(devices.count(), request)]
        rows = list(
            Device.objects.filter(id__in=ids).order_by("id").values_list(*shapes.LIST_COLUMNS)
        )
        update_status(request, moment, len(rows))
        return pagination.get_paginated_response(shapes.list_items(rows, moment))

    def post(self, request: Request) -> Response:
        with engine.turn() as moment:
            bearer = bearer_of(request)
            context = {"config": moment.config, "bearer": bearer, "device": None}
            serializer = CreateSerializer(data=request.data, context=context)
            serializer.is_valid(raise_exception=True)
            given = dict(serializer.validated_data)
            given.setdefault("organization_id", bearer.default_organization(moment.config))
            device = new_device(given, moment.config, moment.now, str(uuid.uuid4()))
            refuse_where_it_fails(device, moment)
            device.save()
            FleetEvent.objects.create(
                time=moment.now, event="created", device_id=device.id, name=device.name
            )
            body = shapes.created(device, moment)
        return Response(body, status=201)


class DeviceDetail(APIView):
    """One device, by its name: read, replaced, changed or deleted."""

    def get(self, request: Request, name: str) -> Response:
        moment = world.of(request)
        device = self._find(request, name)
        update_status(request, moment, 1)
        return Response(shapes.detail(device, moment))

    def put(self, request: Request, name: str) -> Response:
        return self._write(request, name, ReplaceSerializer, partial=False)

    def patch(self, request: Request, name: str) -> Response:
        return self._write(request, name, PatchSerializer, partial=True)

    def delete(self, request: Request, name: str) -> Response:
        with engine.turn() as moment:
            device = self._find(request, name)
            refuse_where_it_fails(device, moment)
            engine.forget(device, moment.now)
            FleetEvent.objects.create(
                time=moment.now, event="deleted", device_id=device.id, name=device.name
            )
            device.delete()
        return Response(status=204)

    @staticmethod
    def _find(request: Request, name: str) -> Device:
        device = bearer_of(request).devices().filter(name=name).first()
        if device is None:
            raise NotFound("No Device matches the given query.")
        return device

    def _write(
        self, request: Request, name: str, kind: type[CreateSerializer], *, partial: bool
    ) -> Response:
        with engine.turn() as moment:
            device = self._find(request, name)
            context = {"config": moment.config, "bearer": bearer_of(request), "device": device}
            serializer = kind(data=request.data, context=context, partial=partial)
            serializer.is_valid(raise_exception=True)
            refuse_where_it_fails(device, moment)
            given = dict(serializer.validated_data)
            triggers = [trigger for trigger in TRIGGERS if given.pop(trigger, False)]
            change(device, given, triggers, moment)
            body = shapes.detail(device, moment)
        return Response(body)


def change(device: Device, given: dict[str, Any], triggers: Sequence[str], moment: Moment) -> None:
    """Writes validated fields, then asks for the operations."""
    now = moment.now
    if given.get("name", device.name) != device.name:
        FleetEvent.objects.create(
            time=now, event="renamed", device_id=device.id, name=device.name, new_name=given["name"]
        )
    with engine.living(device, moment.config) as (life, manner):
        upgrade = given.pop("firmware_image_is_pending", None)
        if given:
            device.last_change = now
        if "password" in given:
            _set_password(device, life, manner, given.pop("password"), now)
        _assign(device, life, given, now)
        if upgrade is True:
            engine.ask(device, life, manner, "firmware", now)
        elif upgrade is False:
            behaviour.withdraw_firmware(life, now)
        for trigger in triggers:
            engine.ask(device, life, manner, trigger, now)


def _set_password(device: Device, life: Life, manner: Behaviour, password: str, now: float) -> None:
    if life.own_credential and matches(password, life.own_credential):
        behaviour.let_in(life, manner, now)
    elif manner.outcome(device.name, behaviour.PASSWORD) != behaviour.DONE:
        behaviour.lock_out(life, manner, device.credential, now)
    device.credential = hash_password(password)


def _assign(device: Device, life: Life, given: dict[str, Any], now: float) -> None:
    if given.get("update_frequency", life.update_frequency) != life.update_frequency:
        # What has been is kept: the new period counts from here on.
        life.last_connection = behaviour.seen(life, now)
        if life.connected_since is not None:
            life.connected_since = now
    for name, value in given.items():
        setattr(life if hasattr(life, name) else device, name, value)
    device.name = life.name


class TypeList(APIView):
    """Device types: optional in the contract, and so a switch makes it answer 403 or 404."""

    def get(self, request: Request) -> Response:
        config = world.of(request).config
        if config.settings.types_endpoint == 403:
            raise PermissionDenied
        if config.settings.types_endpoint == 404:
            raise NotFound
        name = request.query_params.get("name", "")
        found = [config.types[key] for key in sorted(config.types)]
        if name:
            found = [kind for kind in found if name in (kind["name"], kind["short_name"])]
        pagination = Pagination(config.settings)
        window = pagination.window(len(found), request)
        return pagination.get_paginated_response(found[window])
