# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What devices are brought to by a firmware rollout."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  image:
    description: The id of the firmware image.
    type: int
    required: true
  version:
    description: The software version that a device reports once it runs the image.
    type: str
    required: true
  from:
    description:
      - The versions that may be upgraded. Without it, any other one.
      - Devices with another version are excluded.
    type: list
    elements: str
  retry_failed:
    description: Send the image again to devices on which it has failed before.
    type: bool
    default: false
"""
