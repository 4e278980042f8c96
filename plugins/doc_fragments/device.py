# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fields of a device as a user declares them. A test holds this text to the schema."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  customer_id:
    description: The customer's reference. An empty string clears it.
    type: str
  is_active:
    description: Whether the platform manages the device.
    type: bool
  type:
    description:
      - The device type (profile), as its id or its short name. Needed to create a device.
      - An id is sent as it is; a short name is looked up in the platform's list of types, unless
        the device has that type already.
    type: str
  serial_number:
    description: The serial number with which the device reports.
    type: str
  description:
    description: Free text. An empty string clears it.
    type: str
  organization_id:
    description: The id of the organization that the device belongs to.
    type: int
    aliases: [organization]
  location_name:
    description: The name of the place. An empty string clears it.
    type: str
  latitude:
    description: Degrees north, from -90 to 90, compared as a number. An empty string clears it.
    type: str
  longitude:
    description: Degrees east, from -180 to 180, compared as a number. An empty string clears it.
    type: str
  username:
    description: The user name with which the device authenticates itself to the platform (CWMP).
    type: str
  password:
    description:
      - The password that belongs to O(username). The platform never returns it, and nothing ever
        shows it.
      - Sent when the device is created, and later only with O(update_password=always).
    type: str
  update_frequency:
    description: How often the device calls in, in seconds.
    type: int
  debug:
    description: Whether the platform keeps a debug log of the device.
    type: bool
  firmware_image:
    description: The id of the firmware image that the device is meant to run.
    type: int
  firmware_image_is_pending:
    description:
      - Whether the upgrade to O(firmware_image) is scheduled. The platform clears it when the
        upgrade is done.
      - V(true) asks for an upgrade whenever none is scheduled, so declare it for a rollout, and not
        in a device's standing description.
    type: bool
  update_password:
    description:
      - With V(on_create), O(password) is sent only when the device is created.
      - With V(always), it is sent each time, and the task is changed each time, for the platform
        cannot be asked whether it is right.
    type: str
    choices: [on_create, always]
    default: on_create
  new_name:
    description:
      - Renames the device. Where it has been renamed already, nothing is done; where neither name
        exists, the device is created under this one; where both exist, the task fails.
    type: str
  sync:
    description: Ask the device to synchronise its configuration, in the same request, when
      something changed and only then.
    type: bool
    default: false
  keep_detail:
    description:
      - Where the device is replaced, fields that a list of the platform does not have, such as O(debug), and that are not declared, stay
        what they are, and are not reset. Where it is not replaced, this is so in any case.
      - The files of M(zequenze.control.zq_export) have it, which were made without reading these fields.
    type: bool
    default: false
    version_added: 1.0.0
"""
