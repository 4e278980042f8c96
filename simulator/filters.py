# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list's query parameters, with the error bodies of django-filter."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import QueryDict
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import BooleanField

from simulator.behaviour import DOWN, UP
from simulator.clock import from_text
from simulator.models import Device

STATUS = {"true": UP, "True": UP, "1": UP, "false": DOWN, "False": DOWN, "0": DOWN}
WHOLE = {"type": "type", "organization": "organization_id"}


def boolean(query: QueryDict, name: str) -> bool:
    """`pending` and `update_status`."""
    value = query.get(name, "")
    if value == "":
        return False
    if value in BooleanField.TRUE_VALUES:
        return True
    if value in BooleanField.FALSE_VALUES:
        return False
    raise ValidationError({name: ["Must be a valid boolean."]})


def narrow(devices: QuerySet[Device], query: QueryDict) -> QuerySet[Device]:
    """Every parameter that is given and not empty; all that are wrong are named."""
    errors: dict[str, list[str]] = {}
    for name, column in WHOLE.items():
        value = query.get(name, "").strip()
        if value == "":
            continue
        try:
            devices = devices.filter(**{column: int(value)})
        except ValueError:
            errors[name] = ["Enter a whole number."]
    status = query.get("status", "")
    if status in STATUS:
        devices = devices.filter(status=STATUS[status])
    elif status != "":
        errors["status"] = [f"Select a valid choice. {status} is not one of the available choices."]
    since = query.get("last_status_change_from", "").strip()
    if since != "":
        try:
            devices = devices.filter(status_change__gte=from_text(since))
        except ValueError:
            errors["last_status_change_from"] = ["Enter a valid date/time."]
    if errors:
        raise ValidationError(errors)
    return devices
