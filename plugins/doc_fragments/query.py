# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which devices are asked for, and how much of each: of the module and of the lookup."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  type:
    description: Only devices of this type, or of one of these; ids or short names.
    type: raw
  status:
    description: Only devices that are V(up), or V(down).
    type: raw
  organization:
    description: Only devices of this organization, or of one of these; ids.
    type: raw
    aliases: [organization_id]
  last_status_change_from:
    description: Only devices whose status has changed since, such as V(2024-01-15) or V(2024-01-15 00:01:00+00:00).
    type: raw
  pending:
    description: Ask the platform to report what is pending. It does not narrow the answer.
    type: bool
  update_status:
    description: Ask the platform to check the status of each device live before it answers. This is slow.
    type: bool
  detail:
    description:
      - Return all fields of each device. A list does not carry C(firmware_image), C(firmware_image_is_pending), C(username),
        C(update_frequency), C(debug), C(location), C(unique_identifier), C(product_class), C(serial_number_alt), C(last_change)
        and C(created).
      - This costs one more request for each device.
    type: bool
    default: false
  read_concurrency:
    description: How many devices are read at once that are read one by one, as with O(detail); 1 to 128.
    type: int
    default: 16
    version_added: 1.0.0
  page_size:
    description: How many devices to ask for at a time. The platform may give fewer.
    type: int
    default: 100
  max_results:
    description: Return no more devices than this.
    type: int
"""
