# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables.

Times are seconds since 1970 on the simulator's clock; decimals are the text the API answers.
"""

from __future__ import annotations

from django.db import models


class World(models.Model):
    """One row: the clock, the configuration (JSON, see world.py) and what a reset goes back to."""

    generation = models.IntegerField(default=1)
    anchor_real = models.FloatField()
    anchor_sim = models.FloatField()
    speed = models.FloatField()
    faults = models.BooleanField(default=False)
    config = models.TextField()
    initial = models.TextField()

    class Meta:
        db_table = "world"


class Device(models.Model):
    """The 34 fields of the contract, and below them what makes the device live."""

    id = models.AutoField(primary_key=True)
    uuid = models.CharField(max_length=36)
    name = models.CharField(max_length=255, unique=True)
    customer_id = models.TextField(default="")
    is_active = models.BooleanField(default=True)
    status = models.CharField(max_length=4, default="Down")
    status_change = models.FloatField(null=True)
    type = models.IntegerField()
    software_version = models.TextField(null=True)
    hardware_version = models.TextField(null=True)
    manufacturer = models.TextField(null=True)
    unique_identifier = models.TextField(null=True)
    product_class = models.TextField(null=True)
    serial_number = models.TextField(default="")
    serial_number_alt = models.TextField(null=True)
    description = models.TextField(default="")
    organization_id = models.IntegerField()
    firmware_image = models.IntegerField(null=True)
    firmware_image_is_pending = models.BooleanField(default=False)
    location_name = models.TextField(default="")
    location = models.IntegerField(null=True)
    location_short_name = models.TextField(null=True)
    latitude = models.TextField(null=True)
    longitude = models.TextField(null=True)
    username = models.TextField(default="")
    update_frequency = models.IntegerField(default=300)
    address = models.TextField(null=True)
    last_connection = models.FloatField(null=True)
    last_configuration = models.FloatField(null=True)
    last_change = models.FloatField(null=True)
    created = models.FloatField()
    debug = models.BooleanField(default=False)
    pending_settings = models.TextField(null=True)

    credential = models.TextField(default="")  # a salted hash, see credentials.py
    phase = models.FloatField()  # 0 to 1: where in its period the device calls in
    # Of the password that the device has, where the platform has another one since then.
    own_credential = models.TextField(default="")
    locked_since = models.FloatField(null=True)
    connected_since = models.FloatField(null=True)  # from when on its periodic sessions count
    agenda = models.TextField(default="[]")  # JSON: what the device does next
    due = models.FloatField(null=True)  # the first of the agenda
    behaviour = models.TextField(
        default="{}"
    )  # JSON: its own, over that of its type and the default

    class Meta:
        db_table = "device"
        indexes = [
            models.Index(fields=["organization_id"], name="device_organization"),
            models.Index(fields=["type"], name="device_type"),
            models.Index(fields=["status"], name="device_status"),
            models.Index(fields=["due"], name="device_due", condition=models.Q(due__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["serial_number"],
                name="device_serial_number",
                condition=~models.Q(serial_number=""),
            ),
        ]


class Operation(models.Model):
    """Every operation ever accepted; rows outlive their device."""

    id = models.AutoField(primary_key=True)
    device_id = models.IntegerField(db_index=True)
    name = models.TextField()
    trigger = models.CharField(max_length=16)
    accepted = models.FloatField()
    begun = models.FloatField(null=True)
    ended = models.FloatField(null=True)
    outcome = models.CharField(max_length=16, default="pending")
    image = models.IntegerField(null=True)

    class Meta:
        db_table = "operation"


class FleetEvent(models.Model):
    """Devices created, renamed and deleted through the API."""

    id = models.AutoField(primary_key=True)
    time = models.FloatField()
    event = models.CharField(max_length=16)
    device_id = models.IntegerField()
    name = models.TextField()
    new_name = models.TextField(null=True)

    class Meta:
        db_table = "fleet_event"


class Fault(models.Model):
    """A fault to inject, and how often it was met and applied."""

    id = models.AutoField(primary_key=True)
    spec = models.TextField()
    seen = models.IntegerField(default=0)
    applied = models.IntegerField(default=0)
    spent = models.BooleanField(default=False)

    class Meta:
        db_table = "fault"
