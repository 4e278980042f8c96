# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API accepts: three request bodies, validated as Django REST framework does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from simulator.auth import Bearer
from simulator.models import Device
from simulator.world import Config

LARGEST = 2**31 - 1


class TypeField(serializers.Field[int, Any, int, Any]):
    """A device type by its id, with the words of DRF's primary key field."""

    default_error_messages = {
        "does_not_exist": 'Invalid pk "{pk_value}" - object does not exist.',
        "incorrect_type": "Incorrect type. Expected pk value, received {data_type}.",
    }

    def to_internal_value(self, data: Any) -> int:
        try:
            if isinstance(data, bool):
                raise TypeError
            key = int(data)
        except (TypeError, ValueError, OverflowError):
            self.fail("incorrect_type", data_type=type(data).__name__)
        if not self.allowed(key):
            self.fail("does_not_exist", pk_value=data)
        return key

    def allowed(self, key: int) -> bool:
        config: Config = self.context["config"]
        return key in config.types


class OrganizationField(TypeField):
    """An organization that the token sees."""

    def allowed(self, key: int) -> bool:
        bearer: Bearer = self.context["bearer"]
        known = self.context["config"].settings.organizations
        return 1 <= key <= LARGEST and bearer.sees(key) and (known is None or key in known)


class ImageField(TypeField):
    """A firmware image: any id, unless the seed says which there are."""

    def allowed(self, key: int) -> bool:
        known = self.context["config"].valid_images
        return 1 <= key <= LARGEST and (known is None or key in known)


class DecimalText(serializers.DecimalField):
    """Kept as the text that is answered."""

    def to_internal_value(self, data: Any) -> Any:
        value: Decimal = super().to_internal_value(data)
        return f"{value:.6f}"

    def run_validators(self, value: Any) -> None:
        super().run_validators(Decimal(value))


def text(**options: Any) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, **options)


class CreateSerializer(serializers.Serializer[Any]):
    """The 12 fields of POST."""

    name = serializers.CharField(max_length=255)
    customer_id = text(max_length=255)
    is_active = serializers.BooleanField(required=False)
    type = TypeField()
    serial_number = text(max_length=255)
    description = text()
    organization_id = OrganizationField(required=False)
    location_name = text(max_length=255)
    latitude = DecimalText(
        9, 6, required=False, allow_null=True, min_value=Decimal(-90), max_value=Decimal(90)
    )
    longitude = DecimalText(
        9, 6, required=False, allow_null=True, min_value=Decimal(-180), max_value=Decimal(180)
    )
    username = text(max_length=255)
    password = text(max_length=255, trim_whitespace=False, write_only=True)

    def validate_name(self, value: str) -> str:
        return self._unique("name", "name", value)

    def validate_serial_number(self, value: str) -> str:
        return self._unique("serial_number", "serial number", value) if value else value

    def _unique(self, field: str, words: str, value: str) -> str:
        others = Device.objects.filter(**{field: value})
        device: Device | None = self.context["device"]
        if device is not None:
            others = others.exclude(id=device.id)
        if others.exists():
            raise serializers.ValidationError(
                f"device with this {words} already exists.", code="unique"
            )
        return value

    def to_internal_value(self, data: Any) -> Any:
        if self.context["config"].settings.strict and isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({name: ["Unknown field."] for name in unknown})
        return super().to_internal_value(data)


class ReplaceSerializer(CreateSerializer):
    """PUT: those, three more, and one trigger. What is absent keeps its value."""

    update_frequency = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST)
    debug = serializers.BooleanField(required=False)
    sync = serializers.BooleanField(required=False, write_only=True)


class PatchSerializer(ReplaceSerializer):
    """PATCH: everything that can be written, nothing of it required (partial=True)."""

    firmware_image = ImageField(required=False, allow_null=True)
    firmware_image_is_pending = serializers.BooleanField(required=False)
    reboot = serializers.BooleanField(required=False, write_only=True)
    factory = serializers.BooleanField(required=False, write_only=True)
    device_factory = serializers.BooleanField(required=False, write_only=True)
    reconf = serializers.BooleanField(required=False, write_only=True)
